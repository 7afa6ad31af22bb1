"""psycopg 3 through the gateway. Its libpq comes with it, and is newer than most systems'."""
import psycopg
import test_connect  # noqa: F401  each runs its checks when imported
import test_statements  # noqa: F401
import test_results  # noqa: F401
import test_copy  # noqa: F401
import test_pipeline  # noqa: F401
import test_session  # noqa: F401
from check import finish

print(f"version psycopg {psycopg.__version__} ({psycopg.pq.__impl__}), libpq {psycopg.pq.version()}")
finish()
