"""Transactions, cancelling, notices, notifications, pools, and what a session keeps."""
import threading

import psycopg
from check import check, expect_refusal, fails, skip
from connections import connect, connect_directly, params


@check("transactions: commit, rollback, nested, isolation levels")
def _():
    with connect("ada", autocommit=False) as conn:
        conn.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        conn.execute("insert into clinic.scratch (owner, n) values ('psycopg-tx', 1)")
        assert conn.execute("show transaction_isolation").fetchone() == ("serializable",)
        conn.rollback()
        conn.isolation_level = None
        conn.read_only = True
        fails(psycopg.errors.ReadOnlySqlTransaction, lambda: conn.execute("insert into clinic.scratch (owner, n) values ('psycopg-tx', 1)"))
        conn.rollback()
        conn.read_only = None
        with conn.transaction():
            conn.execute("insert into clinic.scratch (owner, n) values ('psycopg-tx', 1)")
            with conn.transaction() as inner:
                fails(psycopg.errors.UniqueViolation, lambda: conn.execute("insert into clinic.scratch (owner, n) values ('psycopg-tx', 1)"))
                raise psycopg.Rollback(inner)
        assert conn.execute("delete from clinic.scratch where owner = 'psycopg-tx'").rowcount == 1
        conn.commit()


@check("two-phase commit: the server here has none to offer, and says so")
def _():
    with connect("ada", autocommit=False) as conn:
        conn.execute("select 1")
        error = fails(psycopg.Error, lambda: conn.execute("prepare transaction 'interop'"))
        assert error.sqlstate in ("55000", "42501"), error  # max_prepared_transactions is 0
        conn.rollback()
        assert conn.execute("select 1").fetchone() == (1,)


for method in ("cancel", "cancel_safe"):
    @check(f"{method}() cancels what runs")
    def _(method=method):
        with connect("ada") as conn, connect_directly() as direct:
            def press():
                while direct.execute("select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(31)'").fetchone() is None:
                    pass
                getattr(conn, method)()
            presser = threading.Thread(target=press)
            presser.start()
            fails(psycopg.errors.QueryCanceled, lambda: conn.execute("select pg_sleep(31)"))
            presser.join()
            assert conn.execute("select 1").fetchone() == (1,)


@check("statement_timeout, lock_timeout")
def _():
    with connect("ada", options="-c statement_timeout=200") as conn:
        error = fails(psycopg.errors.QueryCanceled, lambda: conn.execute("select pg_sleep(30)"))
        assert "statement timeout" in str(error)
    with connect("ada", autocommit=False) as one, connect("ada") as two:
        one.execute("select * from clinic.rooms where id = 1 for update")
        two.execute("set lock_timeout = '200ms'")
        fails(psycopg.errors.LockNotAvailable, lambda: two.execute("update clinic.rooms set floor = floor where id = 1"))
        fails(psycopg.errors.LockNotAvailable, lambda: two.execute("select * from clinic.rooms where id = %s for update nowait", (1,)))
        one.rollback()


@check("a masked principal's timeout says which it was")
def _():
    with connect("evan", options="-c statement_timeout=200") as conn:
        error = fails(psycopg.errors.QueryCanceled, lambda: conn.execute("select count(*) from clinic.patients a, clinic.readings b, clinic.readings c"))
        assert "statement timeout" in str(error), error


@check("notices arrive with their fields")
def _():
    with connect("ada") as conn:
        seen = []
        conn.add_notice_handler(lambda diag: seen.append((diag.severity, diag.sqlstate, diag.message_primary)))
        conn.execute("drop table if exists clinic.never_there")
        conn.execute("commit")
        assert seen == [("NOTICE", "00000", 'table "never_there" does not exist, skipping'), ("WARNING", "25P01", "there is no transaction in progress")], seen


@check("LISTEN and NOTIFY: the notification arrives, its payload does not")
def _():
    with connect("ada") as conn, connect("ada") as other:
        conn.execute("listen interop_psycopg")
        other.execute("notify interop_psycopg, 'Ann was here'")
        note = next(iter(conn.notifies(timeout=10, stop_after=1)))
        assert note.channel == "interop_psycopg" and note.payload == "", note


@check("DISCARD ALL and RESET ALL")
def _():
    with connect("dana", options="-c doorward.purpose=TREAT") as conn:
        conn.execute("set application_name = 'x'")
        conn.execute("reset all")
        conn.execute("prepare p as select 1")
        conn.execute("discard all")
        fails(psycopg.errors.InvalidSqlStatementName, lambda: conn.execute("execute p"))
        assert conn.execute("select 1").fetchone() == (1,)


