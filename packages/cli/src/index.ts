/** What the demo takes from the command: the SQL of `doorward setup postgres`, tables as text, and how a process is told to stop. */
export { quoteLiteral, quoteName, setupPostgresSql, type PostgresSetup, type SetupRole } from './setup-postgres-sql.ts'
export { awaitStop } from './stop-signal.ts'
export { toTableText, type TableColumn } from './table-text.ts'
