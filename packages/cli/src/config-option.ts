/** What the commands that read a configuration share: the option, and problems printed with their lines. */
import { readFileSync } from 'node:fs'
import { checkConfig, createNodeFiles, formatProblems, type CheckedConfig } from '@doorward/gateway'
import { Option } from 'commander'
import { CommandEnd, type CliIo } from './cli-io.ts'

/** Where an operator is expected to stand: the folder of doorward.yaml. */
export const DEFAULT_CONFIG = 'doorward.yaml'

export function configOption(): Option {
  return new Option('--config <file>', 'the configuration').default(DEFAULT_CONFIG).env('DOORWARD_CONFIG')
}

/** @throws {CommandEnd} status 1, with every problem, when it cannot be served. */
export function requireConfig(file: string, io: CliIo): CheckedConfig {
  const checked = checkConfig(file, { files: createNodeFiles(), env: io.env })
  if (checked.kind === 'invalid') throw new CommandEnd(1, describeProblems(checked.problems))
  return checked
}

/** `file:line:column: message`, the line and a caret, for each. */
export function describeProblems(problems: CheckedConfig['warnings']): string {
  return formatProblems(problems, (file) => {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      return undefined // the problem is then printed without its line; often it is that the file cannot be read
    }
  })
}
