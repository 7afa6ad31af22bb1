/** A verification in words, for people: the verdict with the worst of what was found, then the facts. */
import type { Finding, VerifyReport, VerifyResult } from './finding.ts'
import type { ProofResult } from './prove.ts'

/** More are counted, not listed: one entry deleted can give as many findings as entries follow. */
const SHOWN_FINDINGS = 20

/** @param input what was verified, as the user named it. @returns lines without a final line end. */
export function describeResult(result: VerifyResult, input: string): string {
  switch (result.kind) {
    case 'usage': return `${toPrintable(input)}: ${toPrintable(result.message)}`
    case 'intact': return [`intact: ${count(result.report)} of ${toPrintable(result.report.origin)}`, ...facts(result.report)].join('\n')
    case 'integrity': return [`NOT INTACT: ${headline(result.first)}`, ...facts(result.report)].join('\n')
    case 'quorum': return [`NOT ENOUGH WITNESSES: ${headline(result.first)}`, ...facts(result.report)].join('\n')
    case 'stale': return [`STALE: ${headline(result.first)}`, ...facts(result.report)].join('\n')
    case 'incomplete': return [`INCOMPLETE: ${headline(result.first)}`, ...facts(result.report)].join('\n')
  }
}

/** The entry itself follows the verdict: it is what was proved, and holds no PHI in clear. */
export function describeProofResult(result: ProofResult, input: string): string {
  switch (result.kind) {
    case 'included': return [
      `included: entry ${result.index} of the ${result.size} under the head of ${toPrintable(result.origin)}`,
      ...(result.witnesses.length === 0 ? [] : [line('witnesses', result.witnesses.map(toPrintable).join(', '))]),
      toPrintable(result.entry.toString('utf8')),
    ].join('\n')
    case 'refused': return `NOT PROVED: ${toPrintable(result.message)}`
    case 'quorum': return `NOT ENOUGH WITNESSES: ${toPrintable(result.message)}`
    case 'usage': return `${toPrintable(input)}: ${toPrintable(result.message)}`
  }
}

/** A terminal must not be steered by what somebody wrote into a file. */
export function toPrintable(text: string): string {
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
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
  if (witnesses.length > 0) lines.push(['witnesses', `${witnesses.map(toPrintable).join(', ')}${describeWitnessed(report)}`])
  for (const finding of findings.slice(0, SHOWN_FINDINGS)) {
    lines.push([finding.severity === 'notice' ? 'note' : finding.severity, `${finding.code}: ${headline(finding)}${finding.path === undefined ? '' : ` (${toPrintable(finding.path)})`}`])
  }
  if (findingCount > SHOWN_FINDINGS) lines.push(['', `and ${findingCount - SHOWN_FINDINGS} more findings`])
  return lines.map(([name, text]) => line(name, text))
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(11)}${text}`
}

function describeWitnessed({ witnessed, size }: VerifyReport): string {
  if (witnessed === undefined) return ''
  return `: ${witnessed.size === size ? 'all' : `the first ${witnessed.size}`} entries, ${new Date(witnessed.timeS * 1000).toISOString()}`
}

function describeOrigin(from: NonNullable<VerifyReport['key']>['from']): string {
  switch (from) {
    case 'given': return 'as given'
    case 'policy': return 'as the policy names it'
    case 'log': return 'found beside the log'
    case 'followed': return 'which the log changed to under a trusted one'
  }
}

function count({ size }: VerifyReport): string {
  return `${size} ${size === 1 ? 'entry' : 'entries'}`
}
