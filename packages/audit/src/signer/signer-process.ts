/**
 * The other side of the signer protocol: holds a log's key, and signs a head only when it extends the last one it signed. Whoever takes over
 * the gateway can then write on, but cannot have a second history signed.
 */
import { unreachable } from '@doorward/core'
import { encodeCheckpointText, parseCheckpointText } from '../note/checkpoint.ts'
import type { LogSigner } from '../note/signer.ts'
import type { HeadLedger } from '../witness/head-ledger.ts'
import { encodeAnswer, parseRequest, type SignerAnswer, type SignerRequest } from './signer-protocol.ts'

export interface SignerParts {
  readonly key: LogSigner
  readonly ledger: HeadLedger
}

/** Answers one line of the protocol with one line. Never rejects. */
export async function answerSigner(line: string, parts: SignerParts): Promise<string> {
  const request = parseRequest(line)
  if (request.kind === 'malformed') return encodeAnswer({ kind: 'refused', code: 'malformed' })
  try {
    return encodeAnswer(await answer(request, parts))
  } catch {
    // The ledger's disk or the key failed: nothing is signed, and the log that asks ends. What failed is for the signer's own operator.
    return encodeAnswer({ kind: 'refused', code: 'failed' })
  }
}

async function answer(request: SignerRequest, { key, ledger }: SignerParts): Promise<SignerAnswer> {
  if (request.kind === 'key') return { kind: 'key', key: key.verifierKey }
  const head = parseCheckpointText(request.text)
  // One text for one head: extension lines would be signed and never looked at.
  if (head.kind === 'malformed' || encodeCheckpointText(head.origin, head) !== request.text) return { kind: 'refused', code: 'malformed' }
  if (head.origin !== key.verifierKey.name) return { kind: 'refused', code: 'unknown-origin' }
  const record = Buffer.from(request.text, 'utf8')
  const step = await ledger.advance({ origin: head.origin, oldSize: request.oldSize, proof: request.proof, head, record })
  switch (step.kind) {
    case 'vouched': return { kind: 'signature', signature: Buffer.from(await key.sign(record)) }
    case 'conflict': return { kind: 'conflict', size: step.size }
    case 'fork': return { kind: 'refused', code: 'fork' }
    case 'not-consistent': return { kind: 'refused', code: 'not-consistent' }
    default: return unreachable(step)
  }
}
