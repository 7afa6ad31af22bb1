/** `doorward setup postgres`: prints the SQL that makes the roles a resource needs. */
import { unreachable, type Classification } from '@doorward/core'
import { formatVerifier, makeVerifier, SCRAM_SALT_BYTES, type CheckedConfig, type ResourceConfig } from '@doorward/gateway'
import type { Command } from 'commander'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'
import { configOption, requireConfig } from './config-option.ts'
import { setupPostgresSql, type SetupRole } from './setup-postgres-sql.ts'

export function addSetupCommand(program: Command, io: CliIo): void {
  program.command('setup')
    .description('print what has to be run once on a protected system')
    .command('postgres')
    .description('print the SQL that makes the roles Doorward connects with')
    .addOption(configOption())
    .option('-r, --resource <name>', 'only this resource; default: every postgres resource')
    .addHelpText('after', [
      '',
      'Run it as a superuser in the resource\'s database:  doorward setup postgres --resource clinic | psql -d clinic',
      'Passwords are printed as SCRAM verifiers of the secrets that the configuration names: neither the output nor the server\'s',
      'log holds one. Schemas are those that the resource\'s classification names.',
    ].join('\n'))
    .action(async (options: { readonly config: string; readonly resource?: string }) => {
      const checked = requireConfig(options.config, io)
      const resources = [...checked.config.resources.values()].filter((one) => options.resource === undefined || one.name === options.resource)
      if (resources.length === 0) throw new CommandEnd(1, options.resource === undefined ? 'the configuration names no postgres resource' : `no resource "${options.resource}" in ${options.config}`)
      for (const resource of resources) io.stdout.write(await describeSetup(checked, resource, io))
      writeLine(io.stderr, 'nothing was run: this is for a superuser of the database to read first')
    })
}

async function describeSetup(checked: CheckedConfig, resource: ResourceConfig, io: CliIo): Promise<string> {
  const classification = checked.classifications.get(resource.name)
  const { upstream, analysis } = resource
  return setupPostgresSql({
    database: upstream.database, schemas: classification === undefined ? [] : schemasOf(classification),
    upstream: await toRole(upstream, checked, io),
    analysis: analysis === undefined ? undefined : await toRole(analysis, checked, io),
  })
}

/** The schemas that a classification names, each once. */
export function schemasOf(classification: Classification): readonly string[] {
  return [...new Set([...classification.tables.keys()].map((table) => table.slice(0, table.lastIndexOf('.'))))].toSorted()
}

async function toRole(credential: ResourceConfig['upstream'] | NonNullable<ResourceConfig['analysis']>, checked: CheckedConfig, io: CliIo): Promise<SetupRole> {
  const resolved = checked.secrets.resolve(credential.password)
  switch (resolved.kind) {
    case 'missing': return { user: credential.user, verifier: undefined }
    case 'secret': return { user: credential.user, verifier: formatVerifier(await makeVerifier(resolved.secret, io.randomBytes(SCRAM_SALT_BYTES))) }
    default: return unreachable(resolved)
  }
}
