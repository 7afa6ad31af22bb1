/** `doorward check`: the configuration, its policies and classifications, all problems at once. */
import type { Command } from 'commander'
import { writeLine, type CliIo } from './cli-io.ts'
import { configOption, describeProblems, requireConfig } from './config-option.ts'

export function addCheckCommand(program: Command, io: CliIo): void {
  program.command('check')
    .description('check the configuration, its policies and classifications; nothing is started')
    .addOption(configOption())
    .addHelpText('after', '\nEvery problem is printed with file, line and column. Exit status: 0 it can be served, perhaps with warnings; 1 it cannot.')
    .action((options: { readonly config: string }) => {
      const { config, policies, classifications, warnings } = requireConfig(options.config, io)
      if (warnings.length > 0) writeLine(io.stderr, describeProblems(warnings))
      const tables = [...classifications.values()].reduce((sum, one) => sum + one.tables.size, 0)
      writeLine(io.stdout, [
        `${options.config}: can be served`,
        count(config.resources.size, 'resource'), count(tables, 'classified table'),
        count(config.identity.local.length, 'local principal'), count(policies.policies.length, 'policy', 'policies'),
        count(warnings.length, 'warning'),
      ].join(', '))
    })
}

function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`
}
