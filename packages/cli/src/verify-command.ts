/** `doorward verify`: a log, a copy of one, or a proof, verified offline, as anybody may. What it finds and says is the audit package's. */
import { writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { runVerify, toVerifierFile } from '@doorward/audit'
import { Option, type Command } from 'commander'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'

/** Wrong use of this command, as runVerify has it. */
const USAGE = 5

interface VerifyCommandOptions {
  readonly key?: string
  readonly policy?: string
  readonly pin?: string
  readonly entries: 'doorward' | 'opaque'
  readonly fresh?: string
  readonly continues?: string
  readonly json?: boolean
  readonly writeVerifier?: string
}

export function addVerifyCommand(program: Command, io: CliIo): void {
  program.command('verify')
    .description('verify a log, entry by entry, against its signed head; or a proof of one entry')
    .argument('[log]', 'the folder of the log, a URL it is served under, a ZIP archive of it, or a .tlog-proof file')
    .option('--key <vkey>', 'the log\'s verifier key, or a file that holds it; default: the one beside the log')
    .option('--policy <file>', 'trusted logs, witnesses and quorum: a C2SP tlog-policy')
    .option('--pin <file>', 'a checkpoint of this log that you kept: the log must still contain what it covers')
    .option('--fresh <time>', 'how old the last entry may be: 90s, 15m, 8h, 2d')
    .option('--continues <log>', 'the log that this one goes on from: verified too, and that nothing is missing between them')
    .addOption(new Option('--entries <kind>', 'opaque: any log in tlog-tiles format, entries not read').choices(['doorward', 'opaque']).default('doorward'))
    .option('--json', 'print the report as JSON')
    .option('--write-verifier <file>', 'write the verifier as one script that needs only Node.js, for an auditor to carry')
    // Wrong use must not look like a log that was changed.
    .exitOverride((error) => { throw new CommandEnd(error.exitCode === 0 ? 0 : USAGE) })
    .addHelpText('after', [
      '',
      'Needs no gateway and, for a folder or an archive, no network. Without --key or --policy the key is taken from the log itself, which',
      'finds accidents and changes by whoever cannot put another key there. Exit status: 0 intact; 1 changed; 2 too few witnesses; 3 stale',
      'or rolled back; 4 files are missing; 5 wrong use.',
    ].join('\n'))
    .action(async (input: string | undefined, options: VerifyCommandOptions) => {
      if (options.writeVerifier !== undefined) {
        writeFileSync(options.writeVerifier, toVerifierFile(), { mode: 0o755 })
        writeLine(io.stdout, options.writeVerifier)
        if (input === undefined) return
      }
      if (input === undefined) throw new CommandEnd(USAGE, 'verify: expected a log')
      const { key, policy, pin, fresh, continues, entries, json } = options
      const { exitCode, text } = await runVerify({ input, key, policy, pin, fresh, continues, entries, format: json === true ? 'json' : 'text' }, {
        nowMs: io.now, fetch: (url, init) => fetch(url, init), wait: async (delayMs) => { await setTimeout(delayMs) },
      })
      writeLine(exitCode === USAGE && json !== true ? io.stderr : io.stdout, text)
      if (exitCode !== 0) throw new CommandEnd(exitCode)
    })
}
