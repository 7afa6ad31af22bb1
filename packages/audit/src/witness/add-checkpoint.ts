/** C2SP tlog-witness, add-checkpoint: the body of a request. `old SIZE`, the hashes of a consistency proof, an empty line, a checkpoint. */
import { malformed, type Malformed } from '../format/malformed.ts'
import { HASH_BYTES } from '../merkle/hash.ts'
import { isSize } from '../merkle/node-range.ts'
import { parseBase64 } from '../note/base64.ts'
import { parseCheckpoint, parseCheckpointText, type SignedCheckpoint } from '../note/checkpoint.ts'

/** C2SP tlog-witness: the client must not send more. */
const MAX_PROOF_LINES = 63
/** A proof, a checkpoint, and room for a hundred signatures. */
export const MAX_REQUEST_BYTES = 64 * 1024

export interface AddCheckpoint {
  readonly kind: 'add-checkpoint'
  readonly oldSize: number
  readonly proof: readonly Buffer[]
  readonly checkpoint: SignedCheckpoint
  /** The checkpoint as it was sent. */
  readonly note: Buffer
}

/** @param note a signed checkpoint, verbatim. */
export function encodeAddCheckpoint(oldSize: number, proof: readonly Buffer[], note: Buffer): Buffer {
  return Buffer.concat([Buffer.from([`old ${oldSize}`, ...proof.map((hash) => hash.toString('base64')), '', ''].join('\n')), note])
}

/** A request whose checkpoint can be read, and its signatures cannot. */
export interface Unsigned {
  readonly kind: 'unsigned'
  readonly origin: string
}

/** Reads a request; nothing in it is checked against anything yet. */
export function parseAddCheckpoint(body: Buffer): AddCheckpoint | Unsigned | Malformed {
  const split = body.indexOf('\n\n')
  if (split < 0) return malformed('request: no empty line before the checkpoint')
  const [first, ...lines] = body.toString('latin1', 0, split).split('\n')
  const size = /^old (0|[1-9][0-9]{0,15})$/.exec(first ?? '')?.[1]
  if (size === undefined || !isSize(Number(size))) return malformed('request: expected old and a size first')
  if (lines.length > MAX_PROOF_LINES) return malformed(`request: ${lines.length} hashes, at most ${MAX_PROOF_LINES}`)
  const proof: Buffer[] = []
  for (const line of lines) {
    const hash = parseBase64(line)
    if (hash?.length !== HASH_BYTES) return malformed(`request: hash ${proof.length + 1} is not 32 bytes in base64`)
    proof.push(hash)
  }
  const note = body.subarray(split + 2)
  const checkpoint = parseCheckpoint(note)
  if (checkpoint.kind === 'malformed') return toUnsigned(note) ?? checkpoint
  return { kind: 'add-checkpoint', oldSize: Number(size), proof, checkpoint, note: Buffer.from(note) }
}

function toUnsigned(note: Buffer): Unsigned | undefined {
  const end = note.lastIndexOf('\n\n')
  const checkpoint = end < 0 ? undefined : parseCheckpointText(note.toString('utf8', 0, end + 1))
  return checkpoint?.kind === 'checkpoint' ? { kind: 'unsigned', origin: checkpoint.origin } : undefined
}
