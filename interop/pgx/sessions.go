package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
)

type readerOfRows interface{ Read() *pgconn.Result }

func contains(text, part string) bool { return strings.Contains(text, part) }

// Until the server runs the text; asked directly, past the gateway.
func whenRunning(ctx context.Context, direct *pgx.Conn, text string) {
	for found := false; !found; {
		if direct.QueryRow(ctx, "select exists (select from pg_stat_activity where state = 'active' and query = $1)", text).Scan(&found) != nil {
			return
		}
	}
}

func sessions() {
	check("transactions: options, error, rollback, commit", func(ctx context.Context) {
		with(ctx, target("ada"), func(conn *pgx.Conn) {
			tx := must(conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable, AccessMode: pgx.ReadOnly, DeferrableMode: pgx.Deferrable}))
			_, err := tx.Exec(ctx, "insert into clinic.scratch (owner, n) values ('pgx-tx', 1)")
			fails(err, "25006")
			_, err = tx.Exec(ctx, "select 1")
			fails(err, "25P02")
			equal(tx.Commit(ctx), pgx.ErrTxCommitRollback, "commit of a failed transaction")
			err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, "insert into clinic.scratch (owner, n) values ('pgx-tx', 1)"); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, "insert into clinic.scratch (owner, n) values ('pgx-tx', 1)")
				return err
			})
			fails(err, "23505")
			var count int
			ok(conn.QueryRow(ctx, "select count(*) from clinic.scratch where owner = 'pgx-tx'").Scan(&count))
			equal(count, 0, "rows")
		})
	})
	check("a context that ends cancels the statement at the server; the connection goes on", func(ctx context.Context) {
		config := must(pgx.ParseConfig(target("ada")))
		config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
			return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, CancelRequestDelay: 0, DeadlineDelay: 20 * time.Second}
		}
		conn := must(pgx.ConnectConfig(ctx, config))
		defer func() { _ = conn.Close(context.Background()) }()
		short, cancel := context.WithCancel(ctx)
		defer cancel()
		with(ctx, directTarget(), func(direct *pgx.Conn) {
			go func() {
				whenRunning(ctx, direct, "select pg_sleep(35.5)")
				cancel()
			}()
			_, err := conn.Exec(short, "select pg_sleep(35.5)")
			fails(err, "57014")
		})
		ok(conn.QueryRow(ctx, "select 1").Scan(new(int)))
	})
	check("CancelRequest, and statement_timeout", func(ctx context.Context) {
		with(ctx, target("ada"), func(conn *pgx.Conn) {
			with(ctx, directTarget(), func(direct *pgx.Conn) {
				go func() {
					whenRunning(ctx, direct, "select pg_sleep(34)")
					_ = conn.PgConn().CancelRequest(ctx)
				}()
				_, err := conn.Exec(ctx, "select pg_sleep(34)")
				fails(err, "57014")
			})
			_ = must(conn.Exec(ctx, "set statement_timeout = 200"))
			_, err := conn.Exec(ctx, "select pg_sleep(30)")
			fails(err, "57014")
		})
	})
	check("notices and notifications; the payload does not arrive", func(ctx context.Context) {
		config := must(pgx.ParseConfig(target("ada")))
		var notices []string
		config.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) {
			notices = append(notices, notice.Severity+" "+notice.Message)
		}
		conn := must(pgx.ConnectConfig(ctx, config))
		defer func() { _ = conn.Close(context.Background()) }()
		_ = must(conn.Exec(ctx, "drop table if exists clinic.never_there"))
		equal(notices, []string{`NOTICE table "never_there" does not exist, skipping`}, "notices")
		_ = must(conn.Exec(ctx, "listen interop_pgx"))
		with(ctx, target("ada"), func(other *pgx.Conn) { _ = must(other.Exec(ctx, "select pg_notify('interop_pgx', 'Ann was here')")) })
		note := must(conn.WaitForNotification(ctx))
		equal(note.Channel+note.Payload, "interop_pgx", "notification")
	})
	check("a pool: many at once, refusals, reset", func(ctx context.Context) {
		config := must(pgxpool.ParseConfig(target("evan", "pool_max_conns", "6")))
		config.AfterRelease = func(conn *pgx.Conn) bool {
			_, err := conn.Exec(context.Background(), "discard all", pgx.QueryExecModeSimpleProtocol)
			return err == nil && conn.DeallocateAll(context.Background()) == nil
		}
		pool := must(pgxpool.NewWithConfig(ctx, config))
		defer pool.Close()
		var group sync.WaitGroup
		problems := make(chan error, 100)
		for n := range 100 {
			group.Add(1)
			go func() {
				defer group.Done()
				if n%10 == 3 {
					if _, err := pool.Exec(ctx, "delete from clinic.rooms where id = $1", n); stateOf(err) != "42501" {
						problems <- err
					}
					return
				}
				var value int
				if err := pool.QueryRow(ctx, "select $1::int", n).Scan(&value); err != nil {
					problems <- err
				}
			}()
		}
		group.Wait()
		close(problems)
		for problem := range problems {
			panic(problem)
		}
	})
}
