/**
 * A proof that one entry is in the log, for somebody who has nothing but the log's verifier key, and the check of one. The entry travels in the
 * proof's extra field, where it needs no trust: its hash is what is proved.
 */
import { malformed, type Malformed } from '../format/malformed.ts'
import { readEntries } from '../format/bundle.ts'
import { hashLeaf } from '../merkle/hash.ts'
import { isSize } from '../merkle/node-range.ts'
import { inclusionRanges, isIncluded } from '../merkle/proof.ts'
import { TILE_WIDTH, toTilePath } from '../merkle/tile.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { encodeProof, parseProof } from '../note/proof-text.ts'
import { parseVerifierKey } from '../note/verifier-key.ts'
import { Findings } from './finding.ts'
import { checkHead, keysOf, type TrustedKeys } from './signed-head.ts'
import type { LogSource } from './source.ts'
import { readTile } from './stored-tree.ts'
import { readRangeRoots } from './tile-nodes.ts'
import { parseTlogPolicy } from './tlog-policy.ts'
import { checkWitnesses, WITNESSED_PATH } from './witnessed-head.ts'

export interface EntryProof {
  readonly kind: 'entry-proof'
  /** C2SP tlog-proof; the customary file extension is `.tlog-proof`. */
  readonly text: string
  readonly entry: Buffer
}

/**
 * Makes the proof of entry `index` under the last head that was witnessed, where there is one that covers it, else under the present one.
 * @returns malformed when the head does not cover the entry, or when files are missing or do not lead to the head.
 */
export async function proveEntry(source: LogSource, index: number): Promise<EntryProof | Malformed> {
  const witnessed = await source.read(WITNESSED_PATH)
  const proof = witnessed === undefined ? undefined : await proveUnder(source, witnessed, index)
  if (proof?.kind === 'entry-proof') return proof
  const bytes = await source.read('checkpoint')
  return bytes === undefined ? malformed('no checkpoint') : proveUnder(source, bytes, index)
}

async function proveUnder(source: LogSource, head: Buffer, index: number): Promise<EntryProof | Malformed> {
  const checkpoint = parseCheckpoint(head)
  if (checkpoint.kind === 'malformed') return checkpoint
  const { size, root } = checkpoint
  if (!isSize(index) || index >= size) return malformed(`entry ${index}: the head covers ${size} entries`)
  const n = Math.floor(index / TILE_WIDTH)
  const width = Math.min(TILE_WIDTH, size - n * TILE_WIDTH)
  const bundle = await readTile(source, 'entries', n, width)
  const entry = bundle === undefined ? undefined : readEntries(bundle.bytes).entries[index % TILE_WIDTH]
  if (entry === undefined) return malformed(`${toTilePath({ level: 'entries', n, width })}: missing or short`)
  const path = await readRangeRoots(source, size, inclusionRanges(index, size))
  if (path.kind === 'missing') return malformed(`${path.path}: missing or short`)
  if (!isIncluded(index, size, hashLeaf(entry), path.roots, root)) return malformed(`entry ${index}: bundle and tiles do not lead to the head`)
  return { kind: 'entry-proof', text: encodeProof(index, path.roots, head, entry), entry }
}

export interface CheckProofOptions {
  readonly proof: Buffer
  /** The entry's exact bytes; taken from the proof's extra field unless given. */
  readonly entry?: Buffer
  readonly verifierKey?: string
  /** A C2SP tlog-policy file; one of this and `verifierKey` is needed. */
  readonly policy?: Buffer
}

export type ProofResult =
  | { readonly kind: 'included'; readonly exitCode: 0; readonly origin: string; readonly index: number; readonly size: number; readonly entry: Buffer; readonly witnesses: readonly string[] }
  | { readonly kind: 'refused'; readonly exitCode: 1; readonly message: string }
  | { readonly kind: 'quorum'; readonly exitCode: 2; readonly message: string }
  | { readonly kind: 'usage'; readonly exitCode: 5; readonly message: string }

/** Checks a proof offline: the log's signature, the witnesses' quorum, and that the entry is where the proof says. */
export function checkProof(options: CheckProofOptions): ProofResult {
  const policy = options.policy === undefined ? undefined : parseTlogPolicy(options.policy)
  if (policy?.kind === 'malformed') return { kind: 'usage', exitCode: 5, message: policy.reason }
  const given = options.verifierKey === undefined ? undefined : parseVerifierKey(options.verifierKey.trim())
  if (given?.kind === 'malformed') return { kind: 'usage', exitCode: 5, message: given.reason }
  const trusted: TrustedKeys = given === undefined
    ? { from: 'policy', keys: policy?.logs ?? [], names: 'origins' }
    : { from: 'given', keys: [given], names: 'any' }
  if (trusted.keys.length === 0) return { kind: 'usage', exitCode: 5, message: 'no verifier key was given, and no log in a policy' }
  const proof = parseProof(options.proof)
  if (proof.kind === 'malformed') return { kind: 'refused', exitCode: 1, message: proof.reason }
  const entry = options.entry ?? proof.extra
  if (entry === undefined) return { kind: 'usage', exitCode: 5, message: 'the proof does not carry its entry, and none was given' }
  const { index, path, checkpoint } = proof
  const findings = new Findings()
  const keys = keysOf(trusted, checkpoint.origin)
  checkHead(checkpoint, { current: keys, known: keys }, trusted, 'checkpoint', findings)
  const witnesses = policy === undefined ? [] : checkWitnesses(checkpoint, policy, findings)
  const worst = findings.sorted()[0]
  if (worst !== undefined && worst.severity !== 'quorum') return { kind: 'refused', exitCode: 1, message: worst.message }
  if (!isIncluded(index, checkpoint.size, hashLeaf(entry), path, checkpoint.root)) {
    return { kind: 'refused', exitCode: 1, message: `the entry is not entry ${index} of the ${checkpoint.size} the head covers` }
  }
  if (worst !== undefined) return { kind: 'quorum', exitCode: 2, message: worst.message }
  return { kind: 'included', exitCode: 0, origin: checkpoint.origin, index, size: checkpoint.size, entry, witnesses }
}
