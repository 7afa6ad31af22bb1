import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.UUID;

/** Large results, fetch sizes, scrolling and updating, masked values, limits, refusals. */
final class ResultTests {
  private ResultTests() {}

  static void run() {
    Checks.check("a hundred thousand rows at once, and by fetch size", () -> {
      try (Connection connection = Connections.connect("evan"); Statement statement = connection.createStatement()) {
        for (int fetch : new int[] { 0, 1000 }) {
          connection.setAutoCommit(fetch == 0);
          statement.setFetchSize(fetch);
          ResultSet rows = statement.executeQuery("select id, label from clinic.readings order by id");
          long sum = 0;
          while (rows.next()) sum += rows.getInt(1);
          Checks.equal(sum, 5_000_050_000L, "sum, fetch size " + fetch);
        }
        // Left in the middle, and another begun.
        ResultSet early = statement.executeQuery("select id from clinic.readings");
        early.next();
        early.close();
        Checks.that(statement.executeQuery("select 1").next(), "goes on");
        connection.commit();
      }
    });
    Checks.check("two results read in turns by fetch size", () -> {
      try (Connection connection = Connections.connect("evan")) {
        connection.setAutoCommit(false);
        try (PreparedStatement one = connection.prepareStatement("select id from clinic.readings where id <= ? order by id"); PreparedStatement two = connection.prepareStatement("select id, name from clinic.patients where id <= ? order by id")) {
          one.setFetchSize(7);
          two.setFetchSize(3);
          one.setInt(1, 50);
          two.setInt(1, 50);
          ResultSet left = one.executeQuery();
          ResultSet right = two.executeQuery();
          for (int id = 1; id <= 50; id += 1) {
            Checks.that(left.next() && right.next() && left.getInt(1) == id && right.getInt(1) == id, "row " + id);
            Checks.equal(right.getString(2), "[redacted]", "name");
          }
          Checks.that(!left.next() && !right.next(), "the end");
        }
        connection.commit();
      }
    });
    Checks.check("scrolls, and updates through a result", () -> {
      try (Connection connection = Connections.connect("ada"); Statement clean = connection.createStatement()) {
        clean.execute("insert into clinic.scratch (owner, n, note) values ('pgjdbc-scroll', 1, 'a'), ('pgjdbc-scroll', 2, 'b')");
        try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE)) {
          ResultSet rows = statement.executeQuery("select id, owner, n, note from clinic.scratch where owner = 'pgjdbc-scroll' order by n");
          Checks.that(rows.last() && rows.getInt("n") == 2 && rows.first() && rows.getInt("n") == 1, "scroll");
          rows.updateString("note", "changed");
          rows.updateRow();
          rows.moveToInsertRow();
          rows.updateInt("id", 1_000_000);
          rows.updateString("owner", "pgjdbc-scroll");
          rows.updateInt("n", 3);
          rows.insertRow();
          rows.absolute(2);
          rows.deleteRow();
        }
        ResultSet rows = clean.executeQuery("select string_agg(n || coalesce(note, ''), ',' order by n) from clinic.scratch where owner = 'pgjdbc-scroll'");
        rows.next();
        Checks.equal(rows.getString(1), "1changed,3", "what is there");
        clean.execute("delete from clinic.scratch where owner = 'pgjdbc-scroll'");
      }
    });
    for (String threshold : new String[] { "0", "-1" }) {
      Checks.check("masked values decode as their types, " + (threshold.equals("0") ? "text" : "binary"), () -> {
        try (Connection connection = Connections.connect("evan", "prepareThreshold", threshold); PreparedStatement statement = connection.prepareStatement("select * from clinic.patients where id in (?, 60) order by id")) {
          statement.setInt(1, 7);
          ResultSet rows = statement.executeQuery();
          while (rows.next()) {
            Checks.equal(rows.getString("name"), "[redacted]", "name");
            Checks.equal(rows.getObject("dob", LocalDate.class), null, "dob");
            Checks.equal(rows.getDate("dob"), null, "dob as Date");
            Checks.equal(rows.getBigDecimal("weight"), null, "weight");
            Checks.that(rows.getDouble("height") == 0 && rows.wasNull(), "height");
            Checks.that(rows.getInt("visits") == 0 && rows.wasNull() && rows.getLong("points") == 0 && rows.wasNull(), "numbers");
            Checks.that(!rows.getBoolean("smoker") && rows.wasNull(), "smoker");
            Checks.equal(rows.getObject("uid", UUID.class), null, "uid");
            Checks.equal(rows.getObject("seen_at", OffsetDateTime.class), null, "seen_at");
            Checks.equal(rows.getTime("wakes_at"), null, "wakes_at");
            Checks.equal(rows.getObject("recovery"), null, "recovery");
            Checks.equal(rows.getArray("tags").getArray(), new String[0], "tags");
            Checks.equal(rows.getArray("scores").getArray(), new Integer[0], "scores");
            Checks.equal(rows.getString("chart"), "\"[redacted]\"", "chart");
            Checks.equal(rows.getBytes("photo"), new byte[0], "photo");
            Checks.equal(rows.getObject("mood"), null, "mood");
          }
        }
      });
    }
    Checks.check("a limit of rows is a refusal, also by fetch size, and the session goes on", () -> {
      try (Connection connection = Connections.connect("scout"); Statement statement = connection.createStatement()) {
        Checks.fails("54000", () -> statement.executeQuery("select id from clinic.patients"));
        Checks.that(statement.executeQuery("select 1").next(), "goes on");
        connection.setAutoCommit(false);
        statement.setFetchSize(20);
        ResultSet rows = statement.executeQuery("select id from clinic.patients");
        Checks.fails("54000", () -> { while (rows.next()) rows.getInt(1); });
        connection.rollback();
        statement.setFetchSize(0);
        Checks.that(statement.executeQuery("select 1").next(), "goes on after a rollback");
      }
    });
    Checks.check("a refusal: autocommit, transaction, savepoint, autosave", () -> {
      try (Connection connection = Connections.connect("evan"); Statement statement = connection.createStatement()) {
        Checks.refused(() -> statement.execute("delete from clinic.rooms"));
        Checks.that(statement.executeQuery("select 1").next(), "goes on");
        connection.setAutoCommit(false);
        var savepoint = connection.setSavepoint("here");
        Checks.refused(() -> statement.execute("delete from clinic.rooms"));
        Checks.fails("25P02", () -> statement.executeQuery("select 1"));
        connection.rollback(savepoint);
        Checks.that(statement.executeQuery("select 1").next(), "goes on after the savepoint");
        Checks.refused(() -> statement.execute("delete from clinic.rooms"));
        connection.rollback();
        Checks.that(statement.executeQuery("select 1").next(), "goes on after a rollback");
        connection.rollback();
      }
      try (Connection connection = Connections.connect("evan", "autosave", "always"); Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.execute("select 1");
        Checks.refused(() -> statement.execute("delete from clinic.rooms"));
        Checks.that(statement.executeQuery("select 1").next(), "autosave");
        connection.commit();
      }
    });
  }
}
