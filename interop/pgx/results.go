package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

type patient struct {
	ID       int32
	Name     string
	Dob      *time.Time
	Ssn      string
	Weight   pgtype.Numeric
	Height   *float64
	Visits   *int32
	Points   *int64
	Smoker   *bool
	UID      pgtype.UUID `db:"uid"`
	SeenAt   *time.Time  `db:"seen_at"`
	WakesAt  pgtype.Time `db:"wakes_at"`
	Recovery pgtype.Interval
	Tags     []string
	Scores   []int32
	Chart    string
	Photo    []byte
	Mood     *string
}

func results() {
	check("a hundred thousand rows", func(ctx context.Context) {
		with(ctx, target("evan"), func(conn *pgx.Conn) {
			rows := must(conn.Query(ctx, "select id, label from clinic.readings order by id"))
			sum := int64(0)
			var id int64
			var label string
			_ = must(pgx.ForEachRow(rows, []any{&id, &label}, func() error { sum += id; return nil }))
			equal(sum, int64(5_000_050_000), "sum")
			// Left in the middle: the driver reads the rest away.
			rows = must(conn.Query(ctx, "select id from clinic.readings"))
			rows.Next()
			rows.Close()
			ok(conn.QueryRow(ctx, "select 1").Scan(&id))
		})
	})
	check("a server-side cursor", func(ctx context.Context) {
		with(ctx, target("evan"), func(conn *pgx.Conn) {
			tx := must(conn.Begin(ctx))
			_ = must(tx.Exec(ctx, "declare walk cursor for select id, name from clinic.patients order by id"))
			seen := 0
			for {
				rows := must(tx.Query(ctx, "fetch 7 from walk"))
				all := must(pgx.CollectRows(rows, pgx.RowToMap))
				if len(all) == 0 {
					break
				}
				for _, row := range all {
					seen++
					equal(row["name"], "[redacted]", "name")
				}
			}
			equal(seen, 60, "rows")
			ok(tx.Commit(ctx))
		})
	})
	for name, mode := range modes {
		check("masked values decode as their types ("+name+")", func(ctx context.Context) {
			withMode(ctx, target("evan"), mode, func(conn *pgx.Conn) {
				rows := must(conn.Query(ctx, "select id, name, dob, ssn, weight, height, visits, points, smoker, uid, seen_at, wakes_at, recovery, tags, scores, chart, photo, mood from clinic.patients where id in ($1, 60) order by id", 7))
				for _, row := range must(pgx.CollectRows(rows, pgx.RowToStructByName[patient])) {
					expected := patient{ID: row.ID, Name: "[redacted]", Ssn: "[redacted]", Tags: []string{}, Scores: []int32{}, Chart: `"[redacted]"`, Photo: []byte{}}
					equal(row, expected, fmt.Sprintf("patient %d", row.ID))
				}
			})
		})
	}
	check("a batch: many statements, one answer each", func(ctx context.Context) {
		with(ctx, target("evan"), func(conn *pgx.Conn) {
			batch := &pgx.Batch{}
			for n := 1; n <= 500; n++ {
				batch.Queue("select $1::int, label from clinic.readings where id = $1", n)
			}
			answers := conn.SendBatch(ctx, batch)
			for n := 1; n <= 500; n++ {
				var id int
				var label string
				ok(answers.QueryRow().Scan(&id, &label))
				equal(fmt.Sprint(id, label), fmt.Sprint(n, fmt.Sprintf("reading %d", n)), "row")
			}
			ok(answers.Close())
		})
	})
	check("a refusal in a batch undoes what stood before it", func(ctx context.Context) {
		with(ctx, target("evan"), func(conn *pgx.Conn) {
			batch := &pgx.Batch{}
			batch.Queue("insert into clinic.scratch (owner, n) values ('pgx-batch', $1)", 1)
			batch.Queue("delete from clinic.rooms where id = $1", 1)
			batch.Queue("insert into clinic.scratch (owner, n) values ('pgx-batch', $1)", 2)
			refused(conn.SendBatch(ctx, batch).Close())
			var count int
			ok(conn.QueryRow(ctx, "select count(*) from clinic.scratch where owner = 'pgx-batch'").Scan(&count))
			equal(count, 0, "rows")
		})
	})
	check("pipeline mode: syncs of its own, an error between two", func(ctx context.Context) {
		with(ctx, target("evan"), func(conn *pgx.Conn) {
			pipeline := conn.PgConn().StartPipeline(ctx)
			for _, text := range []string{"select 1", "select 1/0", "delete from clinic.rooms", "select name from clinic.patients where id = 1"} {
				pipeline.SendQueryParams(text, nil, nil, nil, nil)
				ok(pipeline.Sync())
			}
			var seen []string
			for range 8 {
				result, err := pipeline.GetResults()
				if err != nil {
					seen = append(seen, stateOf(err))
					continue
				}
				if reader, found := result.(readerOfRows); found {
					read := reader.Read()
					if read.Err != nil {
						seen = append(seen, stateOf(read.Err))
					} else {
						seen = append(seen, string(read.Rows[0][0]))
					}
				}
			}
			ok(pipeline.Close())
			text := fmt.Sprint(seen)
			for _, wanted := range []string{"1", "22012", "42501", "[redacted]"} {
				if !contains(text, wanted) {
					panic(text)
				}
			}
			ok(conn.QueryRow(ctx, "select 1").Scan(new(int)))
		})
	})
	check("a limit of rows is a refusal, and the session goes on", func(ctx context.Context) {
		with(ctx, target("scout"), func(conn *pgx.Conn) {
			_, err := conn.Exec(ctx, "select id from clinic.patients")
			fails(err, "54000")
			ok(conn.QueryRow(ctx, "select 1").Scan(new(int)))
		})
	})
	check("a refusal: by itself, in a transaction, in a savepoint", func(ctx context.Context) {
		with(ctx, target("evan"), func(conn *pgx.Conn) {
			_, err := conn.Exec(ctx, "delete from clinic.rooms")
			refused(err)
			ok(conn.QueryRow(ctx, "select 1").Scan(new(int)))
			tx := must(conn.Begin(ctx))
			inner := must(tx.Begin(ctx))
			_, err = inner.Exec(ctx, "delete from clinic.rooms where id = $1", 1)
			refused(err)
			_, err = inner.Exec(ctx, "select 1")
			fails(err, "25P02")
			ok(inner.Rollback(ctx))
			ok(tx.QueryRow(ctx, "select 1").Scan(new(int)))
			ok(tx.Commit(ctx))
			ok(conn.QueryRow(ctx, "select 1").Scan(new(int)))
		})
	})
}
