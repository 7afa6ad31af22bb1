import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;

/** Connecting: encryption, authentication, and what is said when it fails. */
final class ConnectTests {
  private ConnectTests() {}

  static void run() {
    Checks.check("connects with verify-full", () -> works(Connections.connect("ada")));
    Checks.check("refuses a certificate it does not know", () -> {
      SQLException error = Checks.fails("08006", () -> Connections.connect("ada", "sslrootcert", Connections.env("OTHER_CA")));
      Checks.that(error.getMessage().contains("SSL"), error.getMessage());
    });
    withProperty("channelBinding", "requires channel binding (SCRAM-SHA-256-PLUS)", () -> works(Connections.connect("ada", "channelBinding", "require")));
    withProperty("sslNegotiation", "connects with direct TLS", () -> works(Connections.connect("ada", "sslNegotiation", "direct")));
    Checks.check("connects in plaintext on loopback, also after asking for encryption", () -> {
      works(Connections.plain("ada"));
      Properties preferring = Connections.properties("ada", "sslmode", "prefer");
      works(Connections.to("PLAIN_PORT", "clinic", preferring));
      Properties gss = Connections.properties("ada", "gssEncMode", "prefer");
      works(Connections.to("TLS_PORT", "clinic", gss));
    });
    Checks.check("is told that TLS is required", () -> {
      Properties disabled = Connections.properties("ada", "sslmode", "disable");
      SQLException error = Checks.fails("28000", () -> Connections.to("TLS_PORT", "clinic", disabled));
      Checks.that(error.getMessage().contains("encrypted"), error.getMessage());
    });
    Checks.check("a wrong password is 28P01, an unknown database 3D000", () -> {
      Checks.fails("28P01", () -> Connections.connect("ada", "password", "nonsense"));
      Checks.fails("3D000", () -> Connections.to("TLS_PORT", "elsewhere", Connections.properties("ada")));
    });
    Checks.check("a purpose is stated by options", () -> {
      String text = "select name from clinic.patients where id = 1";
      try (Connection without = Connections.connect("dana"); var statement = without.createStatement()) { Checks.refused(() -> statement.executeQuery(text)); }
      try (Connection with = Connections.connect("dana", "options", "-c doorward.purpose=TREAT"); var statement = with.createStatement()) {
        var rows = statement.executeQuery(text);
        rows.next();
        Checks.equal(rows.getString(1), "Invented Person 1", "name");
      }
    });
    Checks.check("currentSchema, ApplicationName and readOnly reach the server", () -> {
      try (Connection connection = Connections.connect("ada", "currentSchema", "clinic", "ApplicationName", "interop", "readOnly", "true", "readOnlyMode", "always"); var statement = connection.createStatement()) {
        var rows = statement.executeQuery("select name, current_setting('application_name'), current_schema() from rooms where id = 2");
        rows.next();
        Checks.equal(rows.getString(1) + " " + rows.getString(2) + " " + rows.getString(3), "Lab interop clinic", "settings");
        Checks.fails("25006", () -> statement.execute("insert into scratch (owner, n) values ('pgjdbc-ro', 1)"));
        Checks.equal(connection.getSchema(), "clinic", "getSchema");
      }
    });
    Checks.check("targetServerType finds out what the server is", () -> works(Connections.connect("ada", "targetServerType", "primary")));
  }

  /** A check of what older drivers, as systems package them, do not have. */
  private static void withProperty(String property, String name, Checks.Body body) {
    if (org.postgresql.PGProperty.forName(property) == null) Checks.skip(name, "this driver has no " + property);
    else Checks.check(name, body);
  }

  private static void works(Connection connection) throws SQLException {
    try (connection; var statement = connection.createStatement()) {
      var rows = statement.executeQuery("select 1");
      Checks.that(rows.next() && rows.getInt(1) == 1, "select 1");
      Checks.that(connection.isValid(10), "isValid");
    }
  }
}
