/** `doorward sql`: a small client for people without psql. What it may see is the principal's, as with any other client. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { UpstreamFault, type CheckedConfig, type UpstreamTarget } from '@doorward/gateway'
import type { Command } from 'commander'
import { CommandEnd, type CliIo } from './cli-io.ts'
import { configOption, requireConfig } from './config-option.ts'
import { findSecret } from './find-secret.ts'
import { connectSql, type SqlConnection, type SqlTarget } from './sql-connection.ts'
import { runShell, runSql } from './sql-shell.ts'

/** A gateway on the same machine answers in milliseconds; one that hashes for many logins at once may need seconds. */
const CONNECT_WITHIN_MS = 15_000

interface SqlOptions {
  readonly config: string
  readonly as?: string
  readonly purpose?: string
  readonly command?: string
}

export function addSqlCommand(program: Command, io: CliIo): void {
  program.command('sql')
    .description('a prompt for SQL through the gateway, or one command')
    .argument('<resource>', 'the resource, as the configuration names it')
    .addOption(configOption())
    .option('--as <name>', 'log in as this local principal; default: the only one')
    .option('--purpose <code>', 'state a purpose of use: TREAT, HOPERAT, ...')
    .option('-c, --command <sql>', 'run this and leave')
    .addHelpText('after', [
      '',
      'The gateway of the configuration has to be running. The secret is what the configuration names for the principal; PGPASSWORD',
      'goes first, and where neither is there it is asked for. Exit status: 0; 1 no connection or wrong use; 3 the command was refused or failed.',
    ].join('\n'))
    .action(async (resource: string, options: SqlOptions) => {
      const stop = new AbortController()
      void io.stopped().then(() => { stop.abort() })
      const target = await toTarget(requireConfig(options.config, io), resource, options, io)
      const connection = await connect(target, stop.signal)
      try {
        if (options.command === undefined) await runShell(connection, resource, io, stop.signal)
        else if (!await runSql(connection, options.command, io, stop.signal)) throw new CommandEnd(3)
      } finally {
        connection.close()
      }
    })
}

/** A connection through the gateway for another command: as whoever sits there, decided and recorded like any other. */
export async function connectAs(checked: CheckedConfig, resource: string, options: Pick<SqlOptions, 'config' | 'as' | 'purpose'>, io: CliIo, signal: AbortSignal): Promise<SqlConnection> {
  return connect(await toTarget(checked, resource, options, io), signal)
}

async function toTarget(checked: CheckedConfig, resource: string, options: SqlOptions, io: CliIo): Promise<SqlTarget> {
  const { config } = checked
  if (![...config.resources.keys()].some((name) => name === resource)) throw new CommandEnd(1, `no resource "${resource}" in ${options.config}`)
  const listen = config.listen.postgres
  if (listen === undefined) throw new CommandEnd(1, `${options.config} does not listen for PostgreSQL`)
  const user = options.as ?? onlyPrincipal(checked)
  return {
    host: toReachable(listen.host), port: listen.port, database: resource, user, purpose: options.purpose, randomBytes: io.randomBytes,
    password: await findSecret(checked, user, 'PGPASSWORD', io), tls: toTls(checked),
  }
}

function onlyPrincipal({ config }: CheckedConfig): string {
  const [only, ...others] = config.identity.local.map((principal) => principal.name)
  if (only === undefined) throw new CommandEnd(1, 'the configuration names no local principal')
  if (others.length > 0) throw new CommandEnd(1, `say who you are: --as ${[only, ...others].join(', --as ')}`)
  return only
}

/** A gateway that listens everywhere is reached over loopback. */
function toReachable(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
}

/**
 * We hold the certificate that the gateway shows: it is verified under the name it is for, since the configuration gives an address.
 * A self-signed one is its own authority; others are checked against those that Node.js trusts.
 */
function toTls({ config }: CheckedConfig): UpstreamTarget['tls'] {
  if (config.clients.kind === 'unsafely-plaintext') return 'unsafely-plaintext'
  const pem = readFileSync(config.clients.certFile, 'utf8')
  const certificate = new X509Certificate(pem)
  const servername = /(?:DNS|IP Address):([^,\s]+)/.exec(certificate.subjectAltName ?? '')?.[1]
  return { mode: 'verify-full', ca: certificate.issuer === certificate.subject ? pem : undefined, servername }
}

async function connect(target: SqlTarget, signal: AbortSignal): Promise<SqlConnection> {
  try {
    return await connectSql(target, AbortSignal.any([signal, AbortSignal.timeout(CONNECT_WITHIN_MS)]))
  } catch (error) {
    if (error instanceof UpstreamFault) throw new CommandEnd(1, describeFault(error, target))
    throw error
  }
}

/** The fault speaks of an upstream, which here is the gateway. */
function describeFault(fault: UpstreamFault, { host, port, user, database }: SqlTarget): string {
  switch (fault.sqlstate) {
    case '28P01': return `the gateway did not accept "${user}" with this secret`
    case '42501': case '28000': return `"${user}" may not connect to "${database}"; the gateway's log says why`
    case '3D000': return `the gateway has no resource "${database}"`
    default: return `no connection to the gateway at ${host}:${port}: ${fault.message.replaceAll('upstream', 'gateway')}`
  }
}
