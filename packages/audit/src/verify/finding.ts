/** What a verification says: findings, each with its place, and one verdict over them. */

/** In the order of what is said when several apply. */
export type Severity = 'integrity' | 'stale' | 'incomplete' | 'quorum' | 'notice'

/** What was done to entries, where it can be told. */
export type Change = 'edited' | 'deleted' | 'inserted' | 'reordered' | 'truncated'

export type FindingCode =
  // integrity: the log is not what was signed, or says what cannot have been
  | 'checkpoint-malformed' | 'signature-wrong' | 'signature-missing' | 'origin-differs' | 'key-change-wrong' | 'key-retired'
  | 'entry-changed' | 'bundle-changed' | 'tile-changed' | 'root-differs' | 'fork'
  | 'wal-damaged' | 'wal-differs'
  | 'entry-malformed' | 'entry-not-canonical' | 'time-backwards' | 'start-differs'
  | 'sequence-gap' | 'count-differs' | 'outcome-without-intent' | 'intent-without-outcome' | 'recording-differs'
  // stale: an old state of the log
  | 'rolled-back' | 'too-old'
  // incomplete: files are missing
  | 'file-missing'
  // quorum
  | 'quorum-missing'
  // notice: nothing is wrong, but a reader should know
  | 'key-from-log' | 'interrupted' | 'intent-open' | 'session-open' | 'heartbeat-gap' | 'stop-missing' | 'unsigned-tail' | 'unwitnessed-tail' | 'recording-open'

export interface Finding {
  readonly severity: Severity
  readonly code: FindingCode
  /** The first entry it is about. */
  readonly index: number | undefined
  readonly change: Change | undefined
  /** The file it is about. */
  readonly path: string | undefined
  /** One sentence; holds indexes, sizes and hashes, never what an entry says. */
  readonly message: string
}

export interface VerifyReport {
  readonly origin: string
  /** Entries under the signed head. */
  readonly size: number
  /** Hexadecimal. */
  readonly root: string
  /** Of those, how many were read. */
  readonly entriesRead: number
  /** Durable entries after the head, which no signature covers yet. */
  readonly tailEntries: number
  /** The key that signed the head. `followed`: the log itself changed to it, under a trusted one. */
  readonly key: { readonly name: string; readonly id: string; readonly from: 'given' | 'policy' | 'log' | 'followed' } | undefined
  /** Names, as in the policy, of witnesses whose cosignature holds. */
  readonly witnesses: readonly string[]
  /** The head that they cosigned: entries, and when by their clocks. Undefined without a policy, or without a quorum. */
  readonly witnessed: { readonly size: number; readonly timeS: number } | undefined
  /** Worst first, then by index. At most {@link MAX_FINDINGS}. */
  readonly findings: readonly Finding[]
  /** All that were found, also those not listed. */
  readonly findingCount: number
}

export type VerifyResult =
  | { readonly kind: 'intact'; readonly exitCode: 0; readonly report: VerifyReport }
  | { readonly kind: 'integrity'; readonly exitCode: 1; readonly first: Finding; readonly report: VerifyReport }
  | { readonly kind: 'quorum'; readonly exitCode: 2; readonly first: Finding; readonly report: VerifyReport }
  | { readonly kind: 'stale'; readonly exitCode: 3; readonly first: Finding; readonly report: VerifyReport }
  | { readonly kind: 'incomplete'; readonly exitCode: 4; readonly first: Finding; readonly report: VerifyReport }
  | { readonly kind: 'usage'; readonly exitCode: 5; readonly message: string }

/** Listed findings; a log with one entry deleted can have as many as entries. */
export const MAX_FINDINGS = 1000

const ORDER: readonly Severity[] = ['integrity', 'stale', 'incomplete', 'quorum', 'notice']

/** Collects findings while a log is read. */
export class Findings {
  readonly #listed: Finding[] = []
  #count = 0

  add(severity: Severity, code: FindingCode, message: string, place: { readonly index?: number; readonly change?: Change; readonly path?: string } = {}): void {
    this.#count++
    const finding: Finding = { severity, code, message, index: place.index, change: place.change, path: place.path }
    if (this.#listed.length < MAX_FINDINGS) this.#listed.push(finding)
    // A full list still takes a worse finding than its last.
    else if (severity !== 'notice') this.#listed[MAX_FINDINGS - 1] = finding
  }

  get count(): number {
    return this.#count
  }

  has(severity: Severity): boolean {
    return this.#listed.some((finding) => finding.severity === severity)
  }

  sorted(): readonly Finding[] {
    return this.#listed.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || (a.index ?? -1) - (b.index ?? -1))
  }
}

/** The verdict over a report: the worst severity decides, and of its findings the one that says most about an entry names it. */
export function toResult(report: VerifyReport): VerifyResult {
  const severity = report.findings[0]?.severity ?? 'notice'
  const decisive = report.findings.filter((finding) => finding.severity === severity)
  const first = decisive.find(({ change }) => change !== undefined) ?? decisive.find(({ index }) => index !== undefined) ?? decisive[0]
  if (first === undefined) return { kind: 'intact', exitCode: 0, report }
  switch (severity) {
    case 'integrity': return { kind: 'integrity', exitCode: 1, first, report }
    case 'quorum': return { kind: 'quorum', exitCode: 2, first, report }
    case 'stale': return { kind: 'stale', exitCode: 3, first, report }
    case 'incomplete': return { kind: 'incomplete', exitCode: 4, first, report }
    case 'notice': return { kind: 'intact', exitCode: 0, report }
  }
}
