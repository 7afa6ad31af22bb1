package main

import (
	"context"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
)

func env(name string) string { return os.Getenv("IT_" + name) }

// target is a connection string; more are further settings, name and value in turn.
func target(user string, more ...string) string {
	return build("localhost:"+env("TLS_PORT"), user, env("SECRET_"+strings.ToUpper(user)), append([]string{"sslmode", "verify-full", "sslrootcert", env("CA")}, more...))
}

func plainTarget(user string, more ...string) string {
	return build("localhost:"+env("PLAIN_PORT"), user, env("SECRET_"+strings.ToUpper(user)), append([]string{"sslmode", "disable"}, more...))
}

func directTarget(more ...string) string {
	return build("localhost:"+env("DIRECT_PORT"), env("DIRECT_USER"), env("DIRECT_PASSWORD"), append([]string{"sslmode", "verify-full", "sslrootcert", env("DIRECT_CA")}, more...))
}

func build(host, user, password string, settings []string) string {
	query := url.Values{}
	for at := 0; at+1 < len(settings); at += 2 {
		query.Set(settings[at], settings[at+1])
	}
	return (&url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Host: host, Path: "/clinic", RawQuery: strings.ReplaceAll(query.Encode(), "+", "%20")}).String()
}

// with runs with a connection that is closed afterwards, come what may.
func with(ctx context.Context, dsn string, run func(*pgx.Conn)) {
	conn := must(pgx.Connect(ctx, dsn))
	defer func() { _ = conn.Close(context.Background()) }()
	run(conn)
}

func withMode(ctx context.Context, dsn string, mode pgx.QueryExecMode, run func(*pgx.Conn)) {
	config := must(pgx.ParseConfig(dsn))
	config.DefaultQueryExecMode = mode
	conn := must(pgx.ConnectConfig(ctx, config))
	defer func() { _ = conn.Close(context.Background()) }()
	run(conn)
}

func one(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var value int
	return conn.QueryRow(ctx, "select 1").Scan(&value)
}
