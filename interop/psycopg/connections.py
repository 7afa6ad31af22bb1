"""psycopg connections: to the gateway with TLS, in plaintext, and to the server itself."""
import psycopg
from check import env


def params(user, **more):
    return dict(host="localhost", hostaddr="127.0.0.1", port=env("TLS_PORT"), user=user, password=env(f"SECRET_{user.upper()}"), dbname="clinic", sslmode="verify-full",
                sslrootcert=env("CA"), connect_timeout=20) | more


def plain_params(user, **more):
    return params(user, port=env("PLAIN_PORT"), sslmode="disable") | more


def direct_params(**more):
    return dict(host="localhost", hostaddr="127.0.0.1", port=env("DIRECT_PORT"), user=env("DIRECT_USER"), password=env("DIRECT_PASSWORD"), dbname="clinic", sslmode="verify-full",
                sslrootcert=env("DIRECT_CA")) | more


def connect(user, **more):
    """As a script does: every statement commits by itself."""
    options = {key: more.pop(key) for key in ("autocommit", "prepare_threshold", "row_factory", "cursor_factory") if key in more}
    return psycopg.connect(**params(user, **more), **({"autocommit": True} | options))


def connect_directly(**more):
    return psycopg.connect(**direct_params(), **({"autocommit": True} | more))
