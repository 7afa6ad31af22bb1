/** What tests and the demo stand on: a real PostgreSQL, a small client for it, and people who do not exist. */
export { connectPg, PgRefused, type PgClient, type PgColumn, type PgMessage, type PgResult, type PgTarget } from './pg-client.ts'
export { findFreePort, startPostgres, type PostgresOptions, type PostgresServer } from './postgres-server.ts'
export { TestkitFault, type TestkitFaultCode } from './testkit-fault.ts'
