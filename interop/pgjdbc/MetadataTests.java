import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** DatabaseMetaData: what tools ask before anything else. The same as the server's for an unmasked principal; without texts for a masked one. */
final class MetadataTests {
  private interface Question { Object ask(DatabaseMetaData about) throws SQLException; }

  /** Columns that hold what people wrote. */
  private static final Set<String> TEXTS = Set.of("REMARKS", "COLUMN_DEF");

  private MetadataTests() {}

  static void run() {
    Map<String, Question> questions = questions();
    Checks.check("answers as the server itself does (" + questions.size() + " methods)", () -> compare(questions, "ada", true));
    for (String user : new String[] { "evan", "scout" }) Checks.check("answers a masked principal, texts aside (" + user + ")", () -> compare(questions, user, false));
  }

  private static void compare(Map<String, Question> questions, String user, boolean texts) throws SQLException {
    try (Connection direct = Connections.direct(); Connection through = Connections.connect(user)) {
      for (var entry : questions.entrySet()) {
        Checks.equal(answer(entry.getValue(), through, texts), answer(entry.getValue(), direct, texts), entry.getKey());
      }
    }
  }

  private static Object answer(Question question, Connection connection, boolean texts) throws SQLException {
    Object answer = question.ask(connection.getMetaData());
    if (!(answer instanceof ResultSet)) return answer;
    try (ResultSet rows = (ResultSet) answer) {
      List<String> all = new ArrayList<>();
      int width = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        for (int at = 1; at <= width; at += 1) {
          String name = rows.getMetaData().getColumnLabel(at);
          if (texts || !TEXTS.contains(name)) all.add(name + "=" + rows.getString(at));
        }
      }
      return all;
    }
  }

  private static Map<String, Question> questions() {
    Map<String, Question> all = new LinkedHashMap<>();
    all.put("getTables", about -> about.getTables(null, "clinic", "%", null));
    all.put("getTables of every schema", about -> about.getTables(null, null, "%", new String[] { "TABLE", "VIEW" }));
    all.put("getColumns", about -> about.getColumns(null, "clinic", "%", "%"));
    all.put("getPrimaryKeys", about -> about.getPrimaryKeys(null, "clinic", "visits"));
    all.put("getImportedKeys", about -> about.getImportedKeys(null, "clinic", "visits"));
    all.put("getExportedKeys", about -> about.getExportedKeys(null, "clinic", "rooms"));
    all.put("getCrossReference", about -> about.getCrossReference(null, "clinic", "patients", null, "clinic", "visits"));
    all.put("getIndexInfo", about -> about.getIndexInfo(null, "clinic", "patients", false, true));
    all.put("getBestRowIdentifier", about -> about.getBestRowIdentifier(null, "clinic", "rooms", DatabaseMetaData.bestRowSession, false));
    all.put("getVersionColumns", about -> about.getVersionColumns(null, "clinic", "rooms"));
    all.put("getSchemas", DatabaseMetaData::getSchemas);
    all.put("getSchemas like", about -> about.getSchemas(null, "cli%"));
    all.put("getCatalogs", DatabaseMetaData::getCatalogs);
    all.put("getTableTypes", DatabaseMetaData::getTableTypes);
    all.put("getTypeInfo", DatabaseMetaData::getTypeInfo);
    all.put("getUDTs", about -> about.getUDTs(null, "clinic", "%", null));
    all.put("getFunctions", about -> about.getFunctions(null, "clinic", "%"));
    all.put("getFunctionColumns", about -> about.getFunctionColumns(null, "clinic", "%", "%"));
    all.put("getProcedures", about -> about.getProcedures(null, "clinic", "%"));
    all.put("getProcedureColumns", about -> about.getProcedureColumns(null, "clinic", "%", "%"));
    all.put("getTablePrivileges", about -> about.getTablePrivileges(null, "clinic", "%"));
    all.put("getColumnPrivileges", about -> about.getColumnPrivileges(null, "clinic", "rooms", "%"));
    all.put("getClientInfoProperties", DatabaseMetaData::getClientInfoProperties);
    all.put("getDatabaseProductVersion", DatabaseMetaData::getDatabaseProductVersion);
    all.put("getSQLKeywords", DatabaseMetaData::getSQLKeywords);
    all.put("getStringFunctions", DatabaseMetaData::getStringFunctions);
    all.put("getMaxConnections", DatabaseMetaData::getMaxConnections);
    all.put("getMaxColumnNameLength", DatabaseMetaData::getMaxColumnNameLength);
    all.put("getDefaultTransactionIsolation", DatabaseMetaData::getDefaultTransactionIsolation);
    return all;
  }
}
