/**
 * Asks one witness for its cosignature over a head, the log's side of C2SP tlog-witness. What comes back is checked before it counts.
 */
import { verifyCosignature } from '../note/cosignature.ts'
import { parseNote, toSignatureLine } from '../note/signed-note.ts'
import type { ProveConsistency } from '../note/signer.ts'
import type { VerifierKey } from '../note/verifier-key.ts'
import { encodeAddCheckpoint } from './add-checkpoint.ts'

/** As the platform's own fetch. */
export type Post = (url: string, init: { readonly method: 'POST'; readonly body: Buffer; readonly signal: AbortSignal }) => Promise<Response>

export interface SignedHead {
  readonly size: number
  /** A signed checkpoint, verbatim. */
  readonly note: Buffer
  readonly prove: ProveConsistency
}

export type CosignResult =
  | { readonly kind: 'cosigned'; readonly line: string; readonly timeS: number }
  /** Nothing now; asking again may help. `why` holds a status or an error's name. */
  | { readonly kind: 'failed'; readonly why: string }
  /** The witness has cosigned more of this log than there is: it was rolled back, or has a second history. */
  | { readonly kind: 'ahead'; readonly size: number }

const MAX_ANSWER_BYTES = 16 * 1024
/** The size it stands at is learned by asking; a second conflict means another process asks for the same log. */
const MAX_TRIES = 3

export class WitnessClient {
  readonly #url: string
  readonly #key: VerifierKey
  readonly #post: Post
  /** The size the witness stands at, as far as we know. */
  #size = 0

  /** @param url the submission prefix. @param key a cosignature/v1 key. */
  constructor(url: string, key: VerifierKey, post: Post) {
    this.#url = `${url.replace(/\/+$/, '')}/add-checkpoint`
    this.#key = key
    this.#post = post
  }

  /** One head at a time. Never rejects. */
  async cosign(head: SignedHead, signal: AbortSignal): Promise<CosignResult> {
    try {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        if (this.#size > head.size) return { kind: 'ahead', size: this.#size }
        const proof = this.#size === 0 ? [] : await head.prove(this.#size)
        const response = await this.#post(this.#url, { method: 'POST', body: encodeAddCheckpoint(this.#size, proof, head.note), signal })
        const body = await readText(response)
        const size = response.status === 409 ? /^(0|[1-9][0-9]{0,15})\n$/.exec(body)?.[1] : undefined
        if (response.status === 200) return this.#take(head, body)
        if (size === undefined) return { kind: 'failed', why: `HTTP ${response.status}` }
        this.#size = Number(size)
      }
      return { kind: 'failed', why: 'its size changes while it is asked' }
    } catch (error) {
      return { kind: 'failed', why: error instanceof Error ? error.name : 'unknown' }
    }
  }

  #take(head: SignedHead, body: string): CosignResult {
    const text = head.note.toString('utf8').slice(0, head.note.toString('utf8').lastIndexOf('\n\n') + 1)
    const note = parseNote(Buffer.from(`${text}\n${body}`, 'utf8'))
    if (note.kind === 'malformed') return { kind: 'failed', why: note.reason }
    const own = note.signatures.find(({ name, id }) => name === this.#key.name && id === this.#key.id)
    const timeS = own === undefined ? undefined : verifyCosignature(text, this.#key, own.signature)
    if (own === undefined || timeS === undefined) return { kind: 'failed', why: 'its signature does not hold' }
    this.#size = head.size
    return { kind: 'cosigned', line: toSignatureLine(own.name, own.id, own.signature), timeS }
  }
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  const reader = response.body?.getReader()
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    bytes += part.value.length
    if (bytes > MAX_ANSWER_BYTES) {
      await reader?.cancel()
      throw new RangeError('answer too long')
    }
    parts.push(part.value)
  }
  return Buffer.concat(parts).toString('utf8')
}
