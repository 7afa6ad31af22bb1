/** The testkit's one fault class: something the demo or a test stands on did not come up, or answered wrongly. */
import { Fault } from '@doorward/core'

export type TestkitFaultCode =
  | 'postgres-missing'      // no PostgreSQL binaries for this platform, or none where `binDir` points
  | 'postgres-unreachable'  // the account the server runs as cannot reach a directory it needs
  | 'postgres-failed'       // initdb or the server ended before it was ready
  | 'postgres-port-taken'   // the port that was asked for belongs to somebody else
  | 'postgres-foreign'      // a server answers on our port that is not the one we started
  | 'postgres-late'         // not ready in time
  | 'pg-refused'            // the server answered with an error
  | 'pg-protocol'           // the server sent what this client does not expect
  | 'pg-closed'             // the connection is gone

export class TestkitFault extends Fault<TestkitFaultCode> {}
