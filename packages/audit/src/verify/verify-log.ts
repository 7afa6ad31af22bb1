/**
 * Verifies a log as a stranger would, offline: every leaf and every tile is computed again and held against the signed head. Imports nothing
 * but types from outside this package and node:crypto, node:fs, node:zlib, so that it can be carried as one file.
 */
import { hashLeaf } from '../merkle/hash.ts'
import type { TreeEdge } from '../merkle/tree-edge.ts'
import { parseVerifierKey } from '../note/verifier-key.ts'
import { EntryRules } from './entry-rules.ts'
import { walkEntries } from './entry-walk.ts'
import { Findings, toResult, type VerifyReport, type VerifyResult } from './finding.ts'
import { checkWitnesses, readHead, type CheckedHead, type TrustedKeys } from './signed-head.ts'
import type { LogSource } from './source.ts'
import { readStoredTree } from './stored-tree.ts'
import { parseTlogPolicy, type TlogPolicy } from './tlog-policy.ts'
import { readWalTail } from './wal-tail.ts'

export interface VerifyOptions {
  readonly source: LogSource
  /** The log's verifier key, from somewhere the log's operator cannot reach. */
  readonly verifierKey?: string
  /** A C2SP tlog-policy file: trusted logs, witnesses, and the quorum. */
  readonly policy?: Buffer
  /** A checkpoint of this log that was seen before: the log must still contain what it covers. */
  readonly pin?: Buffer
  /** `doorward`: entries are ours, and what they say is checked. `opaque`: any tlog-tiles log. */
  readonly entries: 'doorward' | 'opaque'
  /** How old the last entry may be; only with `entries: 'doorward'`. Units: milliseconds. */
  readonly fresh?: { readonly nowMs: number; readonly maxAgeMs: number }
  /** When it is read: for saying that a log ends without a stop. Units: milliseconds. */
  readonly nowMs?: number
}

/** The name under which the gateway leaves the log's own verifier key beside it. */
const VERIFIER_KEY_PATH = 'log.vkey'
/** A log that is being written moves on while it is read; after as many new heads the reader gives up. */
const MAX_ATTEMPTS = 3

/**
 * Verifies the whole log and says what is wrong, worst first.
 *
 * Without `verifierKey` and without logs in `policy` it takes the key that lies beside the log, and says so: that finds accidents, and
 * changes by whoever cannot put another key there.
 *
 * @throws errors of the source (a disk that fails, a network): nothing is known then.
 */
export async function verifyLog(options: VerifyOptions): Promise<VerifyResult> {
  const policy = options.policy === undefined ? undefined : parseTlogPolicy(options.policy)
  if (policy?.kind === 'malformed') return toUsage(policy.reason)
  const trusted = await toTrustedKeys(options, policy)
  if ('kind' in trusted) return trusted
  const pin = options.pin === undefined ? undefined : toPin(options.pin, trusted)
  if (pin !== undefined && 'kind' in pin) return pin
  for (let attempt = 1; ; attempt++) {
    const bytes = await options.source.read('checkpoint')
    if (bytes === undefined) return toUsage('no checkpoint: not a log, or a copy without its head')
    const result = await verifyHead(options, { bytes, trusted, policy, pin })
    const isStill = (await options.source.read('checkpoint'))?.equals(bytes) === true
    if (result.kind === 'intact' || isStill || attempt === MAX_ATTEMPTS) return result
  }
}

interface Inputs {
  readonly bytes: Buffer
  readonly trusted: TrustedKeys
  readonly policy: TlogPolicy | undefined
  readonly pin: CheckedHead | undefined
}

async function verifyHead(options: VerifyOptions, { bytes, trusted, policy, pin }: Inputs): Promise<VerifyResult> {
  const findings = new Findings()
  if (trusted.from === 'log') findings.add('notice', 'key-from-log', 'the verifier key was taken from the log itself', { path: VERIFIER_KEY_PATH })
  const head = readHead(bytes, trusted, 'checkpoint', findings)
  if (head === undefined) return toResult(toReport(undefined, trusted, [], { entriesRead: 0, tailEntries: 0 }, findings))
  if (pin !== undefined) checkPin(head, pin, findings)
  const witnesses = policy === undefined ? [] : checkWitnesses(head.checkpoint, policy, findings)
  const counts = await verifyEntries(options, head, pin, findings)
  return toResult(toReport(head, trusted, witnesses, counts, findings))
}

interface Counts {
  readonly entriesRead: number
  readonly tailEntries: number
}

