package main

import (
	"context"
	"fmt"
	"math/big"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

var modes = map[string]pgx.QueryExecMode{
	"cache statement": pgx.QueryExecModeCacheStatement, "cache describe": pgx.QueryExecModeCacheDescribe, "describe exec": pgx.QueryExecModeDescribeExec, "exec": pgx.QueryExecModeExec, "simple": pgx.QueryExecModeSimpleProtocol,
}

var sameAnswers = []struct {
	text   string
	values []any
}{
	{"select 1 as one", nil},
	{"select * from clinic.samples order by id", nil},
	{"select * from clinic.samples where id <> $1 order by id", []any{0}},
	{"select id, name from clinic.rooms where id = $1", []any{2}},
	{"select id, name from clinic.rooms where id = any($1) order by id", []any{[]int32{1, 3}}},
	{"select name from clinic.rooms where name like $1", []any{"L%"}},
	{"select p.*, r.name from clinic.patients p join clinic.rooms r on r.id = p.room_id where p.id between $1 and $2 order by p.id", []any{1, 5}},
	{"select count(*), avg(value), min(label) from clinic.readings where sensor = $1", []any{3}},
	{"values (1, 'a'), (2, null)", nil},
	{"select clinic.add_one($1)", []any{41}},
	{"show server_version", nil},
	{"update clinic.rooms set floor = floor where id <= $1 returning id, name", []any{2}},
}

var sameErrors = []string{
	"select 1 +", "select nothing from clinic.rooms", "select * from clinic.missing", "select 1/0", "select 'x'::int", "insert into clinic.rooms (id, name, floor) values (77, 'Lobby', 1)",
	"insert into clinic.rooms (id, name) values (77, 'x')", "insert into clinic.visits values (999, 1, 1, '')", "insert into clinic.rooms values (77, 'x', 1, 'bad')", "select 'mad'::clinic.mood",
}

// raw is everything of an answer as the wire has it.
func raw(ctx context.Context, conn *pgx.Conn, text string, values []any) []string {
	rows := must(conn.Query(ctx, text, values...))
	defer rows.Close()
	var all []string
	for _, field := range rows.FieldDescriptions() {
		all = append(all, fmt.Sprintf("%s %d %d %d %d %d %d", field.Name, field.DataTypeOID, field.DataTypeSize, field.TypeModifier, field.TableOID, field.TableAttributeNumber, field.Format))
	}
	for rows.Next() {
		for _, cell := range rows.RawValues() {
			if cell == nil {
				all = append(all, "null")
			} else {
				all = append(all, fmt.Sprintf("%x", cell))
			}
		}
	}
	ok(rows.Err())
	return append(all, rows.CommandTag().String())
}

func statements() {
	for name, mode := range modes {
		check("statements answer as the server itself does ("+name+")", func(ctx context.Context) {
			withMode(ctx, directTarget(), mode, func(direct *pgx.Conn) {
				withMode(ctx, target("ada"), mode, func(through *pgx.Conn) {
					for _, each := range sameAnswers {
						for range 3 {
							equal(raw(ctx, through, each.text, each.values), raw(ctx, direct, each.text, each.values), each.text)
						}
					}
				})
			})
		})
	}
	check("errors are the server's own", func(ctx context.Context) {
		with(ctx, directTarget(), func(direct *pgx.Conn) {
			with(ctx, target("ada"), func(through *pgx.Conn) {
				for _, text := range sameErrors {
					of := func(conn *pgx.Conn) pgconn.PgError {
						_, err := conn.Exec(ctx, text)
						server := *fails(err, stateOf(err))
						// Where in its own source the server found it is not told by an analysis.
						server.File, server.Line, server.Routine, server.Where = "", 0, "", ""
						return server
					}
					equal(of(through), of(direct), text)
				}
			})
		})
	})
	check("Go's own types go in and come out, in every mode", func(ctx context.Context) {
		at := time.Date(2024, 2, 29, 1, 2, 3, 456789000, time.UTC)
		for _, mode := range modes {
			withMode(ctx, target("ada"), mode, func(conn *pgx.Conn) {
				var (
					text    string
					number  int64
					small   int16
					amount  pgtype.Numeric
					ratio   float64
					flag    bool
					moment  time.Time
					day     pgtype.Date
					bytes   []byte
					list    []int32
					names   []*string
					address netip.Addr
					id      pgtype.UUID
					object  map[string]any
					span    pgtype.Range[pgtype.Int4]
					nothing *string
				)
				name := "ünïcödé 🎈"
				ok(conn.QueryRow(ctx, "select $1::text, $2::bigint, $3::smallint, $4::numeric, $5::float8, $6::boolean, $7::timestamptz, $8::date, $9::bytea, $10::int[], $11::text[], $12::inet, $13::uuid, $14::jsonb, $15::int4range, $16::text",
					name, int64(1)<<62, int16(-7), pgtype.Numeric{Int: big.NewInt(12345), Exp: -2, Valid: true}, 1.5, true, at, pgtype.Date{Time: at.Truncate(24 * time.Hour), Valid: true}, []byte{0, 255}, []int32{1, 2}, []*string{&name, nil},
					netip.MustParseAddr("10.0.0.1"), pgtype.UUID{Bytes: [16]byte{1, 2, 3}, Valid: true}, `{"a": null}`, pgtype.Range[pgtype.Int4]{Lower: pgtype.Int4{Int32: 1, Valid: true}, Upper: pgtype.Int4{Int32: 9, Valid: true}, LowerType: pgtype.Inclusive, UpperType: pgtype.Exclusive, Valid: true}, nil,
				).Scan(&text, &number, &small, &amount, &ratio, &flag, &moment, &day, &bytes, &list, &names, &address, &id, &object, &span, &nothing))
				equal(text, name, "text")
				equal(number, int64(1)<<62, "bigint")
				equal(moment.UTC(), at, "timestamptz")
				equal(bytes, []byte{0, 255}, "bytea")
				equal(list, []int32{1, 2}, "int[]")
				equal([]any{*names[0], names[1] == nil, nothing == nil, address.String(), object, span.Upper.Int32, small, ratio, flag}, []any{name, true, true, "10.0.0.1", map[string]any{"a": nil}, int32(9), int16(-7), 1.5, true}, "the rest")
			})
		}
	})
	check("loads types of the catalog: enum, composite, domain, arrays of them", func(ctx context.Context) {
		for _, user := range []string{"ada", "evan"} {
			with(ctx, target(user), func(conn *pgx.Conn) {
				types := must(conn.LoadTypes(ctx, []string{"clinic.mood", "clinic.spot", "clinic.room_code"}))
				conn.TypeMap().RegisterTypes(types)
				for _, name := range []string{"clinic.mood", "clinic.spot"} {
					conn.TypeMap().RegisterType(must(conn.LoadType(ctx, name)))
				}
				var mood string
				var spot struct {
					Floor int32
					Code  string
				}
				ok(conn.QueryRow(ctx, "select a_mood, a_spot from clinic.samples where id = 1").Scan(&mood, &spot))
				equal(mood+" "+spot.Code, "glad B-12", "types")
			})
		}
	})
	check("a prepared statement is used again, and survives errors and refusals", func(ctx context.Context) {
		with(ctx, target("evan"), func(conn *pgx.Conn) {
			described := must(conn.Prepare(ctx, "label", "select label from clinic.readings where id = $1"))
			equal(described.ParamOIDs, []uint32{23}, "parameters")
			for id := 1; id < 30; id++ {
				var label string
				ok(conn.QueryRow(ctx, "label", id).Scan(&label))
				equal(label, fmt.Sprintf("reading %d", id), "label")
				if id%10 == 0 {
					_, err := conn.Exec(ctx, "delete from clinic.rooms where id = $1", id)
					refused(err)
					_, err = conn.Exec(ctx, "select 1/$1::int", 0)
					fails(err, "22012")
				}
			}
			ok(conn.Deallocate(ctx, "label"))
			ok(conn.DeallocateAll(ctx))
		})
	})
	check("a statement cache whose statements were dropped behind its back", func(ctx context.Context) {
		with(ctx, target("evan"), func(conn *pgx.Conn) {
			var value int
			ok(conn.QueryRow(ctx, "select $1::int", 1).Scan(&value))
			_, err := conn.Exec(ctx, "deallocate all", pgx.QueryExecModeSimpleProtocol)
			ok(err)
			err = conn.QueryRow(ctx, "select $1::int", 2).Scan(&value)
			if err != nil {
				fails(err, "26000")
				ok(conn.QueryRow(ctx, "select $1::int", 3).Scan(&value))
			}
		})
	})
}

func stateOf(err error) string {
	if server, found := err.(*pgconn.PgError); found {
		return server.Code
	}
	return "no error of the server"
}
