/** `doorward verify`: a log verified offline, as anybody may. */
import { existsSync, readFileSync } from 'node:fs'
import { unreachable } from '@doorward/core'
import { directorySource, verifyLog, type Finding, type VerifyOptions, type VerifyReport, type VerifyResult } from '@doorward/audit'
import { Option, type Command } from 'commander'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'
import { toPrintable } from './table-text.ts'

/** More are counted, not listed: one entry deleted can give as many findings as entries follow. */
const SHOWN_FINDINGS = 20
/** Wrong use of this command, as verifyLog has it. */
const USAGE = 5

interface VerifyCommandOptions {
  readonly key?: string
  readonly policy?: string
  readonly pin?: string
  readonly entries: 'doorward' | 'opaque'
  readonly maxAge?: string
  readonly json?: boolean
}

export function addVerifyCommand(program: Command, io: CliIo): void {
  program.command('verify')
    .description('verify a log: every entry and every tile against the signed head')
    .argument('<dir>', 'the folder of the log: audit.dir of the configuration, or a copy of it')
    .option('--key <vkey>', 'the log\'s verifier key, or a file that holds it; default: the one beside the log')
    .option('--policy <file>', 'trusted logs, witnesses and quorum: a C2SP tlog-policy')
    .option('--pin <file>', 'a checkpoint of this log that you kept: the log must still contain what it covers')
    .option('--max-age <time>', 'how old the last entry may be: 90s, 15m, 8h, 2d')
    .addOption(new Option('--entries <kind>', 'opaque: any log in tlog-tiles format, entries not read').choices(['doorward', 'opaque']).default('doorward'))
    .option('--json', 'print the report as JSON')
    // Wrong use must not look like a log that was changed.
    .exitOverride((error) => { throw new CommandEnd(error.exitCode === 0 ? 0 : USAGE) })
    .addHelpText('after', [
      '',
      'Needs nothing but the folder: no gateway, no network. Without --key or --policy the key is taken from the log itself, which finds',
      'accidents and changes by whoever cannot put another key there. Exit status: 0 intact; 1 changed; 2 too few witnesses; 3 stale or',
      'rolled back; 4 files are missing; 5 wrong use.',
    ].join('\n'))
    .action(async (dir: string, options: VerifyCommandOptions) => {
      const result = await verify({
        source: directorySource(dir), entries: options.entries,
        ...(options.key === undefined ? {} : { verifierKey: readKey(options.key) }),
        ...(options.policy === undefined ? {} : { policy: readInput(options.policy) }),
        ...(options.pin === undefined ? {} : { pin: readInput(options.pin) }),
        ...(options.maxAge === undefined ? {} : { fresh: { nowMs: io.now(), maxAgeMs: parseAge(options.maxAge) } }),
      })
      writeLine(io.stdout, options.json === true ? JSON.stringify(result, undefined, 2) : describeResult(result, dir))
      if (result.exitCode !== 0) throw new CommandEnd(result.exitCode)
    })
}

/** A disk that cannot be read says nothing about the log: neither intact nor changed. */
async function verify(options: VerifyOptions): Promise<VerifyResult> {
  try {
    return await verifyLog(options)
  } catch (cause) {
    throw new CommandEnd(USAGE, `the log cannot be read (${cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'})`)
  }
}

/** What a person reads: the verdict with the worst of what was found, then the facts. */
export function describeResult(result: VerifyResult, dir: string): string {
  switch (result.kind) {
    case 'usage': return `${dir}: ${toPrintable(result.message)}`
    case 'intact': return [`intact: ${count(result.report)} of ${toPrintable(result.report.origin)}`, ...facts(result.report)].join('\n')
    case 'integrity': return [`NOT INTACT: ${worst(result)}`, ...facts(result.report)].join('\n')
    case 'quorum': return [`NOT ENOUGH WITNESSES: ${worst(result)}`, ...facts(result.report)].join('\n')
    case 'stale': return [`STALE: ${worst(result)}`, ...facts(result.report)].join('\n')
    case 'incomplete': return [`INCOMPLETE: ${worst(result)}`, ...facts(result.report)].join('\n')
    default: return unreachable(result)
  }
}

/** Of the findings that decided the verdict, the one that says most: what was done to which entry, else which entry. */
function worst({ first, report }: Extract<VerifyResult, { first: Finding }>): string {
  const decisive = report.findings.filter((finding) => finding.severity === first.severity)
  return headline(decisive.find((finding) => finding.change !== undefined) ?? decisive.find((finding) => finding.index !== undefined) ?? first)
}

/** `entry 38 was edited: ...`, as far as the finding knows. */
function headline({ index, change, message }: Finding): string {
  const printable = toPrintable(message)
  if (index === undefined || change === undefined) return printable
  // The message begins in words of its own about the same.
  return `entry ${index} was ${change}: ${printable.replace(/^entr(y|ies) [0-9]+( [a-z]+)?: /, '')}`
}

function facts(report: VerifyReport): string[] {
  const { key, witnesses, findings, findingCount } = report
  const lines: (readonly [string, string])[] = [
    ['head', `${report.size} entries, root ${report.root}`],
    ['key', key === undefined ? 'none that fits the head' : `${toPrintable(key.name)}+${key.id}, ${describeOrigin(key.from)}`],
  ]
  if (report.tailEntries > 0) lines.push(['tail', `${report.tailEntries} more, durable and not yet under a signed head`])
  if (witnesses.length > 0) lines.push(['witnesses', witnesses.map(toPrintable).join(', ')])
  for (const finding of findings.slice(0, SHOWN_FINDINGS)) lines.push([finding.severity === 'notice' ? 'note' : finding.severity, `${finding.code}: ${headline(finding)}${finding.path === undefined ? '' : ` (${toPrintable(finding.path)})`}`])
  if (findingCount > SHOWN_FINDINGS) lines.push(['', `and ${findingCount - SHOWN_FINDINGS} more findings`])
  return lines.map(([name, text]) => `  ${name.padEnd(11)}${text}`)
}

function describeOrigin(from: NonNullable<VerifyReport['key']>['from']): string {
  switch (from) {
    case 'given': return 'as given'
    case 'policy': return 'as the policy names it'
    case 'log': return 'found beside the log'
    default: return unreachable(from)
  }
}

function count({ size }: VerifyReport): string {
  return `${size} ${size === 1 ? 'entry' : 'entries'}`
}

/** A verifier key has plus signs and no file does who names its files with care; a file that exists goes first. */
function readKey(text: string): string {
  return existsSync(text) ? readInput(text).toString('utf8') : text
}

function readInput(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new CommandEnd(USAGE, `${file} cannot be read (${cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'})`)
  }
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([['s', 1_000], ['m', 60_000], ['h', 3_600_000], ['d', 86_400_000]])

function parseAge(text: string): number {
  const [, amount, unit] = /^([0-9]{1,9})([smhd])$/.exec(text) ?? []
  const unitMs = UNIT_MS.get(unit ?? '')
  if (unitMs === undefined) throw new CommandEnd(USAGE, '--max-age: expected a number and a unit, such as 90s, 15m, 8h or 2d')
  return Number(amount) * unitMs
}
