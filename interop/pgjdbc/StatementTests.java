import java.math.BigDecimal;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.postgresql.util.PSQLException;

/** Parameters, batches, errors: the same directly and as an unmasked principal. */
final class StatementTests {
  private StatementTests() {}

  static final String[] STATEMENTS = {
    "select 1 as one", "select * from clinic.samples order by id", "select id, name, floor, code from clinic.rooms order by id", "select * from clinic.patients order by id limit 5",
    "select count(*), avg(value), min(label) from clinic.readings where sensor = 3", "values (1, 'a'), (2, null)", "select array_agg(id order by id) from clinic.rooms",
    "select * from clinic.patient_names order by id limit 3", "select clinic.add_one(41)", "select row(1, 'x'), 'calm'::clinic.mood", "show server_version", "explain (costs off) select * from clinic.rooms",
    "select p.id, r.name from clinic.patients p join clinic.rooms r on r.id = p.room_id where p.id < 9 order by 1",
  };
  static final String[] ERRORS = {
    "select 1 +", "select nothing from clinic.rooms", "select * from clinic.missing", "select 1/0", "select 'x'::int", "insert into clinic.rooms (id, name, floor) values (77, 'Lobby', 1)",
    "insert into clinic.rooms (id, name) values (77, 'x')", "insert into clinic.visits values (999, 1, 1, '')", "insert into clinic.rooms values (77, 'x', 1, 'bad')", "select 'mad'::clinic.mood",
  };
  static final Object[] PARAMETERS = {
    "text 'quoted' \"double\" ünïcödé 🎈 \\", "", (short) 7, 42, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1.5f, 2.5d, Double.NaN, new BigDecimal("12345678901234567890.0123"), true, false, LocalDate.of(2024, 2, 29),
    LocalTime.of(12, 34, 56, 789_000), LocalDateTime.of(2024, 2, 29, 1, 2, 3), OffsetDateTime.of(2024, 2, 29, 1, 2, 3, 0, ZoneOffset.UTC), UUID.fromString("12345678-1234-4234-8234-123456789abc"), new byte[] { 0, 1, (byte) 0xff }, new byte[0],
  };

  static void run() {
    for (String mode : new String[] { "extended", "simple", "extendedForPrepared", "extendedCacheEverything" }) {
      for (String threshold : new String[] { "0", "-1", "1" }) {
        if (!mode.equals("extended") && !threshold.equals("1")) continue;
        String name = "statements answer as the server itself does (" + mode + (mode.equals("extended") ? ", prepareThreshold " + threshold : "") + ")";
        Checks.check(name, () -> sameAnswers("preferQueryMode", mode, "prepareThreshold", threshold));
      }
    }
    Checks.check("errors are the server's own", StatementTests::sameErrors);
    Checks.check("parameters of every type come back, text and binary", StatementTests::parameters);
    Checks.check("a server-prepared statement is used again, and survives errors and refusals", StatementTests::prepared);
    Checks.check("batches, and batches rewritten into one insert", StatementTests::batches);
    Checks.check("an error in a batch, a refusal in a batch", StatementTests::failingBatches);
    Checks.check("generated keys", StatementTests::generatedKeys);
    Checks.check("several statements in one text", StatementTests::several);
    Checks.check("calls a function by its escape", () -> {
      try (Connection connection = Connections.connect("ada"); var call = connection.prepareCall("{? = call clinic.add_one(?)}")) {
        call.registerOutParameter(1, java.sql.Types.INTEGER);
        call.setInt(2, 41);
        call.execute();
        Checks.equal(call.getInt(1), 42, "add_one");
      }
    });
  }

  /** Every cell as text and as the driver's object, and what the columns are said to be. */
  static List<Object> everything(ResultSet rows) throws SQLException {
    List<Object> all = new ArrayList<>();
    var about = rows.getMetaData();
    for (int at = 1; at <= about.getColumnCount(); at += 1) {
      all.add(Arrays.asList(about.getColumnLabel(at), about.getColumnName(at), about.getColumnTypeName(at), about.getColumnType(at), about.getPrecision(at), about.getScale(at), about.isNullable(at),
        about.isAutoIncrement(at), about.getTableName(at), about.getSchemaName(at), about.getColumnClassName(at)));
    }
    while (rows.next()) {
      for (int at = 1; at <= about.getColumnCount(); at += 1) {
        Object value = objectOf(rows, at);
        // The driver makes no text of binary bytea but the array's identity.
        if (!(value instanceof byte[])) all.add(rows.getString(at));
        all.add(value instanceof java.sql.Array ? value.toString() : value instanceof byte[] ? Arrays.toString((byte[]) value) : value instanceof java.sql.SQLXML ? ((java.sql.SQLXML) value).getString() : value);
      }
    }
    return all;
  }

