/** `doorward prove`: one entry of a log with its proof, as a file that anybody can check with the log's verifier key alone. */
import { writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { openInput, proveEntry } from '@doorward/audit'
import type { Command } from 'commander'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'
import { toPrintable } from './table-text.ts'

/** As `doorward verify` has them. */
const FAILED = 1
const USAGE = 5

export function addProveCommand(program: Command, io: CliIo): void {
  program.command('prove')
    .description('write a proof that one entry is in the log: the number is the receipt\'s')
    .argument('<number>', 'the entry\'s number, from 0')
    .argument('<log>', 'the folder of the log, a URL it is served under, or a ZIP archive of it')
    .option('--out <file>', 'where to; - prints it', undefined)
    .exitOverride((error) => { throw new CommandEnd(error.exitCode === 0 ? 0 : USAGE) })
    .addHelpText('after', [
      '',
      'The proof (C2SP tlog-proof) carries the entry, and is checked offline: doorward verify entry-N.tlog-proof --key VKEY. Exit status: 0 it',
      'is written; 1 the log does not lead to it; 5 wrong use.',
    ].join('\n'))
    .action(async (text: string, log: string, options: { readonly out?: string }) => {
      if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) throw new CommandEnd(USAGE, 'prove: expected the number of an entry')
      const index = Number(text)
      const proof = await prove(log, index)
      const out = options.out ?? `entry-${index}.tlog-proof`
      if (out === '-') {
        io.stdout.write(proof)
        return
      }
      writeFileSync(out, proof)
      writeLine(io.stdout, out)
    })
}

async function prove(log: string, index: number): Promise<string> {
  const input = await openInput(log, { fetch: (url, init) => fetch(url, init), wait: async (delayMs) => { await setTimeout(delayMs) } })
  if (input.kind === 'malformed') throw new CommandEnd(USAGE, `${toPrintable(log)}: ${input.reason}`)
  if (input.kind === 'proof') throw new CommandEnd(USAGE, `${toPrintable(log)}: a proof, expected a log`)
  try {
    const proof = await proveEntry(input.source, index)
    if (proof.kind === 'malformed') throw new CommandEnd(FAILED, proof.reason)
    return proof.text
  } finally {
    await input.close()
  }
}
