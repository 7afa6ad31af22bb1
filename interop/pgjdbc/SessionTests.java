import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.postgresql.PGConnection;

/** Transactions, cancelling, notices, notifications, function calls, what a pool does. */
final class SessionTests {
  private SessionTests() {}

  static void run() {
    Checks.check("transactions: isolation, read only, error, rollback", () -> {
      try (Connection connection = Connections.connect("ada"); Statement statement = connection.createStatement()) {
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        Checks.equal(connection.getTransactionIsolation(), Connection.TRANSACTION_SERIALIZABLE, "isolation");
        connection.setAutoCommit(false);
        statement.execute("insert into clinic.scratch (owner, n) values ('pgjdbc-tx', 1)");
        Checks.fails("22012", () -> statement.execute("select 1/0"));
        Checks.fails("25P02", () -> statement.execute("select 1"));
        // A commit of a failed transaction is a rollback.
        connection.commit();
        var rows = statement.executeQuery("select count(*) from clinic.scratch where owner = 'pgjdbc-tx'");
        Checks.that(rows.next() && rows.getInt(1) == 0, "nothing was written");
        connection.rollback();
        connection.setReadOnly(true);
        Checks.fails("25006", () -> statement.execute("insert into clinic.scratch (owner, n) values ('pgjdbc-tx', 1)"));
        connection.rollback();
      }
    });
    Checks.check("cancel() and setQueryTimeout()", () -> {
      try (Connection connection = Connections.connect("ada"); Statement statement = connection.createStatement(); Connection direct = Connections.direct(); Statement watch = direct.createStatement()) {
        var pool = Executors.newSingleThreadExecutor();
        Future<?> cancelling = pool.submit(() -> {
          try {
            while (!watch.executeQuery("select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(32)'").next()) Thread.onSpinWait();
            statement.cancel();
          } catch (SQLException error) { throw new IllegalStateException(error); }
        });
        Checks.fails("57014", () -> statement.execute("select pg_sleep(32)"));
        cancelling.get();
        pool.shutdown();
        statement.setQueryTimeout(1);
        Checks.fails("57014", () -> statement.execute("select pg_sleep(33)"));
        statement.setQueryTimeout(0);
        Checks.that(statement.executeQuery("select 1").next(), "goes on");
      }
    });
    Checks.check("notices are warnings", () -> {
      try (Connection connection = Connections.connect("ada"); Statement statement = connection.createStatement()) {
        statement.execute("drop table if exists clinic.never_there");
        SQLWarning warning = statement.getWarnings();
        Checks.that(warning != null && warning.getMessage().contains("does not exist, skipping"), String.valueOf(warning));
      }
    });
    Checks.check("LISTEN and NOTIFY: the notification arrives, its payload does not", () -> {
      try (Connection connection = Connections.connect("ada"); Statement statement = connection.createStatement(); Connection other = Connections.connect("ada"); Statement notify = other.createStatement()) {
        statement.execute("listen interop_pgjdbc");
        notify.execute("notify interop_pgjdbc, 'Ann was here'");
        var notes = connection.unwrap(PGConnection.class).getNotifications(10_000);
        Checks.that(notes != null && notes.length == 1 && notes[0].getName().equals("interop_pgjdbc") && notes[0].getParameter().isEmpty(), "notifications");
      }
    });
    Checks.check("function calls of the protocol (large objects) are refused, and the connection goes on", () -> {
      try (Connection connection = Connections.connect("ada"); Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        try {
          connection.unwrap(PGConnection.class).getLargeObjectAPI().createLO();
          throw new AssertionError("a large object was made");
        } catch (SQLException error) {
          Checks.that(List.of("0A000", "42501").contains(error.getSQLState()), error.getSQLState() + " " + error.getMessage());
        }
        connection.rollback();
        Checks.that(statement.executeQuery("select 1").next(), "goes on");
        connection.rollback();
      }
    });
    Checks.check("what a pool does between two users: reset, client info, schema", () -> {
      try (Connection connection = Connections.connect("ada"); Statement statement = connection.createStatement()) {
        connection.setClientInfo("ApplicationName", "interop-pool");
        connection.setSchema("clinic");
        Checks.that(statement.executeQuery("select name from rooms").next(), "schema");
        statement.execute("reset all");
        statement.execute("discard all");
        Checks.fails("42P01", () -> statement.executeQuery("select name from rooms"));
        Checks.that(connection.isValid(10), "isValid");
      }
    });
    Checks.check("waits for a person, with parameters and in parts, and gets the rows", () -> {
      try (Connection connection = Connections.connect("hana"); var statement = connection.prepareStatement("select id from clinic.readings where id <= ? order by id")) {
        connection.setAutoCommit(false);
        statement.setInt(1, 50);
        statement.setFetchSize(20);
        var rows = statement.executeQuery();
        int seen = 0;
        // The first part waited for approval; the others go on under it.
        while (rows.next()) seen += 1;
        Checks.equal(seen, 50, "rows");
        SQLWarning warning = statement.getWarnings();
        Checks.that(warning != null && warning.getMessage().contains("waits for approval by 1 of officers"), "notice: " + warning);
        Checks.that(warning.getNextWarning() == null, "asked once");
        connection.commit();
      }
    });
    Checks.check("many threads, each with its connection", () -> {
      var pool = Executors.newFixedThreadPool(8);
      List<Future<Integer>> all = new ArrayList<>();
      for (int n = 0; n < 40; n += 1) {
        int mine = n;
        all.add(pool.submit(() -> {
          try (Connection connection = Connections.connect("evan"); var statement = connection.prepareStatement("select ?::int")) {
            statement.setInt(1, mine);
            var rows = statement.executeQuery();
            rows.next();
            return rows.getInt(1);
          }
        }));
      }
      for (int n = 0; n < 40; n += 1) Checks.equal(all.get(n).get(), n, "thread " + n);
      pool.shutdown();
    });
  }
}
