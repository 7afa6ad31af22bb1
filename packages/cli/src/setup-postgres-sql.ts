/**
 * The SQL that prepares a PostgreSQL database for Doorward: one role that forwards, one that analyses and may read nothing. Printed by
 * `doorward setup postgres`, run by the demo. Safe to run again. Source: PostgreSQL, CREATE ROLE, GRANT, ALTER ROLE.
 */

export interface PostgresSetup {
  readonly database: string
  /** Schemas that hold what Doorward protects. */
  readonly schemas: readonly string[]
  readonly upstream: SetupRole
  /** Undefined: the upstream's own user analyses. */
  readonly analysis: SetupRole | undefined
}

export interface SetupRole {
  readonly user: string
  /** A SCRAM verifier as pg_authid holds it. Undefined: the role's password is left to whoever runs this. */
  readonly verifier: string | undefined
}

/** @returns statements for psql or one simple query, to be run in that database by a superuser. */
export function setupPostgresSql(setup: PostgresSetup): string {
  const { database, schemas, upstream, analysis } = setup
  const roles = analysis === undefined ? [upstream] : [upstream, analysis]
  return [
    `-- For database ${database}, as a superuser. Safe to run again.`,
    ...roles.flatMap((role) => ['', ...createRole(role), `grant connect on database ${quoteName(database)} to ${quoteName(role.user)};`]),
    '',
    '-- What Doorward forwards runs as this role. Policies decide per principal; these rights bound all of them together.',
    ...schemas.flatMap((schema) => [
      `grant usage on schema ${quoteName(schema)} to ${quoteName(upstream.user)};`,
      `grant select, insert, update, delete on all tables in schema ${quoteName(schema)} to ${quoteName(upstream.user)};`,
      `grant usage, select on all sequences in schema ${quoteName(schema)} to ${quoteName(upstream.user)};`,
    ]),
    '',
    '-- A session with temporary tables is analysed on its own connection; with this right its trees stay out of the server\'s log too.',
    `grant set on parameter log_min_messages to ${quoteName(upstream.user)};`,
    ...(analysis === undefined ? [] : ['', ...restrictAnalysis(analysis.user, schemas)]),
    '',
  ].join('\n')
}

/** Statements are parsed as this role and never run. It may see names; it has no right on any table, view, sequence or column. */
function restrictAnalysis(user: string, schemas: readonly string[]): string[] {
  const role = quoteName(user)
  return [
    '-- Statements are analysed as this role and never run. It may look names up and has no right on any table.',
    ...schemas.map((schema) => `grant usage on schema ${quoteName(schema)} to ${role};`),
    '-- The trees that analysis asks for hold the literals of statements: they go to Doorward, and not to the server\'s log.',
    `alter role ${role} set log_min_messages = 'fatal';`,
    `alter role ${role} set log_statement = 'none';`,
    `alter role ${role} set log_min_duration_statement = -1;`,
    `alter role ${role} set log_duration = off;`,
    '-- Two more locks on a door that has no key.',
    `alter role ${role} set default_transaction_read_only = on;`,
    `alter role ${role} nosuperuser nocreatedb nocreaterole noreplication nobypassrls;`,
  ]
}

function createRole({ user, verifier }: SetupRole): string[] {
  const name = quoteName(user)
  return [
    `do $setup$ begin if not exists (select from pg_catalog.pg_roles where rolname = ${quoteLiteral(user)}) then create role ${name}; end if; end $setup$;`,
    verifier === undefined ? `alter role ${name} login; -- and give it the password that the configuration names: \\password ${name}` : `alter role ${name} login password ${quoteLiteral(verifier)};`,
  ]
}

/** An identifier, always quoted. @throws {RangeError} for a NUL, which no identifier holds. */
export function quoteName(name: string): string {
  return `"${requireNoNul(name).replaceAll('"', '""')}"`
}

/** A string literal that reads the same whatever standard_conforming_strings says. @throws {RangeError} for a NUL. */
export function quoteLiteral(text: string): string {
  const quoted = `'${requireNoNul(text).replaceAll("'", "''")}'`
  return quoted.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

function requireNoNul(text: string): string {
  if (text.includes('\0')) throw new RangeError(`a NUL inside a text of ${text.length} characters`)
  return text
}
