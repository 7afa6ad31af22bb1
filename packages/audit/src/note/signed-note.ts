/**
 * C2SP signed-note: a text, an empty line, and signature lines. Parsing and checking; making one takes a {@link LogSigner}. A known
 * key with a wrong signature rejects the whole note, an unknown key is ignored.
 */
import { malformed, type Malformed } from '../format/malformed.ts'
import { parseBase64 } from './base64.ts'
import { isKeyName, KEY_ID_BYTES, type VerifierKey } from './verifier-key.ts'

/** As in Go's sumdb/note: enough for every witness, too few to keep a verifier busy. */
const MAX_SIGNATURES = 100
/** As in Go's sumdb/note. */
const MAX_NOTE_BYTES = 1_000_000

export interface NoteSignature {
  readonly name: string
  /** 8 hexadecimal digits. */
  readonly id: string
  /** What follows the id. */
  readonly signature: Buffer
}

export interface SignedNote {
  readonly kind: 'note'
  /** What is signed, with its last newline. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

export type NoteCheck =
  /** Every signature of a known key holds; there may be none. One key is counted once. */
  | { readonly kind: 'checked'; readonly verified: readonly { readonly key: VerifierKey; readonly signature: NoteSignature }[] }
  | { readonly kind: 'bad-signature'; readonly name: string; readonly id: string }

/** Splits a note into its text and its signatures, of which there is at least one. */
export function parseNote(bytes: Buffer): SignedNote | Malformed {
  if (bytes.length > MAX_NOTE_BYTES) return malformed(`note: ${bytes.length} bytes, at most ${MAX_NOTE_BYTES}`)
  const whole = bytes.toString('utf8')
  if (!Buffer.from(whole, 'utf8').equals(bytes)) return malformed('note: not UTF-8')
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) return malformed('note: control character')
  const split = whole.lastIndexOf('\n\n') // the last empty line: the text may have others
  if (split < 0) return malformed('note: no empty line before the signatures')
  const lines = whole.slice(split + 2).split('\n')
  if (lines.pop() !== '') return malformed('note: last line is not ended')
  if (lines.length === 0) return malformed('note: no signature')
  if (lines.length > MAX_SIGNATURES) return malformed(`note: ${lines.length} signatures, at most ${MAX_SIGNATURES}`)
  const signatures: NoteSignature[] = []
  for (const line of lines) {
    const signature = parseSignatureLine(line)
    if (signature === undefined) return malformed(`note: signature line ${signatures.length + 1} is malformed`)
    signatures.push(signature)
  }
  return { kind: 'note', text: whole.slice(0, split + 1), signatures }
}

/** Checks the signatures of the keys given. Cosignatures are signed over more than the text, see cosignature.ts. */
export function checkNote(note: SignedNote, keys: readonly VerifierKey[], isSigned: SignatureCheck): NoteCheck {
  const verified = new Map<VerifierKey, NoteSignature>()
  for (const signature of note.signatures) {
    const key = keys.find((candidate) => candidate.name === signature.name && candidate.id === signature.id)
    if (key === undefined || verified.has(key)) continue
    if (!isSigned(note.text, key, signature.signature)) return { kind: 'bad-signature', name: signature.name, id: signature.id }
    verified.set(key, signature)
  }
  return { kind: 'checked', verified: [...verified].map(([key, signature]) => ({ key, signature })) }
}

export type SignatureCheck = (text: string, key: VerifierKey, signature: Buffer) => boolean

/** Plain Ed25519 over the text: what a log's own signature is. */
export function isTextSigned(text: string, key: VerifierKey, signature: Buffer): boolean {
  return key.type === 'ed25519' && key.isSigned(Buffer.from(text, 'utf8'), signature)
}

/** The line that adds a signature to a note. */
export function toSignatureLine(name: string, id: string, signature: Uint8Array): string {
  return `\u2014 ${name} ${Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64')}\n`
}

function parseSignatureLine(line: string): NoteSignature | undefined {
  const match = /^\u2014 ([^ ]+) ([^ ]+)$/u.exec(line)
  const name = match?.[1]
  const bytes = match?.[2] === undefined ? undefined : parseBase64(match[2])
  if (name === undefined || bytes === undefined || !isKeyName(name) || bytes.length <= KEY_ID_BYTES) return undefined
  return { name, id: bytes.subarray(0, KEY_ID_BYTES).toString('hex'), signature: bytes.subarray(KEY_ID_BYTES) }
}
