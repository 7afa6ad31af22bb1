/** pgjdbc through the gateway. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println("version pgjdbc " + org.postgresql.util.DriverInfo.DRIVER_VERSION + ", Java " + System.getProperty("java.version"));
    ConnectTests.run();
    StatementTests.run();
    ResultTests.run();
    MetadataTests.run();
    CopyTests.run();
    SessionTests.run();
    Checks.finish();
  }
}
