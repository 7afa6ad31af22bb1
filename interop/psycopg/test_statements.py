"""Parameters, results and errors: the same directly and as an unmasked principal."""
import datetime
import decimal
import ipaddress
import uuid

import psycopg
from check import check, fails
from connections import connect, connect_directly
from psycopg.types.enum import EnumInfo, register_enum
from psycopg.types.composite import CompositeInfo, register_composite
from psycopg.types.json import Jsonb
from psycopg.types.range import Range

PARAMETERS = [
    "text 'quoted' \"double\" ünïcödé 🎈 \\", "", 0, 1, -1, 32767, 2**31 - 1, 2**31, 2**63 - 1, -2**63, 2**70, 1.5, float("inf"), decimal.Decimal("123.4500"), decimal.Decimal("NaN"), True, False, None,
    b"", b"\x00\x01\xff", datetime.date(2024, 2, 29), datetime.time(12, 34, 56, 789), datetime.datetime(2024, 2, 29, 1, 2, 3), datetime.datetime(2024, 2, 29, 1, 2, 3, tzinfo=datetime.timezone.utc),
    datetime.timedelta(days=3, seconds=4, microseconds=5), uuid.UUID(int=7), ipaddress.ip_address("10.0.0.1"), ipaddress.ip_network("10.0.0.0/8"), Jsonb({"a": [1, None]}), [1, 2, None], ["a", None, 'b"c'], [[1, 2], [3, 4]],
    Range(1, 10), Range(empty=True),
]

TYPES = {
    1: ("a_smallint", "smallint"), 2: ("a_integer", "integer"), 3: ("a_bigint", "bigint"), 4: ("a_numeric", "numeric"), 5: ("a_double", "double precision"),
}

STATEMENTS = [
    ("select id, name, floor from clinic.rooms where id = %s", (2,)),
    ("select id, name from clinic.rooms where id = any(%s) order by id", ([1, 3],)),
    ("select name from clinic.rooms where name like %s", ("L%",)),
    ("select p.id, p.dob, p.weight, p.tags, p.chart, p.seen_at, p.recovery, p.address from clinic.patients p where p.id between %s and %s order by 1", (1, 5)),
    ("select count(*), avg(value), sum(id) from clinic.readings where sensor = %s", (3,)),
    ("select row(1, 'x'), array[1.5, null], 'calm'::clinic.mood, '(2,B-12)'::clinic.spot", None),
    ("select * from clinic.samples where id < 3 order by id", None),
    ("select * from clinic.samples where id < %s order by id", (3,)),
    ("select a_text, a_bytea, a_numeric, a_interval, some_integers, a_uuid from clinic.samples where id < %s order by id", (9,)),
    ("values (1, 'a'), (2, null)", None),
    ("select clinic.add_one(%s)", (1,)),
    ("select", None),
    ("show server_version", None),
]

ERRORS = [
    ("select 1 +", None), ("select nothing from clinic.rooms", None), ("select * from clinic.missing", None), ("select 1/%s::int", (0,)), ("select %s::int", ("x",)),
    ("insert into clinic.rooms (id, name, floor) values (%s, %s, %s)", (77, "Lobby", 1)), ("insert into clinic.rooms (id, name) values (77, 'x')", None),
    ("insert into clinic.visits values (999, 1, 1, '')", None), ("select 'mad'::clinic.mood", None), ("insert into clinic.rooms values (77, 'x', 1, 'bad')", None),
]
DIAGNOSTICS = ["sqlstate", "severity", "message_primary", "message_detail", "message_hint", "statement_position", "schema_name", "table_name", "column_name", "datatype_name", "constraint_name"]


def cells(cursor):
    """Cells as the wire has them, with the types that were announced."""
    result = cursor.pgresult
    columns = [(result.fname(i), result.ftype(i), result.fmod(i), result.fformat(i), result.ftable(i), result.ftablecol(i)) for i in range(result.nfields)]
    return columns, [[result.get_value(row, i) for i in range(result.nfields)] for row in range(result.ntuples)], result.command_status


