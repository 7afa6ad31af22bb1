/**
 * Verifies a log as a stranger would, offline: every leaf and every tile is computed again and held against the signed head. Imports nothing
 * but types from outside this package and node:crypto, node:fs, node:zlib, so that it can be carried as one file.
 */
import type { Json } from '@doorward/core'
import { KEY_ENTRY_KIND, parseKeyEntry } from '../format/key-entry.ts'
import { hashLeaf } from '../merkle/hash.ts'
import type { TreeEdge } from '../merkle/tree-edge.ts'
import { parseCheckpoint, type SignedCheckpoint } from '../note/checkpoint.ts'
import { EntryRules } from './entry-rules.ts'
import { walkEntries } from './entry-walk.ts'
import { Findings, toResult, type VerifyReport, type VerifyResult } from './finding.ts'
import { followKeys, MAX_KEY_CHANGES, type KeyChange } from './key-history.ts'
import { checkHead, keysOf, type TrustedKeys } from './signed-head.ts'
import type { LogSource } from './source.ts'
import { readStoredTree } from './stored-tree.ts'
import { readRangeRoots } from './tile-nodes.ts'
import { parseTlogPolicy, type TlogPolicy } from './tlog-policy.ts'
import { toTrustedKeys, VERIFIER_KEY_PATH } from './trusted-keys.ts'
import { readWalTail } from './wal-tail.ts'
import { findWitnessedHead, type WitnessedHead } from './witnessed-head.ts'

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
  if (trusted.kind === 'malformed') return toUsage(trusted.reason)
  const pin = options.pin === undefined ? undefined : parseCheckpoint(options.pin)
  if (pin?.kind === 'malformed') return toUsage(`pin: ${pin.reason}`)
  for (let attempt = 1; ; attempt++) {
    const bytes = await options.source.read('checkpoint')
    if (bytes === undefined) return toUsage('no checkpoint: not a log, or a copy without its head')
    const result = await new Verification(options, { trusted, policy, pin }).run(bytes)
    const isStill = (await options.source.read('checkpoint'))?.equals(bytes) === true
    if (result.kind === 'intact' || isStill || attempt === MAX_ATTEMPTS) return result
  }
}

interface Inputs {
  readonly trusted: TrustedKeys
  readonly policy: TlogPolicy | undefined
  readonly pin: SignedCheckpoint | undefined
}

/** One reading of a log under one head. */
class Verification {
  readonly #options: VerifyOptions
  readonly #inputs: Inputs
  readonly #findings = new Findings()
  readonly #changes: KeyChange[] = []
  /** Heads of other times that the log has to contain, by what findings call them. */
  readonly #earlier: { readonly name: string; readonly checkpoint: SignedCheckpoint }[] = []
  #witnessed: WitnessedHead | undefined
  #entriesRead = 0
  #tailEntries = 0

  constructor(options: VerifyOptions, inputs: Inputs) {
    this.#options = options
    this.#inputs = inputs
  }

