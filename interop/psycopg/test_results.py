"""Large results, cursors, masked values, limits."""
import psycopg
from check import check, expect_refusal, fails
from connections import connect
from psycopg.rows import dict_row


@check("a hundred thousand rows, and as a stream")
def _():
    with connect("evan") as conn:
        rows = conn.execute("select * from clinic.readings order by id").fetchall()
        assert len(rows) == 100_000 and rows[-1] == (100_000, 6, 50_000.0, "reading 100000")
        total = sum(row[0] for row in conn.cursor().stream("select id from clinic.readings where id <= %s", (20_000,)))
        assert total == 200_010_000
        # Left in the middle: the driver cancels or drains.
        for row in conn.cursor().stream("select id from clinic.readings"):
            break
        assert conn.execute("select 1").fetchone() == (1,)


for binary in (False, True):
    @check(f"a server-side cursor, {'binary' if binary else 'text'}: fetch, scroll, iterate")
    def _(binary=binary):
        with connect("evan", autocommit=False) as conn:
            with conn.cursor(name="forth", binary=binary) as cur:
                cur.execute("select id, label from clinic.readings where id <= %s order by id", (1000,))
                assert cur.fetchone() == (1, "reading 1")
                assert len(cur.fetchmany(99)) == 99
                cur.itersize = 77
                assert [row[0] for row in cur] == list(range(101, 1001))
            with conn.cursor(name="back", scrollable=True, binary=binary) as cur:
                cur.execute("select id from clinic.readings where id <= 10 order by id")
                cur.scroll(5)
                assert cur.fetchone() == (6,)
                cur.scroll(0, mode="absolute")
                assert cur.fetchone() == (1,)
            with conn.cursor(name="masked", binary=binary) as cur:
                cur.execute("select id, name, dob, weight from clinic.patients order by id")
                assert cur.fetchmany(2) == [(1, "[redacted]", None, None), (2, "[redacted]", None, None)]


@check("a cursor with hold outlives its transaction")
def _():
    with connect("evan", autocommit=False) as conn:
        cur = conn.cursor(name="held", withhold=True)
        cur.execute("select id from clinic.rooms order by id")
        conn.commit()
        assert cur.fetchall() == [(1,), (2,), (3,)]
        cur.close()


@check("single-row mode and chunks of libpq")
def _():
    with connect("evan") as conn:
        seen = 0
        kwargs = {"size": 500} if psycopg.pq.version() >= 170000 else {}
        for _ in conn.cursor().stream("select id, name from clinic.patients", **kwargs):
            seen += 1
        assert seen == 60


MASKED = {"name": "[redacted]", "dob": None, "ssn": "[redacted]", "weight": None, "height": None, "visits": None, "points": None, "smoker": None, "uid": None, "seen_at": None, "wakes_at": None,
          "recovery": None, "address": None, "tags": [], "scores": [], "chart": "[redacted]", "photo": b"", "mood": None}

for binary in (False, True):
    @check(f"masked values decode as their types, {'binary' if binary else 'text'}")
    def _(binary=binary):
        with connect("evan", row_factory=dict_row) as conn:
            for number in (7, 60):
                row = conn.execute(f"select {', '.join(MASKED)} from clinic.patients where id = %s", (number,), binary=binary).fetchone()
                assert row == MASKED, row
            row = conn.execute("select id, mrn, zip from clinic.patients where id = 7", binary=binary).fetchone()
            assert row["id"] == 7 and row["zip"].rstrip() == "100" and not row["mrn"].startswith("MRN0"), row
            again = conn.execute("select mrn from clinic.patients where id = %s", (7,)).fetchone()
            assert again["mrn"] == row["mrn"], "a token differs between two formats"


@check("a limit of rows is a refusal, and the session goes on")
def _():
    with connect("scout") as conn:
        error = fails(psycopg.Error, lambda: conn.execute("select id from clinic.patients"))
        assert error.sqlstate == "54000" and "50 rows" in error.diag.message_primary and "(receipt " in error.diag.message_primary, error
        assert len(conn.execute("select id from clinic.patients limit 50").fetchall()) == 50
        with conn.transaction():
            fails(psycopg.Error, lambda: conn.execute("select id from clinic.patients"))
            fails(psycopg.errors.InFailedSqlTransaction, lambda: conn.execute("select 1"))
            raise psycopg.Rollback()
        assert conn.execute("select 1").fetchone() == (1,)


@check("a refusal: autocommit, transaction, savepoint")
def _():
    with connect("evan") as conn:
        for values in (None, (1,)):
            text = "delete from clinic.rooms" + ("" if values is None else " where id = %s")
            expect_refusal(fails(psycopg.errors.InsufficientPrivilege, lambda: conn.execute(text, values)))
            assert conn.execute("select 1").fetchone() == (1,)
            with conn.transaction():
                with conn.transaction() as inner:
                    expect_refusal(fails(psycopg.errors.InsufficientPrivilege, lambda: conn.execute(text, values)))
                    fails(psycopg.errors.InFailedSqlTransaction, lambda: conn.execute("select 1"))
                    raise psycopg.Rollback(inner)
                assert conn.execute("select 2").fetchone() == (2,)
            assert conn.execute("select 3").fetchone() == (3,)
            assert conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


@check("a statement that filters or computes on PHI is refused or harmless, never clear")
def _():
    with connect("evan") as conn:
        for text in ("select upper(name) from clinic.patients", "select name || ssn from clinic.patients", "select max(dob) from clinic.patients", "select row_to_json(p) from clinic.patients p", "select p from clinic.patients p"):
            try:
                shown = str(conn.execute(text).fetchall())
            except psycopg.errors.InsufficientPrivilege:
                continue
            assert "Invented" not in shown and "INVENTED" not in shown and "-00-" not in shown and "datetime.date(19" not in shown, shown[:100]
