/**
 * The command line of the verifier that is carried as one file: `node doorward-verify.mjs LOG`. Its arguments are those of `doorward verify`.
 */
import { parseArgs } from 'node:util'
import { runVerify, type VerifyAnswer, type VerifyPorts } from './run-verify.ts'

export const VERIFY_HELP = [
  'usage: doorward-verify LOG [--key VKEY] [--policy FILE] [--pin FILE] [--fresh TIME] [--continues LOG] [--entries opaque] [--json]',
  '',
  'LOG is the folder of a log, a URL it is served under, a ZIP archive of it, or a proof of one entry.',
  '',
  '  --key VKEY        the log\'s verifier key, or a file that holds it; default: the one beside the log',
  '  --policy FILE     trusted logs, witnesses and quorum: a C2SP tlog-policy',
  '  --pin FILE        a checkpoint of this log that you kept: the log must still contain what it covers',
  '  --fresh TIME      how old the last entry may be: 90s, 15m, 8h, 2d',
  '  --continues LOG   the log that this one goes on from: verified too, and that nothing is missing between them',
  '  --entries opaque  any log in tlog-tiles format, entries not read',
  '  --json            print the report as JSON',
  '',
  'Without --key or --policy the key is taken from the log itself, which finds accidents and changes by whoever cannot put another key',
  'there. Exit status: 0 intact; 1 changed; 2 too few witnesses; 3 stale or rolled back; 4 files are missing; 5 wrong use.',
].join('\n')

/** @param args what follows the script's name. */
export async function runStandalone(args: readonly string[], ports: VerifyPorts): Promise<VerifyAnswer> {
  let parsed
  try {
    parsed = parseArgs({
      args: [...args], allowPositionals: true, strict: true,
      options: {
        key: { type: 'string' }, policy: { type: 'string' }, pin: { type: 'string' }, fresh: { type: 'string' }, continues: { type: 'string' }, entries: { type: 'string', default: 'doorward' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    return toUsage(error instanceof Error ? error.message : 'wrong arguments')
  }
  const { values, positionals: [input, ...more] } = parsed
  if (values.help) return { exitCode: 0, text: VERIFY_HELP }
  if (input === undefined || more.length > 0) return toUsage('expected one log')
  if (values.entries !== 'doorward' && values.entries !== 'opaque') return toUsage('--entries: expected doorward or opaque')
  const { key, policy, pin, fresh, continues, entries, json } = values
  return runVerify({ input, key, policy, pin, fresh, continues, entries, format: json ? 'json' : 'text' }, ports)
}

function toUsage(problem: string): VerifyAnswer {
  return { exitCode: 5, text: `${problem}\n${VERIFY_HELP}` }
}
