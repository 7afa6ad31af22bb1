/**
 * A witness of C2SP tlog-witness: it cosigns a log's head when it is signed by the log and extends the last one it cosigned, so that no log can
 * show two histories to two readers who ask for its word. It stores nothing of a log but its last head. HTTP is witness-server.ts.
 */
import { unreachable } from '@doorward/core'
import { encodeCosignature, toCosignedMessage } from '../note/cosignature.ts'
import { checkNote, isTextSigned, toSignatureLine } from '../note/signed-note.ts'
import type { LogSigner } from '../note/signer.ts'
import { toVerifierKey, type VerifierKey } from '../note/verifier-key.ts'
import { parseAddCheckpoint } from './add-checkpoint.ts'
import type { HeadLedger } from './head-ledger.ts'

export interface WitnessParts {
  /** Signs cosignatures; its name is the witness's. */
  readonly key: LogSigner
  /** Keys of the logs that are witnessed; the name of a key is its log's origin, and a log may have several. */
  readonly logs: readonly VerifierKey[]
  readonly ledger: HeadLedger
  readonly nowMs: () => number
}

/** What HTTP answers. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422 | 500
  readonly contentType: 'text/plain; charset=utf-8' | 'text/x.tlog.size'
  readonly body: string
}

export class Witness {
  /** What verifiers of this witness's word are given. */
  readonly verifierKey: VerifierKey
  readonly #parts: WitnessParts

  constructor(parts: WitnessParts) {
    this.#parts = parts
    this.verifierKey = toVerifierKey(parts.key.verifierKey.name, 'cosignature-v1', parts.key.verifierKey.publicKey)
  }

  /** Answers add-checkpoint. Never rejects. */
  async addCheckpoint(body: Buffer): Promise<WitnessAnswer> {
    const request = parseAddCheckpoint(body)
    if (request.kind === 'malformed') return toAnswer(400, request.reason)
    const origin = request.kind === 'unsigned' ? request.origin : request.checkpoint.origin
    const keys = this.#parts.logs.filter(({ name }) => name === origin)
    if (keys.length === 0) return toAnswer(404, 'unknown log')
    if (request.kind === 'unsigned') return toAnswer(403, 'invalid signature')
    const { checkpoint, oldSize, proof, note } = request
    const check = checkNote(checkpoint.note, keys, isTextSigned)
    if (check.kind === 'bad-signature' || check.verified.length === 0) return toAnswer(403, 'invalid signature')
    if (oldSize > checkpoint.size) return toAnswer(400, `old size ${oldSize} is above the checkpoint's`)
    try {
      const step = await this.#parts.ledger.advance({ origin: checkpoint.origin, oldSize, proof, head: { size: checkpoint.size, root: checkpoint.root }, record: note })
      switch (step.kind) {
        case 'vouched': return { status: 200, contentType: 'text/plain; charset=utf-8', body: await this.#cosign(checkpoint.note.text) }
        case 'conflict': return { status: 409, contentType: 'text/x.tlog.size', body: `${step.size}\n` }
        case 'fork': return toAnswer(409, `another checkpoint of size ${step.size} was cosigned`)
        case 'not-consistent': return toAnswer(422, 'invalid consistency proof')
        default: return unreachable(step)
      }
    } catch {
      // The disk or the key failed. Nothing was cosigned; what failed is not for whoever asks.
      return toAnswer(500, 'the witness cannot store or sign')
    }
  }

  async #cosign(checkpointText: string): Promise<string> {
    const { key, nowMs } = this.#parts
    const timeS = Math.floor(nowMs() / 1000)
    const signature = await key.sign(toCosignedMessage(checkpointText, timeS))
    return toSignatureLine(this.verifierKey.name, this.verifierKey.id, encodeCosignature(timeS, signature))
  }
}

function toAnswer(status: WitnessAnswer['status'], message: string): WitnessAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${message}\n` }
}