@check("prepared statements of SQL")
def _():
    with connect("evan") as conn:
        conn.execute("prepare by_id (int) as select id, name from clinic.patients where id = $1")
        assert conn.execute("execute by_id (7)").fetchone() == (7, "[redacted]")
        conn.execute("deallocate by_id")
        fails(psycopg.errors.InvalidSqlStatementName, lambda: conn.execute("execute by_id (7)"))


@check("temporary tables of a session are its own")
def _():
    with connect("ada") as conn, connect("ada") as other:
        conn.execute("create temp table mine (a int, b text)")
        conn.execute("insert into mine values (%s, %s)", (1, "x"))
        assert conn.execute("select * from mine").fetchall() == [(1, "x")]
        fails(psycopg.errors.UndefinedTable, lambda: other.execute("select * from mine"))
        with conn.transaction():
            conn.execute("create table clinic.psycopg_made (a int)")
            conn.execute("insert into clinic.psycopg_made values (1)")
            assert conn.execute("select a from clinic.psycopg_made").fetchall() == [(1,)]
            raise psycopg.Rollback()
        fails(psycopg.errors.UndefinedTable, lambda: conn.execute("select * from clinic.psycopg_made"))


@check("a table changed by another session is seen as it is")
def _():
    with connect("ada", prepare_threshold=0) as conn, connect("ada") as other:
        other.execute("drop table if exists clinic.psycopg_shape")
        other.execute("create table clinic.psycopg_shape (a int)")
        other.execute("insert into clinic.psycopg_shape values (1)")
        assert conn.execute("select * from clinic.psycopg_shape where a = %s", (1,)).fetchall() == [(1,)]
        other.execute("alter table clinic.psycopg_shape add column b text default 'new'")
        # The server itself refuses a prepared statement whose result has changed; a new text sees the new column.
        assert conn.execute("select * from clinic.psycopg_shape").fetchall() == [(1, "new")]
        other.execute("drop table clinic.psycopg_shape")
        fails(psycopg.errors.UndefinedTable, lambda: conn.execute("select * from clinic.psycopg_shape"))


@check("a lock that one session holds lets those wait who want it, and nobody else")
def _():
    with connect("ada", autocommit=False) as holder, connect("ada") as waiter, connect("evan") as other:
        holder.execute("lock table clinic.scratch in access exclusive mode")
        holder.execute("insert into clinic.scratch (owner, n) values ('psycopg-lock', 1)")
        answers = []
        thread = threading.Thread(target=lambda: answers.append(waiter.execute("select count(*) from clinic.scratch where owner = 'nobody'").fetchone()))
        thread.start()
        for _ in range(20):
            assert other.execute("select name from clinic.rooms where id = 1").fetchone() == ("Lobby",)
        with connect_directly() as direct:
            for _ in range(500):
                if direct.execute("select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'select count(*) from clinic.scratch where owner = %%'").fetchone() is not None:
                    break
        assert answers == [], answers
        holder.rollback()
        thread.join(20)
        assert answers == [(0,)], answers


@check("others that make and drop tables meanwhile cost time, not answers")
def _():
    with connect("ada") as maker, connect("evan") as reader:
        stop = threading.Event()

        def make():
            n = 0
            while not stop.is_set():
                n += 1
                maker.execute(f"create {'temp ' if n % 2 else ''}table {'' if n % 2 else 'clinic.'}psycopg_churn (a int)")
                maker.execute(f"drop table {'' if n % 2 else 'clinic.'}psycopg_churn")
        thread = threading.Thread(target=make)
        thread.start()
        try:
            for n in range(10):
                assert reader.execute("select label from clinic.readings where id = %s", (n + 1,)).fetchone() == (f"reading {n + 1}",)
                reader.execute("insert into clinic.scratch (owner, n) values ('psycopg-churn', %s)", (n,))
        finally:
            stop.set()
            thread.join()
        assert reader.execute("delete from clinic.scratch where owner = 'psycopg-churn'").rowcount == 10


try:
    from psycopg_pool import ConnectionPool

    @check("a pool: checked connections, refusals, many threads")
    def _():
        with ConnectionPool(kwargs=params("evan"), min_size=2, max_size=4, check=ConnectionPool.check_connection, open=True, timeout=30) as pool:
            def work(n):
                with pool.connection() as conn:
                    if n % 5 == 0:
                        try:
                            conn.execute("delete from clinic.rooms")
                        except psycopg.errors.InsufficientPrivilege as error:
                            expect_refusal(error)
                            conn.rollback()
                    results.append(conn.execute("select %s::int", (n,)).fetchone()[0])
            results = []
            threads = [threading.Thread(target=work, args=(n,)) for n in range(40)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(results) == list(range(40)), results
except ImportError:
    skip("a pool", "psycopg_pool missing")
