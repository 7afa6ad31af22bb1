import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/** pgjdbc connections: to the gateway with TLS, in plaintext, and to the server itself. */
final class Connections {
  private Connections() {}

  static String env(String name) { return System.getenv("IT_" + name); }

  static Properties properties(String user, String... more) {
    Properties all = new Properties();
    all.setProperty("user", user);
    all.setProperty("password", env("SECRET_" + user.toUpperCase()));
    all.setProperty("sslmode", "verify-full");
    all.setProperty("sslrootcert", env("CA"));
    all.setProperty("connectTimeout", "20");
    for (int at = 0; at < more.length; at += 2) all.setProperty(more[at], more[at + 1]);
    return all;
  }

  static Connection connect(String user, String... more) throws SQLException { return to("TLS_PORT", "clinic", properties(user, more)); }

  static Connection plain(String user, String... more) throws SQLException {
    Properties all = properties(user, more);
    all.setProperty("sslmode", "disable");
    return to("PLAIN_PORT", "clinic", all);
  }

  static Connection direct(String... more) throws SQLException {
    Properties all = properties("ada", more);
    all.setProperty("user", env("DIRECT_USER"));
    all.setProperty("password", env("DIRECT_PASSWORD"));
    all.setProperty("sslrootcert", env("DIRECT_CA"));
    return to("DIRECT_PORT", "clinic", all);
  }

  static Connection to(String port, String database, Properties properties) throws SQLException {
    return DriverManager.getConnection("jdbc:postgresql://localhost:" + env(port) + "/" + database, properties);
  }
}