  async run(bytes: Buffer): Promise<VerifyResult> {
    const { trusted, policy, pin } = this.#inputs
    const findings = this.#findings
    if (trusted.from === 'log') findings.add('notice', 'key-from-log', 'the verifier key was taken from the log itself', { path: VERIFIER_KEY_PATH })
    const checkpoint = parseCheckpoint(bytes)
    if (checkpoint.kind === 'malformed') {
      findings.add('integrity', 'checkpoint-malformed', `checkpoint: ${checkpoint.reason}`, { path: 'checkpoint' })
      return toResult(this.#toReport(undefined, undefined))
    }
    if (pin !== undefined) this.#addEarlier('the pinned checkpoint', pin, checkpoint)
    if (policy !== undefined) await this.#findWitnessed(checkpoint, policy)
    const finishTail = await this.#readEntries(checkpoint)
    const known = keysOf(trusted, checkpoint.origin)
    const keys = await followKeys(known, checkpoint.origin, this.#changes, (size) => this.#rootAt(checkpoint, size), findings)
    const key = checkHead(checkpoint, keys, trusted, 'checkpoint', findings)
    if (this.#witnessed !== undefined && this.#witnessed.checkpoint !== checkpoint) {
      checkHead(this.#witnessed.checkpoint, { current: keys.known, known: keys.known }, trusted, this.#witnessed.path, findings)
    }
    if (pin !== undefined) {
      const pinFindings = new Findings()
      checkHead(pin, { current: keys.known, known: keys.known }, trusted, 'pin', pinFindings)
      const [wrong] = pinFindings.sorted()
      if (wrong !== undefined) return toUsage(wrong.message)
    }
    finishTail()
    return toResult(this.#toReport(checkpoint, key === undefined ? undefined : { name: key.name, id: key.id, from: known.includes(key) ? trusted.from : 'followed' }))
  }

  /** @returns what is to be done last: it says what was open when the log ended. */
  async #readEntries(checkpoint: SignedCheckpoint): Promise<() => void> {
    const { source, entries } = this.#options
    const findings = this.#findings
    const rules = entries === 'doorward' ? new EntryRules(findings) : undefined
    // The write-ahead log is ours alone.
    const tail = rules === undefined ? undefined : await readWalTail(source, checkpoint.origin, checkpoint.size, findings)
    if (tail?.beginsAt !== undefined && tail.beginsAt > checkpoint.size) {
      findings.add('stale', 'rolled-back', `the head covers ${checkpoint.size} entries, the write-ahead log begins at ${tail.beginsAt}: the head is an old one`)
    }
    const stored = await readStoredTree(source, checkpoint, findings)
    const walk = await walkEntries(source, checkpoint, stored, findings, {
      onEntry: (index, entry, leafHash, root) => {
        this.#checkEarlier(index, root)
        const walHash = tail?.below.get(index)
        if (walHash !== undefined && !walHash.equals(leafHash())) {
          findings.add('integrity', 'wal-differs', `entry ${index}: the write-ahead log has another`, { index })
        }
        if (rules?.check(index, entry, root) === KEY_ENTRY_KIND) this.#takeKeyChange(index, entry)
      },
    })
    this.#entriesRead = walk.entriesRead
    this.#tailEntries = tail?.entries.length ?? 0
    const { edge } = walk
    if (edge === undefined) return () => undefined
    const root = edge.root()
    this.#checkEarlier(checkpoint.size, () => root)
    if (!root.equals(checkpoint.root)) {
      findings.add('integrity', 'root-differs', `the ${checkpoint.size} entries have the root ${root.toString('hex')}, the head signs ${checkpoint.root.toString('hex')}`)
    }
    return () => { if (rules !== undefined && tail !== undefined) this.#checkEnd(rules, edge, tail.entries) }
  }

  #checkEnd(rules: EntryRules, edge: TreeEdge, tail: readonly Buffer[]): void {
    const { fresh, nowMs } = this.#options
    const { size } = edge
    for (const entry of tail) {
      rules.check(edge.size, entry, () => edge.root())
      edge.add(hashLeaf(entry), () => undefined)
    }
    if (tail.length > 0) this.#findings.add('notice', 'unsigned-tail', `${tail.length} entries from ${size} on are durable and not yet under a signed head`, { index: size })
    rules.finish(nowMs ?? fresh?.nowMs)
    this.#checkAge('the last entry is', rules.lastMs)
  }

  async #findWitnessed(checkpoint: SignedCheckpoint, policy: TlogPolicy): Promise<void> {
    const head = await findWitnessedHead(this.#options.source, checkpoint, policy, this.#findings)
    this.#witnessed = head
    if (head === undefined || policy.quorum.kind === 'none') return
    this.#checkAge('the newest head with a quorum of witnesses is', head.timeS * 1000)
    if (head.checkpoint === checkpoint) return
    this.#addEarlier('the witnessed checkpoint', head.checkpoint, checkpoint)
    const after = checkpoint.size - head.checkpoint.size
    if (after > 0) this.#findings.add('notice', 'unwitnessed-tail', `${after} entries from ${head.checkpoint.size} on are signed and not yet witnessed`, { index: head.checkpoint.size })
  }

  #addEarlier(name: string, earlier: SignedCheckpoint, checkpoint: SignedCheckpoint): void {
    this.#earlier.push({ name, checkpoint: earlier })
    if (earlier.origin !== checkpoint.origin) this.#findings.add('integrity', 'origin-differs', `${name} is of another log`)
    if (earlier.size > checkpoint.size) this.#findings.add('stale', 'rolled-back', `the head covers ${checkpoint.size} entries, ${name} ${earlier.size}`)
  }

  /** Two signed heads that contradict each other: the log has two histories. */
  #checkEarlier(size: number, root: () => Buffer): void {
    for (const { name, checkpoint } of this.#earlier) {
      if (checkpoint.size !== size || root().equals(checkpoint.root)) continue
      this.#findings.add('integrity', 'fork', `the first ${size} entries are not those of ${name}`)
    }
  }

  #takeKeyChange(index: number, bytes: Buffer): void {
    if (this.#changes.length === MAX_KEY_CHANGES) return
    const entry = JSON.parse(bytes.toString('utf8')) as { readonly [key: string]: Json | undefined } // an object, or the rules had given no kind
    this.#changes.push({ index, entry: parseKeyEntry(entry) })
  }

  async #rootAt(checkpoint: SignedCheckpoint, size: number): Promise<Buffer | undefined> {
    const found = await readRangeRoots(this.#options.source, checkpoint.size, [{ begin: 0, end: size }])
    return found.kind === 'roots' ? found.roots[0] : undefined
  }

  #checkAge(what: string, atMs: number): void {
    const { fresh } = this.#options
    if (fresh === undefined) return
    const ageMs = fresh.nowMs - atMs
    // Also when there is none, and its age is not a number.
    if (!(ageMs <= fresh.maxAgeMs)) this.#findings.add('stale', 'too-old', `${what} ${Math.round(ageMs / 1000)} s old`)
  }

  #toReport(checkpoint: SignedCheckpoint | undefined, key: VerifyReport['key']): VerifyReport {
    const witnessed = this.#witnessed
    return {
      origin: checkpoint?.origin ?? '', size: checkpoint?.size ?? 0, root: checkpoint?.root.toString('hex') ?? '', entriesRead: this.#entriesRead, tailEntries: this.#tailEntries,
      key, witnesses: witnessed?.witnesses ?? [], witnessed: witnessed === undefined || witnessed.witnesses.length === 0 ? undefined : { size: witnessed.checkpoint.size, timeS: witnessed.timeS },
      findings: this.#findings.sorted(), findingCount: this.#findings.count,
    }
  }
}

function toUsage(message: string): VerifyResult {
  return { kind: 'usage', exitCode: 5, message }
}
