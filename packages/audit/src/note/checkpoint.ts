/** C2SP tlog-checkpoint: what a log's head says, as the text of a signed note: origin, size, root, extension lines. */
import { malformed, type Malformed } from '../format/malformed.ts'
import { HASH_BYTES } from '../merkle/hash.ts'
import { isSize } from '../merkle/node-range.ts'
import { parseBase64 } from './base64.ts'
import { parseNote, type SignedNote } from './signed-note.ts'

/** The state of a log: how many entries, and the Merkle root over them. */
export interface TreeHead {
  readonly size: number
  /** 32 bytes. */
  readonly root: Buffer
}

export interface Checkpoint extends TreeHead {
  readonly kind: 'checkpoint'
  readonly origin: string
  readonly extensions: readonly string[]
}

/** A checkpoint with the note it came in; its signatures are not checked yet. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: SignedNote
}

export function encodeCheckpointText(origin: string, head: TreeHead): string {
  return `${origin}\n${head.size}\n${head.root.toString('base64')}\n`
}

/** Reads the text of a checkpoint, with its last newline. */
export function parseCheckpointText(text: string): Checkpoint | Malformed {
  const lines = text.split('\n')
  if (lines.pop() !== '') return malformed('checkpoint: last line is not ended')
  const [origin, size, root, ...extensions] = lines
  if (origin === undefined || origin === '') return malformed('checkpoint: no origin')
  if (size === undefined || !/^(0|[1-9][0-9]{0,19})$/.test(size)) return malformed('checkpoint: size is not a decimal number')
  if (!isSize(Number(size))) return malformed('checkpoint: size is above 2^53 - 1')
  const hash = root === undefined ? undefined : parseBase64(root)
  if (hash?.length !== HASH_BYTES) return malformed('checkpoint: root is not 32 bytes in base64')
  if (extensions.includes('')) return malformed('checkpoint: empty extension line')
  return { kind: 'checkpoint', origin, size: Number(size), root: hash, extensions }
}

/** Reads a signed checkpoint. */
export function parseCheckpoint(bytes: Buffer): SignedCheckpoint | Malformed {
  const note = parseNote(bytes)
  if (note.kind === 'malformed') return note
  const checkpoint = parseCheckpointText(note.text)
  return checkpoint.kind === 'malformed' ? checkpoint : { ...checkpoint, note }
}