  /** What the driver itself cannot represent counts as its error. */
  private static Object objectOf(ResultSet rows, int at) {
    try {
      return rows.getObject(at);
    } catch (SQLException error) {
      return error.getMessage();
    }
  }

  private static void sameAnswers(String... more) throws SQLException {
    try (Connection direct = Connections.direct(more); Connection through = Connections.connect("ada", more)) {
      for (String text : STATEMENTS) {
        for (int times = 0; times < 3; times += 1) {
          try (PreparedStatement one = direct.prepareStatement(text); PreparedStatement two = through.prepareStatement(text)) {
            Checks.equal(everything(two.executeQuery()), everything(one.executeQuery()), text);
          }
        }
        try (Statement one = direct.createStatement(); Statement two = through.createStatement()) { Checks.equal(everything(two.executeQuery(text)), everything(one.executeQuery(text)), text); }
      }
      for (int times = 0; times < 7; times += 1) {
        try (PreparedStatement one = direct.prepareStatement("select * from clinic.samples where id < ? order by id"); PreparedStatement two = through.prepareStatement("select * from clinic.samples where id < ? order by id")) {
          one.setInt(1, 9);
          two.setInt(1, 9);
          Checks.equal(everything(two.executeQuery()), everything(one.executeQuery()), "samples with a parameter");
        }
      }
    }
  }

  private static void sameErrors() throws Exception {
    try (Connection direct = Connections.direct(); Connection through = Connections.connect("ada")) {
      for (String text : ERRORS) Checks.equal(errorOf(through, text), errorOf(direct, text), text);
    }
  }

