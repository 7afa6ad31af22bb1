/** C2SP tlog-proof: one entry's inclusion proof with the checkpoint it leads to, as a text that can be checked offline. */
import { malformed, type Malformed } from '../format/malformed.ts'
import { HASH_BYTES } from '../merkle/hash.ts'
import { isSize } from '../merkle/node-range.ts'
import { parseBase64 } from './base64.ts'
import { parseCheckpoint, type SignedCheckpoint } from './checkpoint.ts'

export interface ProofText {
  readonly kind: 'proof'
  readonly index: number
  /** From the leaf's sibling to the root's child. */
  readonly path: readonly Buffer[]
  readonly checkpoint: SignedCheckpoint
  /** Whatever else the file carries; nothing vouches for it. In our proofs: the entry. */
  readonly extra: Buffer | undefined
}

const FIRST_LINE = 'c2sp.org/tlog-proof@v1'
/** 53 bits of index need 53 hashes; more is no proof. */
const MAX_PATH = 64

/** @param checkpoint a signed checkpoint, verbatim. */
export function encodeProof(index: number, path: readonly Buffer[], checkpoint: Buffer, extra: Buffer | undefined): string {
  const lines = [FIRST_LINE]
  if (extra !== undefined) lines.push(`extra ${extra.toString('base64')}`)
  lines.push(`index ${index}`, ...path.map((hash) => hash.toString('base64')), '')
  return `${lines.join('\n')}\n${checkpoint.toString('utf8')}`
}

/** Reads a proof; nothing in it is checked against anything yet. */
export function parseProof(bytes: Buffer): ProofText | Malformed {
  const split = bytes.indexOf('\n\n')
  if (split < 0) return malformed('proof: no empty line before the checkpoint')
  const lines = bytes.toString('latin1', 0, split).split('\n')
  if (lines.shift() !== FIRST_LINE) return malformed(`proof: expected ${FIRST_LINE} first`)
  let extra: Buffer | undefined
  if (lines[0]?.startsWith('extra ') === true) {
    extra = parseBase64(lines.shift()?.slice('extra '.length) ?? '')
    if (extra === undefined) return malformed('proof: extra is not base64')
  }
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? '')?.[1]
  if (index === undefined || !isSize(Number(index))) return malformed('proof: no index')
  if (lines.length > MAX_PATH) return malformed(`proof: ${lines.length} hashes, at most ${MAX_PATH}`)
  const path: Buffer[] = []
  for (const line of lines) {
    const hash = parseBase64(line)
    if (hash?.length !== HASH_BYTES) return malformed(`proof: hash ${path.length + 1} is not 32 bytes in base64`)
    path.push(hash)
  }
  const checkpoint = parseCheckpoint(bytes.subarray(split + 2))
  return checkpoint.kind === 'malformed' ? checkpoint : { kind: 'proof', index: Number(index), path, checkpoint, extra }
}
