import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.Statement;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;

/** CopyManager, in all formats. */
final class CopyTests {
  private static final String COLUMNS = "id, a_bigint, a_numeric, a_text, a_bytea, a_timestamptz, some_texts, a_jsonb";

  private CopyTests() {}

  static void run() {
    for (String options : new String[] { "", "(format csv, header)", "(format binary)" }) {
      Checks.check("COPY out and in are the server's bytes " + (options.isEmpty() ? "(text)" : options), () -> {
        try (Connection direct = Connections.direct(); Connection through = Connections.connect("ada"); Statement statement = through.createStatement()) {
          byte[] expected = out(direct, "copy (select " + COLUMNS + " from clinic.samples order by id) to stdout " + options);
          Checks.equal(out(through, "copy (select " + COLUMNS + " from clinic.samples order by id) to stdout " + options), expected, "out");
          statement.execute("create temp table back as select " + COLUMNS + " from clinic.samples where false");
          Checks.equal(manager(through).copyIn("copy back from stdin " + options, new ByteArrayInputStream(expected), 17), 4L, "rows");
          Checks.equal(out(through, "copy (select * from back order by id) to stdout " + options), expected, "in and out");
        }
      });
    }
    Checks.check("a masked COPY", () -> {
      try (Connection connection = Connections.connect("evan")) {
        String text = new String(out(connection, "copy (select id, name, dob, tags from clinic.patients where id < 3 order by id) to stdout"), "UTF-8");
        Checks.equal(text, "1\t[redacted]\t\\N\t{}\n2\t[redacted]\t\\N\t{}\n", "text");
      }
    });
    Checks.check("COPY that is broken off, wrong, or refused leaves the session in step", () -> {
      try (Connection connection = Connections.connect("evan"); Statement statement = connection.createStatement()) {
        CopyIn broken = manager(connection).copyIn("copy clinic.scratch (owner, n) from stdin");
        broken.writeToCopy("pgjdbc-broken\t1\n".getBytes(), 0, 16);
        broken.cancelCopy();
        Checks.fails("22P02", () -> manager(connection).copyIn("copy clinic.scratch (owner, n) from stdin", new StringReader("pgjdbc-broken\tx\n")));
        Checks.refused(() -> manager(connection).copyIn("copy clinic.rooms from stdin", new StringReader("9\tx\t1\tA-9\n")));
        var rows = statement.executeQuery("select count(*) from clinic.scratch where owner = 'pgjdbc-broken'");
        Checks.that(rows.next() && rows.getInt(1) == 0, "nothing was written");
        CopyOut early = manager(connection).copyOut("copy clinic.readings to stdout");
        early.readFromCopy();
        early.cancelCopy();
        settle(statement);
      }
    });
  }

  /** The driver takes the first answer after a cancelled copy for the copy's own, and a late cancel may meet the next statement: directly too. */
  private static void settle(Statement statement) {
    for (int tries = 0; tries < 2; tries += 1) {
      try {
        statement.execute("select 1");
      } catch (java.sql.SQLException error) {
        if (!"57014".equals(error.getSQLState())) throw new IllegalStateException(error);
      }
    }
  }

  private static CopyManager manager(Connection connection) throws java.sql.SQLException { return connection.unwrap(PGConnection.class).getCopyAPI(); }

  private static byte[] out(Connection connection, String text) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    manager(connection).copyOut(text, bytes);
    return bytes.toByteArray();
  }
}
