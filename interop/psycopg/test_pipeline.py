"""libpq's pipeline mode, and asyncio."""
import asyncio

import psycopg
from check import check, expect_refusal, fails, skip
from connections import connect, connect_directly, direct_params, params


if psycopg.Pipeline.is_supported():
    @check("a pipeline of many statements, answers in order")
    def _():
        with connect("evan") as conn, conn.pipeline():
            cursors = [conn.execute("select %s::int, label from clinic.readings where id = %s", (n, n)) for n in range(1, 501)]
            assert [cur.fetchone() for cur in cursors] == [(n, f"reading {n}") for n in range(1, 501)]

    @check("an error in a pipeline aborts up to the sync, and no further; as with the server itself")
    def _():
        def story(conn):
            # libpq itself: psycopg raises an error at whichever of its calls it happens to arrive.
            pgconn = conn.pgconn
            pgconn.enter_pipeline_mode()
            for text in (b"select 1", b"select 1/0", b"select 2"):
                pgconn.send_query_params(text, None)
            pgconn.pipeline_sync()
            pgconn.send_query_params(b"select 3", None)
            pgconn.pipeline_sync()
            seen = []
            while seen.count("synced") < 2:
                result = pgconn.get_result()
                if result is None:
                    continue
                status = psycopg.pq.ExecStatus(result.status)
                if status == psycopg.pq.ExecStatus.PIPELINE_SYNC:
                    seen.append("synced")
                elif status == psycopg.pq.ExecStatus.TUPLES_OK:
                    seen.append(result.get_value(0, 0))
                else:
                    seen.append((status.name, result.error_field(psycopg.pq.DiagnosticField.SQLSTATE)))
            pgconn.exit_pipeline_mode()
            seen.append(conn.execute("select 4").fetchone())
            return seen
        with connect_directly() as direct, connect("ada") as through:
            expected, actual = story(direct), story(through)
            assert actual == expected and (4,) in actual, f"{actual} instead of {expected}"

    @check("a refusal in a pipeline undoes what stood before it in the same implicit transaction")
    def _():
        with connect("evan") as conn:
            conn.execute("delete from clinic.scratch where owner = 'psycopg-pipe'")

            def run():
                with conn.pipeline():
                    conn.execute("insert into clinic.scratch (owner, n) values ('psycopg-pipe', 1)")
                    conn.execute("delete from clinic.rooms")
                    conn.execute("insert into clinic.scratch (owner, n) values ('psycopg-pipe', 2)")
            expect_refusal(fails(psycopg.errors.InsufficientPrivilege, run))
            assert conn.execute("select count(*) from clinic.scratch where owner = 'psycopg-pipe'").fetchone() == (0,)

    @check("a transaction inside a pipeline")
    def _():
        with connect("evan") as conn:
            with conn.pipeline(), conn.transaction():
                conn.execute("insert into clinic.scratch (owner, n) values ('psycopg-pipe', 3)")
                cur = conn.execute("select count(*) from clinic.scratch where owner = 'psycopg-pipe'")
            assert cur.fetchone() == (1,)
            assert conn.execute("delete from clinic.scratch where owner = 'psycopg-pipe'").rowcount == 1
else:
    skip("pipeline mode", "this libpq has none")


@check("asyncio: many connections at once, and cancelling a task cancels its statement")
def _():
    async def one(n):
        conn = await psycopg.AsyncConnection.connect(**params("evan"), autocommit=True)
        async with conn:
            return (await (await conn.execute("select %s::int", (n,))).fetchone())[0]

    async def cancelled():
        conn = await psycopg.AsyncConnection.connect(**params("ada"), autocommit=True)
        async with conn:
            task = asyncio.create_task(conn.execute("select pg_sleep(120)"))
            async with await psycopg.AsyncConnection.connect(**direct_params(), autocommit=True) as watch:
                while await (await watch.execute("select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(120)'")).fetchone() is None:
                    await asyncio.sleep(0.02)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
            return (await (await conn.execute("select 1")).fetchone())[0]

    async def all_of_them():
        assert sorted(await asyncio.gather(*(one(n) for n in range(20)))) == list(range(20))
        assert await asyncio.wait_for(cancelled(), 100) == 1

    asyncio.run(all_of_them())
