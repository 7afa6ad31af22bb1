package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

const copyColumns = "id, a_bigint, a_numeric, a_text, a_bytea, a_timestamptz, some_texts, a_jsonb"

func copying() {
	for _, options := range []string{"", "(format csv, header)", "(format binary)"} {
		check("COPY out and in are the server's bytes "+options, func(ctx context.Context) {
			with(ctx, directTarget(), func(direct *pgx.Conn) {
				with(ctx, target("ada"), func(through *pgx.Conn) {
					expected := copyOut(ctx, direct, "copy (select "+copyColumns+" from clinic.samples order by id) to stdout "+options)
					equal(copyOut(ctx, through, "copy (select "+copyColumns+" from clinic.samples order by id) to stdout "+options), expected, "out")
					_ = must(through.Exec(ctx, "create temp table back as select "+copyColumns+" from clinic.samples where false"))
					equal(must(through.PgConn().CopyFrom(ctx, bytes.NewReader(expected), "copy back from stdin "+options)).RowsAffected(), int64(4), "rows")
					equal(copyOut(ctx, through, "copy (select * from back order by id) to stdout "+options), expected, "in and out")
				})
			})
		})
	}
	check("CopyFrom: binary rows of Go's own types", func(ctx context.Context) {
		with(ctx, target("evan"), func(conn *pgx.Conn) {
			_ = must(conn.Exec(ctx, "delete from clinic.scratch where owner = 'pgx-copy'"))
			count := must(conn.CopyFrom(ctx, pgx.Identifier{"clinic", "scratch"}, []string{"owner", "n", "note", "data"}, pgx.CopyFromSlice(20_000, func(n int) ([]any, error) {
				return []any{"pgx-copy", n, fmt.Sprintf("note %d", n), []byte{byte(n)}}, nil
			})))
			equal(count, int64(20_000), "rows")
			equal(must(conn.Exec(ctx, "delete from clinic.scratch where owner = 'pgx-copy'")).RowsAffected(), int64(20_000), "deleted")
		})
	})
	check("CopyFrom that is broken off, wrong, or refused leaves the session in step", func(ctx context.Context) {
		with(ctx, target("evan"), func(conn *pgx.Conn) {
			_, err := conn.CopyFrom(ctx, pgx.Identifier{"clinic", "scratch"}, []string{"owner", "n"}, pgx.CopyFromSlice(9, func(n int) ([]any, error) {
				if n == 5 {
					return nil, fmt.Errorf("changed my mind")
				}
				return []any{"pgx-broken", n}, nil
			}))
			if err == nil {
				panic("no error")
			}
			_, err = conn.PgConn().CopyFrom(ctx, strings.NewReader("pgx-broken\tx\n"), "copy clinic.scratch (owner, n) from stdin")
			fails(err, "22P02")
			_, err = conn.CopyFrom(ctx, pgx.Identifier{"clinic", "rooms"}, []string{"id", "name", "floor"}, pgx.CopyFromRows([][]any{{9, "x", 1}}))
			refused(err)
			var count int
			ok(conn.QueryRow(ctx, "select count(*) from clinic.scratch where owner = 'pgx-broken'").Scan(&count))
			equal(count, 0, "rows")
		})
	})
	check("a masked COPY", func(ctx context.Context) {
		with(ctx, target("evan"), func(conn *pgx.Conn) {
			equal(string(copyOut(ctx, conn, "copy (select id, name, dob, tags from clinic.patients where id < 3 order by id) to stdout")), "1\t[redacted]\t\\N\t{}\n2\t[redacted]\t\\N\t{}\n", "text")
		})
	})
}

func copyOut(ctx context.Context, conn *pgx.Conn, text string) []byte {
	var out bytes.Buffer
	_ = must(conn.PgConn().CopyTo(ctx, &out, text))
	return out.Bytes()
}
