/** The command line: commands, their help, and how they end. Each command is a file of its own. */
import { Fault } from '@doorward/core'
import { VERSION } from '@doorward/gateway'
import { Command, CommanderError } from 'commander'
import { addApprovalsCommand } from './approvals-command.ts'
import { addCheckCommand } from './check-command.ts'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'
import { addRevokeCommand } from './revoke-command.ts'
import { addEvidenceCommand } from './evidence-command.ts'
import { addKeysCommand } from './keys-command.ts'
import { addProveCommand } from './prove-command.ts'
import { addRecordingsCommand } from './recordings-command.ts'
import { addReportCommand } from './report-command.ts'
import { addSecretCommand } from './secret-command.ts'
import { addServeCommand } from './serve-command.ts'
import { addSessionsCommand } from './sessions-command.ts'
import { addSetupCommand } from './setup-command.ts'
import { addSignerCommand } from './signer-command.ts'
import { addSqlCommand } from './sql-command.ts'
import { addVerifyCommand } from './verify-command.ts'
import { addWitnessCommand } from './witness-command.ts'

/** Wrong use of the command line, as commander reports it, and a command that failed. */
const FAILED = 1

/** @returns the exit status. Never throws for what a user can cause. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  try {
    await buildProgram(io).parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    if (error instanceof CommandEnd) {
      if (error.message !== '') writeLine(io.stderr, error.message)
      return error.status
    }
    // A fault's message holds no values (STYLE.md, Errors); anything else is a bug and shows where it is.
    writeLine(io.stderr, error instanceof Fault ? `doorward: ${error.message} (${error.code})` : describeUnexpected(error))
    return FAILED
  }
}

function buildProgram(io: CliIo): Command {
  const program = new Command('doorward')
    .description('A gateway in front of systems that hold patient data: every statement is decided by policy, recorded, and masked on the way back.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print help for a command')
    .exitOverride()
    .configureOutput({ writeOut: (text) => { io.stdout.write(text) }, writeErr: (text) => { io.stderr.write(text) } })
    .addHelpText('after', '\nStart with "doorward check --config doorward.yaml", then "doorward serve --config doorward.yaml".')
  for (const add of [addServeCommand, addCheckCommand, addVerifyCommand, addProveCommand, addReportCommand, addEvidenceCommand, addKeysCommand, addSignerCommand, addWitnessCommand, addApprovalsCommand, addSessionsCommand, addRecordingsCommand, addRevokeCommand, addSetupCommand, addSecretCommand, addSqlCommand]) add(program, io)
  return program
}

function describeUnexpected(error: unknown): string {
  if (!(error instanceof Error)) return 'doorward: unknown fault'
  // Node's own errors of files and sockets say what and where; the stack would hide it.
  if ('code' in error && typeof error.code === 'string' && 'syscall' in error) return `doorward: ${error.message}`
  return `doorward: internal error\n${error.stack ?? error.message}`
}
