/**
 * How a log talks to a signer in another process: one line to ask, one to answer, over a child's standard streams or a unix socket.
 *
 *     key                                      key example.org/log+53e0a1b2+ATNv...
 *     sign 120 aGFzaA==,aGFzaA== b3JpZ2luCg==  signature c2lnbmF0dXJl
 *                                              conflict 118        the signer stands at another size: ask again from there
 *                                              refused fork        two histories; nothing will be signed
 *
 * `sign` names the size that the signer is believed to stand at, the hashes of the consistency proof from there (`-` for none), and the
 * checkpoint's text in base64.
 */
import { malformed, type Malformed } from '../format/malformed.ts'
import { HASH_BYTES } from '../merkle/hash.ts'
import { isSize } from '../merkle/node-range.ts'
import { parseBase64 } from '../note/base64.ts'
import { ED25519_SIGNATURE_BYTES, parseVerifierKey, type VerifierKey } from '../note/verifier-key.ts'

/** 64 hashes, a checkpoint and the words around them. */
export const MAX_LINE_BYTES = 16_384
/** C2SP tlog-witness: at most 63 lines of proof. */
export const MAX_PROOF_HASHES = 63

export type SignerRequest =
  | { readonly kind: 'key' }
  | { readonly kind: 'sign'; readonly oldSize: number; readonly proof: readonly Buffer[]; readonly text: string }

export type RefusedCode = 'malformed' | 'unknown-origin' | 'not-consistent' | 'fork' | 'failed'

export type SignerAnswer =
  | { readonly kind: 'key'; readonly key: VerifierKey }
  | { readonly kind: 'signature'; readonly signature: Buffer }
  | { readonly kind: 'conflict'; readonly size: number }
  | { readonly kind: 'refused'; readonly code: RefusedCode }

const REFUSED_CODES: ReadonlySet<string> = new Set<RefusedCode>(['malformed', 'unknown-origin', 'not-consistent', 'fork', 'failed'])

/** @returns a line without its end. */
export function encodeRequest(request: SignerRequest): string {
  switch (request.kind) {
    case 'key': return 'key'
    case 'sign': return `sign ${request.oldSize} ${request.proof.length === 0 ? '-' : request.proof.map((hash) => hash.toString('base64')).join(',')} ${Buffer.from(request.text, 'utf8').toString('base64')}`
  }
}

export function parseRequest(line: string): SignerRequest | Malformed {
  const [verb, size, proof, text, ...more] = line.split(' ')
  if (verb === 'key' && size === undefined) return { kind: 'key' }
  if (verb !== 'sign' || proof === undefined || text === undefined || more.length > 0) return malformed('request: expected key, or sign with a size, a proof and a checkpoint')
  const oldSize = parseSize(size)
  if (oldSize === undefined) return malformed('request: size is not a decimal number')
  const hashes = proof === '-' ? [] : proof.split(',').map(parseBase64)
  if (hashes.length > MAX_PROOF_HASHES) return malformed(`request: ${hashes.length} hashes, at most ${MAX_PROOF_HASHES}`)
  if (!hashes.every((hash) => hash?.length === HASH_BYTES)) return malformed('request: a hash is not 32 bytes in base64')
  const bytes = parseBase64(text)
  if (bytes === undefined) return malformed('request: the checkpoint is not base64')
  return { kind: 'sign', oldSize, proof: hashes.filter((hash) => hash !== undefined), text: bytes.toString('utf8') }
}

/** @returns a line without its end. */
export function encodeAnswer(answer: SignerAnswer): string {
  switch (answer.kind) {
    case 'key': return `key ${answer.key.text}`
    case 'signature': return `signature ${answer.signature.toString('base64')}`
    case 'conflict': return `conflict ${answer.size}`
    case 'refused': return `refused ${answer.code}`
  }
}

export function parseAnswer(line: string): SignerAnswer | Malformed {
  const space = line.indexOf(' ')
  const rest = line.slice(space + 1)
  switch (space < 0 ? '' : line.slice(0, space)) {
    case 'key': {
      const key = parseVerifierKey(rest)
      return key.kind === 'malformed' ? key : { kind: 'key', key }
    }
    case 'signature': {
      const signature = parseBase64(rest)
      return signature?.length === ED25519_SIGNATURE_BYTES ? { kind: 'signature', signature } : malformed('answer: not a signature of 64 bytes')
    }
    case 'conflict': {
      const size = parseSize(rest)
      return size === undefined ? malformed('answer: size is not a decimal number') : { kind: 'conflict', size }
    }
    case 'refused': return REFUSED_CODES.has(rest) ? { kind: 'refused', code: rest as RefusedCode } : malformed('answer: refused for an unknown reason')
    default: return malformed('answer: expected key, signature, conflict or refused')
  }
}

function parseSize(text: string | undefined): number | undefined {
  return text !== undefined && /^(0|[1-9][0-9]{0,15})$/.test(text) && isSize(Number(text)) ? Number(text) : undefined
}
