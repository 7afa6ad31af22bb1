"""COPY in all its forms: the bytes are the server's, masked where they must be, and an end in the middle leaves the session in step."""
import datetime

import psycopg
from check import check, expect_refusal, fails
from connections import connect, connect_directly

COLUMNS = "id, a_smallint, a_bigint, a_numeric, a_double, a_boolean, a_text, a_bytea, a_date, a_timestamptz, a_interval, a_uuid, a_jsonb, some_integers, some_texts"
FORMS = {"text": "", "csv": "(format csv, header)", "binary": "(format binary)", "csv, odd": "(format csv, delimiter ';', quote '''', null 'nil', force_quote *)"}


def out(conn, text):
    with conn.cursor().copy(text) as copy:
        return b"".join(bytes(part) for part in copy)


for name, options in FORMS.items():
    @check(f"COPY out and in, {name}")
    def _(options=options):
        with connect_directly() as direct, connect("ada") as through:
            expected = out(direct, f"copy (select {COLUMNS} from clinic.samples order by id) to stdout {options}")
            assert out(through, f"copy (select {COLUMNS} from clinic.samples order by id) to stdout {options}") == expected
            through.execute(f"create temp table back as select {COLUMNS} from clinic.samples where false")
            into = options.replace(", force_quote *", "")
            with through.cursor().copy(f"copy back from stdin {into}") as copy:
                for start in range(0, len(expected), 13):  # cut anywhere
                    copy.write(expected[start:start + 13])
            assert out(through, f"copy (select * from back order by id) to stdout {options}") == expected


@check("write_row and rows(), text and binary, with Python's own types")
def _():
    with connect("ada") as conn:
        conn.execute("create temp table own (i int4, b int8, t text, d date, y bytea)")
        given = [(1, 2**40, "a\tb\nc\\d", datetime.date(2024, 2, 29), b"\x00\xff"), (2, None, None, None, None)]
        for options in ("", "(format binary)"):
            conn.execute("truncate own")
            with conn.cursor().copy(f"copy own from stdin {options}") as copy:
                copy.set_types(["int4", "int8", "text", "date", "bytea"])
                for row in given:
                    copy.write_row(row)
            with conn.cursor().copy(f"copy (select * from own order by i) to stdout {options}") as copy:
                copy.set_types(["int4", "int8", "text", "date", "bytea"])
                assert list(copy.rows()) == given


@check("a large COPY in and out")
def _():
    with connect("evan") as conn:
        conn.execute("delete from clinic.scratch where owner = 'psycopg-copy'")
        with conn.cursor().copy("copy clinic.scratch (owner, n, note) from stdin") as copy:
            for n in range(50_000):
                copy.write_row(("psycopg-copy", n, f"note {n}"))
        assert conn.execute("select count(*) from clinic.scratch where owner = 'psycopg-copy'").fetchone() == (50_000,)
        data = out(conn, "copy (select n, note from clinic.scratch where owner = 'psycopg-copy' order by n) to stdout")
        assert data.count(b"\n") == 50_000 and data.startswith(b"0\tnote 0\n")
        conn.execute("delete from clinic.scratch where owner = 'psycopg-copy'")


@check("a COPY that the client breaks off, and one whose data is wrong")
def _():
    with connect("evan") as conn:
        def broken():
            with conn.cursor().copy("copy clinic.scratch (owner, n) from stdin") as copy:
                copy.write_row(("psycopg-broken", 1))
                raise ZeroDivisionError("changed my mind")
        fails(ZeroDivisionError, broken)

        def wrong():
            with conn.cursor().copy("copy clinic.scratch (owner, n) from stdin") as copy:
                copy.write(b"psycopg-broken\tnot a number\n" * 1000)
        fails(psycopg.errors.InvalidTextRepresentation, wrong)
        assert conn.execute("select count(*) from clinic.scratch where owner = 'psycopg-broken'").fetchone() == (0,)


@check("a COPY out that is left in the middle: the driver cancels it")
def _():
    with connect("evan") as conn:
        def early():
            with conn.cursor().copy("copy (select r.* from clinic.readings r, generate_series(1, 50)) to stdout") as copy:
                for _ in copy:
                    raise ZeroDivisionError("enough")
        fails(ZeroDivisionError, early)
        assert conn.execute("select 1").fetchone() == (1,)


@check("a refused COPY, in and out, leaves the session in step")
def _():
    with connect("evan") as conn:
        def into():
            with conn.cursor().copy("copy clinic.rooms from stdin") as copy:
                copy.write_row((9, "x", 1, "A-9"))
        expect_refusal(fails(psycopg.errors.InsufficientPrivilege, into))
        expect_refusal(fails(psycopg.errors.InsufficientPrivilege, lambda: out(conn, "copy clinic.patients to program 'cat'")))
        assert conn.execute("select 1").fetchone() == (1,)


@check("a masked COPY, text, csv and binary")
def _():
    with connect("evan") as conn:
        text = out(conn, "copy (select id, name, dob, zip, tags from clinic.patients where id <= 2 order by id) to stdout")
        assert text == b"1\t[redacted]\t\\N\t100  \t{}\n2\t[redacted]\t\\N\t100  \t{}\n", text
        csv = out(conn, "copy (select id, name, dob, zip, tags from clinic.patients where id <= 2 order by id) to stdout (format csv, header)")
        assert csv == b"id,name,dob,zip,tags\n1,[redacted],,100  ,{}\n2,[redacted],,100  ,{}\n", csv
        with conn.cursor().copy("copy (select id, name, dob, weight, tags, photo from clinic.patients order by id) to stdout (format binary)") as copy:
            copy.set_types(["int4", "text", "date", "numeric", "text[]", "bytea"])
            assert list(copy.rows()) == [(n, "[redacted]", None, None, [], b"") for n in range(1, 61)]
    with connect("scout") as conn:
        error = fails(psycopg.Error, lambda: out(conn, "copy clinic.readings to stdout"))
        assert error.sqlstate == "54000", error
        assert conn.execute("select 1").fetchone() == (1,)