for binary in (False, True):
    form = "binary" if binary else "text"

    @check(f"statements answer as the server itself does, {form} results")
    def _(binary=binary):
        with connect_directly() as direct, connect("ada") as through:
            for text, values in STATEMENTS:
                if binary and "clinic.samples where id <" in text and "*" in text:
                    text = text.replace("*", "id, a_smallint, a_integer, a_bigint, a_numeric, a_real, a_double, a_boolean, a_text, a_bytea, a_date, a_time, a_timestamp, a_timestamptz, a_interval, a_uuid, a_jsonb, a_inet, some_integers, some_texts, a_grid, a_range")
                expected = cells(direct.execute(text, values, binary=binary))
                actual = cells(through.execute(text, values, binary=binary))
                assert actual == expected, f"{text}: {actual} instead of {expected}"

    @check(f"parameters of every type come back, {form} results")
    def _(binary=binary):
        with connect_directly() as direct, connect("ada") as through:
            for value in PARAMETERS:
                for marker in ("%s", "%b", "%t"):
                    if value is None or (marker == "%b" and isinstance(value, (str,)) and False):
                        marker = "%s"
                    expected = cells(direct.execute(f"select {marker} as v", (value,), binary=binary))
                    actual = cells(through.execute(f"select {marker} as v", (value,), binary=binary))
                    assert actual == expected, f"{value!r} as {marker}: {actual} instead of {expected}"


@check("errors are the server's own")
def _():
    with connect_directly() as direct, connect("ada") as through:
        for text, values in ERRORS:
            expected = fails(psycopg.Error, lambda: direct.execute(text, values))
            actual = fails(psycopg.Error, lambda: through.execute(text, values))
            assert type(actual) is type(expected), f"{text}: {actual!r}"
            for name in DIAGNOSTICS:
                assert getattr(actual.diag, name) == getattr(expected.diag, name), f"{text}: {name} is {getattr(actual.diag, name)!r} instead of {getattr(expected.diag, name)!r}"
        assert through.execute("select 1").fetchone() == (1,)


@check("a statement prepared by the driver is used again, and survives errors and refusals")
def _():
    with connect("evan", prepare_threshold=1) as conn:
        for n in range(1, 30):
            assert conn.execute("select label from clinic.readings where id = %s", (n,)).fetchone() == (f"reading {n}",)
            if n % 10 == 0:
                fails(psycopg.errors.DivisionByZero, lambda: conn.execute("select 1/%s::int", (0,)))
                fails(psycopg.errors.InsufficientPrivilege, lambda: conn.execute("delete from clinic.rooms where id = %s", (n,)))
        names = conn.execute("select count(*) from pg_prepared_statements").fetchone()[0]
        assert names >= 1, names
        # More than the driver keeps: it deallocates the oldest.
        conn.prepared_max = 3
        for n in range(10):
            for _ in range(3):
                conn.execute(f"select {n}, %s::int", (n,))


@check("executemany, with returned rows")
def _():
    with connect("ada") as conn, conn.cursor() as cur:
        cur.execute("delete from clinic.scratch where owner = 'psycopg-many'")
        cur.executemany("insert into clinic.scratch (owner, n) values ('psycopg-many', %s) returning n", [(n,) for n in range(100)], returning=True)
        seen = []
        while True:
            seen.append(cur.fetchone()[0])
            if not cur.nextset():
                break
        assert seen == list(range(100))
        assert cur.execute("delete from clinic.scratch where owner = 'psycopg-many'").rowcount == 100


@check("several statements in one text")
def _():
    with connect("ada") as conn:
        cur = conn.execute("select 1; select 'two'")
        assert cur.fetchone() == (1,) and cur.nextset() and cur.fetchone() == ("two",)


@check("looks up types in the catalog: enum, composite, range, domain")
def _():
    for user in ("ada", "evan"):
        with connect(user) as conn:
            mood = EnumInfo.fetch(conn, "clinic.mood")
            assert mood is not None and mood.labels == ["calm", "worried", "glad"] or list(mood.labels) == ["calm", "worried", "glad"], mood
            register_enum(mood, conn)
            assert conn.execute("select a_mood from clinic.samples where id = 1").fetchone()[0].name == "glad"
            spot = CompositeInfo.fetch(conn, "clinic.spot")
            assert list(spot.field_names) == ["floor", "code"], spot
            register_composite(spot, conn)
            assert conn.execute("select a_spot from clinic.samples where id = 1").fetchone()[0].code == "B-12"
            assert psycopg.types.TypeInfo.fetch(conn, "clinic.room_code") is not None
            assert psycopg.types.TypeInfo.fetch(conn, "nonsense") is None
