package main

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

func connecting() {
	check("connects with verify-full", func(ctx context.Context) { ok(one(ctx, target("ada"))) })
	check("refuses a certificate it does not know", func(ctx context.Context) {
		err := one(ctx, target("ada", "sslrootcert", env("OTHER_CA")))
		if err == nil || !strings.Contains(err.Error(), "certificate") {
			panic(err)
		}
	})
	check("requires channel binding (SCRAM-SHA-256-PLUS)", func(ctx context.Context) {
		ok(one(ctx, target("ada", "channel_binding", "require", "require_auth", "scram-sha-256")))
	})
	check("connects with direct TLS", func(ctx context.Context) { ok(one(ctx, target("ada", "sslnegotiation", "direct"))) })
	check("speaks protocol 3.2, and 3.0", func(ctx context.Context) {
		ok(one(ctx, target("ada", "min_protocol_version", "3.2", "max_protocol_version", "3.2")))
		ok(one(ctx, target("ada", "max_protocol_version", "3.0")))
	})
	check("connects in plaintext on loopback, also after asking for TLS", func(ctx context.Context) {
		ok(one(ctx, plainTarget("ada")))
		ok(one(ctx, plainTarget("ada", "sslmode", "prefer")))
	})
	check("is told that TLS is required", func(ctx context.Context) {
		err := one(ctx, target("ada", "sslmode", "disable"))
		if err == nil || !strings.Contains(err.Error(), "encrypted") {
			panic(err)
		}
	})
	check("a wrong password is 28P01, an unknown database 3D000", func(ctx context.Context) {
		config := must(pgx.ParseConfig(target("ada")))
		config.Password = "nonsense"
		_, err := pgx.ConnectConfig(ctx, config)
		fails(err, "28P01")
		config = must(pgx.ParseConfig(target("ada")))
		config.Database = "elsewhere"
		_, err = pgx.ConnectConfig(ctx, config)
		fails(err, "3D000")
	})
	check("a purpose is stated as a run-time parameter, and by options", func(ctx context.Context) {
		name := func(dsn string) (name string, err error) {
			with(ctx, dsn, func(conn *pgx.Conn) {
				err = conn.QueryRow(ctx, "select name from clinic.patients where id = 1").Scan(&name)
			})
			return
		}
		_, err := name(target("dana"))
		refused(err)
		equal(must(name(target("dana", "doorward.purpose", "TREAT"))), "Invented Person 1", "by a parameter")
		equal(must(name(target("dana", "options", "-c doorward.purpose=TREAT"))), "Invented Person 1", "by options")
	})
	check("settings reach the server, target_session_attrs is found out", func(ctx context.Context) {
		with(ctx, target("ada", "application_name", "interop", "search_path", "clinic", "target_session_attrs", "read-write"), func(conn *pgx.Conn) {
			var application, room string
			ok(conn.QueryRow(ctx, "select current_setting('application_name'), name from rooms where id = 2").Scan(&application, &room))
			equal([]string{application, room}, []string{"interop", "Lab"}, "settings")
		})
	})
}
