"""Connecting: encryption, authentication, versions of the protocol, and what is said when it fails."""
import psycopg
from check import check, env, expect_refusal, fails, skip
from connections import connect, params, plain_params

LIBPQ = psycopg.pq.version()


def one(**more):
    with psycopg.connect(**more) as conn:
        return conn.execute("select 1").fetchone()


@check("connects with verify-full")
def _():
    with connect("ada") as conn:
        assert conn.execute("select 1").fetchone() == (1,)
        assert conn.pgconn.ssl_in_use and conn.info.server_version // 10000 == int(env("MAJOR"))
        assert conn.info.parameter_status("client_encoding") == "UTF8"


@check("refuses a certificate it does not know, and a name that is not the certificate's")
def _():
    assert "certificate verify failed" in str(fails(psycopg.OperationalError, lambda: one(**params("ada", sslrootcert=env("OTHER_CA")))))
    assert "does not match" in str(fails(psycopg.OperationalError, lambda: one(**params("ada", host="elsewhere.example"))))


@check("requires SCRAM with channel binding")
def _():
    assert one(**params("ada", channel_binding="require", require_auth="scram-sha-256")) == (1,)


@check("connects in plaintext on loopback; sslmode=prefer finds out by itself")
def _():
    assert one(**plain_params("ada")) == (1,)
    assert one(**plain_params("ada", sslmode="prefer")) == (1,)
    assert one(**params("ada", sslmode="prefer")) == (1,)


@check("is told that TLS is required")
def _():
    assert "encrypted" in str(fails(psycopg.OperationalError, lambda: one(**params("ada", sslmode="disable"))))


@check("a wrong password, an unknown user, an unknown database")
def _():
    wrong = str(fails(psycopg.OperationalError, lambda: one(**params("ada", password="nonsense"))))
    assert 'password authentication failed for user "ada"' in wrong
    unknown = str(fails(psycopg.OperationalError, lambda: one(**(params("ada") | {"user": "nobody", "password": "nonsense"}))))
    assert unknown.replace("nobody", "ada") == wrong
    assert "no resource of that name" in str(fails(psycopg.OperationalError, lambda: one(**params("ada", dbname="elsewhere"))))


if LIBPQ >= 170000:
    @check("connects with direct TLS")
    def _():
        assert one(**params("ada", sslnegotiation="direct")) == (1,)
else:
    skip("connects with direct TLS", f"libpq {LIBPQ}")

if LIBPQ >= 180000:
    @check("speaks protocol 3.2, and 3.0, and negotiates")
    def _():
        for low, high in (("3.0", "3.0"), ("3.2", "3.2"), ("3.0", "latest")):
            assert one(**params("ada", min_protocol_version=low, max_protocol_version=high)) == (1,)
else:
    skip("speaks protocol 3.2", f"libpq {LIBPQ}")


@check("target_session_attrs asks what the server is")
def _():
    for wanted in ("any", "read-write", "primary", "prefer-standby"):
        assert one(**params("ada", target_session_attrs=wanted)) == (1,)


@check("several hosts, the first of which does not answer")
def _():
    assert one(**params("ada", host="localhost,localhost", hostaddr="127.0.0.1,127.0.0.1", port=f"1,{env('TLS_PORT')}")) == (1,)


@check("a purpose is stated by options")
def _():
    with connect("dana") as conn:
        expect_refusal(fails(psycopg.errors.InsufficientPrivilege, lambda: conn.execute("select name from clinic.patients where id = 1")))
    with connect("dana", options="-c doorward.purpose=TREAT") as conn:
        assert conn.execute("select name from clinic.patients where id = 1").fetchone() == ("Invented Person 1",)


@check("replication is refused")
def _():
    assert "replication" in str(fails(psycopg.OperationalError, lambda: one(**params("ada", replication="database"))))


@check("other client encodings are refused when connecting and later")
def _():
    assert "client_encoding" in str(fails(psycopg.OperationalError, lambda: one(**params("ada", client_encoding="LATIN1"))))
    with connect("ada") as conn:
        fails(psycopg.Error, lambda: conn.execute("set client_encoding to 'latin1'"))
        assert conn.execute("select 'ü'").fetchone() == ("ü",)
