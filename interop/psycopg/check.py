"""What a client's test written in Python prints: one line per check, which run.mjs counts."""
import os
import sys
import traceback

failures = 0


def env(name):
    return os.environ[f"IT_{name}"]


def check(name):
    """Runs the decorated function at once. A check that throws fails; the others go on."""
    def run(function):
        global failures
        try:
            function()
            print(f"ok {name}", flush=True)
        except Exception as error:  # whatever a driver throws is the finding
            failures += 1
            where = next((f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in reversed(traceback.extract_tb(error.__traceback__)) if "/interop/" in frame.filename or "/it/" in frame.filename), "")
            text = " | ".join(f"{type(error).__name__}: {error}".splitlines()[:10])[:600]
            print(f"FAIL {name}: {text} ({where})", flush=True)
        return function
    return run


def skip(name, why):
    print(f"skipped: {name}: {why}", flush=True)


def fails(kind, function):
    """The error of that kind; anything else, and success, fails the check."""
    try:
        function()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}, found no error")


def expect_refusal(error, what="refused: "):
    """What every driver shows of a refusal: SQLSTATE, what and under which receipt, what to do next."""
    assert error.sqlstate == "42501", error.sqlstate
    assert error.diag.message_primary.startswith(what), error.diag.message_primary
    assert "(receipt " in error.diag.message_primary, error.diag.message_primary
    assert error.diag.message_hint, "no hint"


def finish():
    sys.exit(1 if failures else 0)