  private static List<Object> errorOf(Connection connection, String text) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(text);
      throw new AssertionError("no error: " + text);
    } catch (PSQLException error) {
      var server = error.getServerErrorMessage();
      return Arrays.asList(error.getSQLState(), server.getSeverity(), server.getMessage(), server.getDetail(), server.getHint(), server.getPosition(), server.getSchema(), server.getTable(), server.getColumn(), server.getDatatype(), server.getConstraint());
    }
  }

  private static void parameters() throws SQLException {
    for (String threshold : new String[] { "0", "-1" }) {
      try (Connection direct = Connections.direct("prepareThreshold", threshold); Connection through = Connections.connect("ada", "prepareThreshold", threshold)) {
        for (Object value : PARAMETERS) {
          List<Object> answers = new ArrayList<>();
          for (Connection connection : new Connection[] { direct, through }) {
            try (PreparedStatement statement = connection.prepareStatement("select ? as v, pg_typeof(?)::text")) {
              statement.setObject(1, value);
              statement.setObject(2, value);
              answers.add(everything(statement.executeQuery()));
            }
          }
          Checks.equal(answers.get(1), answers.get(0), String.valueOf(value));
        }
        try (PreparedStatement statement = through.prepareStatement("select ?::int is null, ?::text is null, ?::date is null, ?::int[]")) {
          statement.setNull(1, java.sql.Types.INTEGER);
          statement.setNull(2, java.sql.Types.VARCHAR);
          statement.setNull(3, java.sql.Types.DATE);
          statement.setArray(4, through.createArrayOf("int4", new Integer[] { 1, null, 3 }));
          ResultSet rows = statement.executeQuery();
          rows.next();
          Checks.that(rows.getBoolean(1) && rows.getBoolean(2) && rows.getBoolean(3), "nulls");
          Checks.equal(rows.getArray(4).getArray(), new Integer[] { 1, null, 3 }, "array");
        }
      }
    }
  }

  private static void prepared() throws Exception {
    try (Connection connection = Connections.connect("evan", "prepareThreshold", "2"); PreparedStatement statement = connection.prepareStatement("select label from clinic.readings where id = ?")) {
      for (int id = 1; id < 30; id += 1) {
        statement.setInt(1, id);
        ResultSet rows = statement.executeQuery();
        rows.next();
        Checks.equal(rows.getString(1), "reading " + id, "label");
        if (id % 10 == 0) {
          try (Statement other = connection.createStatement()) {
            Checks.refused(() -> other.execute("delete from clinic.rooms"));
            Checks.fails("22012", () -> other.execute("select 1/0"));
          }
        }
      }
      // The driver does not know that its statements are gone: it learns from the SQLSTATE, and prepares again.
      try (Statement other = connection.createStatement()) { other.execute("deallocate all"); }
      statement.setInt(1, 5);
      statement.executeQuery();
    }
  }

  private static void batches() throws SQLException {
    for (String rewrite : new String[] { "false", "true" }) {
      try (Connection connection = Connections.connect("evan", "reWriteBatchedInserts", rewrite); Statement clean = connection.createStatement()) {
        clean.execute("delete from clinic.scratch where owner = 'pgjdbc-batch'");
        connection.setAutoCommit(false);
        try (PreparedStatement insert = connection.prepareStatement("insert into clinic.scratch (owner, n, note) values ('pgjdbc-batch', ?, ?)")) {
          for (int n = 0; n < 300; n += 1) {
            insert.setInt(1, n);
            insert.setString(2, n % 3 == 0 ? null : "note " + n);
            insert.addBatch();
          }
          Checks.equal(insert.executeBatch().length, 300, "counts");
        }
        connection.commit();
        ResultSet rows = clean.executeQuery("select count(*) from clinic.scratch where owner = 'pgjdbc-batch'");
        rows.next();
        Checks.equal(rows.getInt(1), 300, "rows");
        clean.execute("delete from clinic.scratch where owner = 'pgjdbc-batch'");
        connection.commit();
      }
    }
  }

  private static void failingBatches() throws Exception {
    try (Connection connection = Connections.connect("evan"); Statement batch = connection.createStatement()) {
      batch.addBatch("insert into clinic.scratch (owner, n) values ('pgjdbc-fail', 1)");
      batch.addBatch("insert into clinic.scratch (owner, n) values ('pgjdbc-fail', 1)");
      Checks.that(Checks.fails("23505", batch::executeBatch) instanceof BatchUpdateException, "a batch's error");
      batch.clearBatch();
      batch.addBatch("insert into clinic.scratch (owner, n) values ('pgjdbc-fail', 2)");
      batch.addBatch("delete from clinic.rooms");
      Checks.refused(batch::executeBatch);
      batch.clearBatch();
      ResultSet rows = batch.executeQuery("select count(*) from clinic.scratch where owner = 'pgjdbc-fail'");
      rows.next();
      Checks.equal(rows.getInt(1), 0, "what stood in a failed batch");
    }
  }

  private static void generatedKeys() throws SQLException {
    try (Connection connection = Connections.connect("ada"); PreparedStatement insert = connection.prepareStatement("insert into clinic.scratch (owner, n) values ('pgjdbc-keys', ?)", Statement.RETURN_GENERATED_KEYS)) {
      insert.setInt(1, 1);
      insert.executeUpdate();
      ResultSet keys = insert.getGeneratedKeys();
      Checks.that(keys.next() && keys.getInt("id") > 0 && keys.getString("owner").equals("pgjdbc-keys"), "keys");
      try (PreparedStatement two = connection.prepareStatement("insert into clinic.scratch (owner, n) values ('pgjdbc-keys', 2)", new String[] { "id" })) {
        two.executeUpdate();
        Checks.that(two.getGeneratedKeys().next(), "named keys");
      }
      try (Statement clean = connection.createStatement()) { Checks.equal(clean.executeUpdate("delete from clinic.scratch where owner = 'pgjdbc-keys'"), 2, "deleted"); }
    }
  }

  private static void several() throws SQLException {
    try (Connection connection = Connections.connect("ada"); Statement statement = connection.createStatement()) {
      Checks.that(statement.execute("select 1; insert into clinic.scratch (owner, n) values ('pgjdbc-many', 1); select 'two'; delete from clinic.scratch where owner = 'pgjdbc-many'"), "a result first");
      Checks.that(!statement.getMoreResults() && statement.getUpdateCount() == 1, "an update count");
      Checks.that(statement.getMoreResults(), "a result again");
      ResultSet rows = statement.getResultSet();
      Checks.that(rows.next() && rows.getString(1).equals("two"), "two");
      Checks.that(!statement.getMoreResults() && statement.getUpdateCount() == 1, "the last");
    }
  }
}