async function verifyEntries(options: VerifyOptions, { checkpoint }: CheckedHead, pin: CheckedHead | undefined, findings: Findings): Promise<Counts> {
  const { source } = options
  const rules = options.entries === 'doorward' ? new EntryRules(findings) : undefined
  // The write-ahead log is ours alone.
  const tail = rules === undefined ? undefined : await readWalTail(source, checkpoint.origin, checkpoint.size, findings)
  if (tail?.beginsAt !== undefined && tail.beginsAt > checkpoint.size) {
    findings.add('stale', 'rolled-back', `the head covers ${checkpoint.size} entries, the write-ahead log begins at ${tail.beginsAt}: the head is an old one`)
  }
  const stored = await readStoredTree(source, checkpoint, findings)
  const walk = await walkEntries(source, checkpoint, stored, findings, {
    onEntry(index, entry, leafHash, root) {
      if (index === pin?.checkpoint.size) checkPinnedRoot(pin, root(), findings)
      const walHash = tail?.below.get(index)
      if (walHash !== undefined && !walHash.equals(leafHash())) {
        findings.add('integrity', 'wal-differs', `entry ${index}: the write-ahead log has another`, { index })
      }
      rules?.check(index, entry, root)
    },
  })
  if (walk.edge !== undefined) checkRoot(walk.edge.root(), checkpoint, pin, findings)
  if (rules !== undefined && tail !== undefined && walk.edge !== undefined) {
    checkTail(rules, walk.edge, tail.entries, options.nowMs ?? options.fresh?.nowMs, findings)
    checkAge(options, rules, findings)
  }
  return { entriesRead: walk.entriesRead, tailEntries: tail?.entries.length ?? 0 }
}

function checkRoot(root: Buffer, checkpoint: CheckedHead['checkpoint'], pin: CheckedHead | undefined, findings: Findings): void {
  if (pin?.checkpoint.size === checkpoint.size) checkPinnedRoot(pin, root, findings)
  if (root.equals(checkpoint.root)) return
  findings.add('integrity', 'root-differs', `the ${checkpoint.size} entries have the root ${root.toString('hex')}, the head signs ${checkpoint.root.toString('hex')}`)
}

function checkTail(rules: EntryRules, edge: TreeEdge, tail: readonly Buffer[], nowMs: number | undefined, findings: Findings): void {
  const { size } = edge
  for (const entry of tail) {
    rules.check(edge.size, entry, () => edge.root())
    edge.add(hashLeaf(entry), () => undefined)
  }
  if (tail.length > 0) findings.add('notice', 'unsigned-tail', `${tail.length} entries from ${size} on are durable and not yet under a signed head`, { index: size })
  rules.finish(nowMs)
}

function checkAge({ fresh }: VerifyOptions, rules: EntryRules, findings: Findings): void {
  if (fresh === undefined) return
  const ageMs = fresh.nowMs - rules.lastMs
  // Also when there is no last entry, and its age is not a number.
  if (!(ageMs <= fresh.maxAgeMs)) findings.add('stale', 'too-old', `the last entry is ${Math.round(ageMs / 1000)} s old`)
}

function checkPin({ checkpoint }: CheckedHead, pin: CheckedHead, findings: Findings): void {
  if (pin.checkpoint.origin !== checkpoint.origin) findings.add('integrity', 'origin-differs', 'the pinned checkpoint is of another log')
  if (pin.checkpoint.size > checkpoint.size) {
    findings.add('stale', 'rolled-back', `the head covers ${checkpoint.size} entries, the pinned checkpoint ${pin.checkpoint.size}`)
  }
}

/** Two signed heads that contradict each other: the log has two histories. */
function checkPinnedRoot(pin: CheckedHead, root: Buffer, findings: Findings): void {
  if (root.equals(pin.checkpoint.root)) return
  findings.add('integrity', 'fork', `the first ${pin.checkpoint.size} entries are not those of the pinned checkpoint`)
}

async function toTrustedKeys(options: VerifyOptions, policy: TlogPolicy | undefined): Promise<TrustedKeys | VerifyResult> {
  const names = options.entries === 'doorward' ? 'origins' : 'any'
  if (options.verifierKey !== undefined) return fromText(options.verifierKey, 'given', names)
  if (policy !== undefined && policy.logs.length > 0) return { from: 'policy', keys: policy.logs, names: 'origins' }
  const beside = await options.source.read(VERIFIER_KEY_PATH)
  if (beside === undefined) return toUsage('no verifier key: none was given, and none lies beside the log')
  return fromText(beside.toString('utf8'), 'log', names)
}

function fromText(text: string, from: TrustedKeys['from'], names: TrustedKeys['names']): TrustedKeys | VerifyResult {
  const key = parseVerifierKey(text.trim())
  if (key.kind === 'malformed') return toUsage(key.reason)
  return key.type === 'ed25519' ? { from, keys: [key], names } : toUsage('verifier key: a witness key, expected that of a log')
}

function toPin(bytes: Buffer, trusted: TrustedKeys): CheckedHead | VerifyResult {
  const findings = new Findings()
  const pin = readHead(bytes, trusted, 'pin', findings)
  const wrong = findings.sorted()[0]
  return pin === undefined || wrong !== undefined ? toUsage(wrong?.message ?? 'pin: malformed') : pin
}

function toUsage(message: string): VerifyResult {
  return { kind: 'usage', exitCode: 5, message }
}

function toReport(head: CheckedHead | undefined, trusted: TrustedKeys, witnesses: readonly string[], counts: Counts, findings: Findings): VerifyReport {
  const key = head?.key
  return {
    origin: head?.checkpoint.origin ?? '', size: head?.checkpoint.size ?? 0, root: head?.checkpoint.root.toString('hex') ?? '', ...counts,
    key: key === undefined ? undefined : { name: key.name, id: key.id, from: trusted.from },
    witnesses, findings: findings.sorted(), findingCount: findings.count,
  }
}
