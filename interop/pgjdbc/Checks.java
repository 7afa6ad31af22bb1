import java.sql.SQLException;
import java.util.Objects;
import org.postgresql.util.PSQLException;

/** What a client's test written in Java prints: one line per check, which run.mjs counts. */
final class Checks {
  interface Body { void run() throws Exception; }

  private static int failures = 0;

  private Checks() {}

  /** Runs one check. A check that throws fails; the others go on. */
  static void check(String name, Body body) {
    try {
      body.run();
      System.out.println("ok " + name);
    } catch (Throwable error) {
      failures += 1;
      String place = "";
      for (StackTraceElement frame : error.getStackTrace()) {
        if (!frame.getClassName().startsWith("Checks") && frame.getFileName() != null && !frame.getClassName().contains(".")) { place = " (" + frame.getFileName() + ":" + frame.getLineNumber() + ")"; break; }
      }
      String text = String.valueOf(error).replaceAll("\\s*\\R\\s*", " | ");
      System.out.println("FAIL " + name + ": " + text.substring(0, Math.min(600, text.length())) + place);
    }
  }

  static void skip(String name, String why) { System.out.println("skipped: " + name + ": " + why); }

  static void finish() { System.exit(failures == 0 ? 0 : 1); }

  static void equal(Object actual, Object expected, String about) {
    if (!Objects.deepEquals(actual, expected)) throw new AssertionError(about + ": " + show(actual) + " instead of " + show(expected));
  }

  static void that(boolean holds, String what) { if (!holds) throw new AssertionError(what); }

  /** The error of that SQLSTATE; anything else, and success, fails the check. */
  static SQLException fails(String sqlState, Body body) throws Exception {
    try {
      body.run();
    } catch (SQLException error) {
      equal(error.getSQLState(), sqlState, "SQLSTATE of " + error.getMessage());
      return error;
    }
    throw new AssertionError("expected SQLSTATE " + sqlState + ", found no error");
  }

  /** What every driver shows of a refusal: SQLSTATE, what and under which receipt, what to do next. */
  static void refused(Body body) throws Exception {
    SQLException error = fails("42501", body);
    while (!(error instanceof PSQLException) && error.getNextException() != null) error = error.getNextException();
    that(error instanceof PSQLException, "not the driver's own error: " + error);
    var server = ((PSQLException) error).getServerErrorMessage();
    that(server != null && server.getMessage().startsWith("refused: ") && server.getMessage().matches(".*\\(receipt \\d+\\)"), "message: " + error.getMessage());
    that(server.getHint() != null && !server.getHint().isEmpty(), "no hint");
  }

  private static String show(Object value) {
    if (value instanceof byte[]) return new String((byte[]) value, java.nio.charset.StandardCharsets.ISO_8859_1);
    if (value instanceof Object[]) return java.util.Arrays.deepToString((Object[]) value);
    return String.valueOf(value);
  }
}
