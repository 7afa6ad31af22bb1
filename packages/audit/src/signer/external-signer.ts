/**
 * A log's key in another process, as the log sees it. The connection is made again when it breaks, for a limited time, so that a signer can be
 * restarted under a running gateway; a refusal is final, and the log ends.
 */
import { AuditFault } from '../fault.ts'
import type { AuditClock } from '../log/clock.ts'
import { parseCheckpointText } from '../note/checkpoint.ts'
import type { LogSigner, ProveConsistency } from '../note/signer.ts'
import type { VerifierKey } from '../note/verifier-key.ts'
import { LineChannel, type Streams } from './line-channel.ts'
import { encodeRequest, parseAnswer, type SignerAnswer, type SignerRequest } from './signer-protocol.ts'

export interface ExternalSignerOptions {
  /** Connects to a socket, or starts a child. */
  readonly connect: () => Promise<Streams>
  readonly clock: AuditClock
  /** The log's name: the key must have it. */
  readonly origin: string
  /** How long one question may take, with new connections and all. Units: milliseconds. */
  readonly timeoutMs: number
}

/** Between two tries to connect. */
const RETRY_MS = 200
/** The signer may have signed a head that this log crashed before it published; it is told once, and then it is known. */
const MAX_CONFLICTS = 3

export interface ExternalSigner extends LogSigner {
  close(): void
}

/**
 * Asks the signer for its key, and returns it as the log's.
 * @throws {AuditFault} `signer-failed` when it does not answer; `key-invalid` when its key is for another origin.
 */
export async function connectSigner(options: ExternalSignerOptions): Promise<ExternalSigner> {
  const line = new Line(options)
  try {
    const answer = await line.ask({ kind: 'key' })
    if (answer.kind !== 'key') throw new AuditFault('signer-failed', `signer: expected its key, found ${answer.kind}`)
    if (answer.key.name !== options.origin || answer.key.type !== 'ed25519') throw new AuditFault('key-invalid', 'signer: its key is for another origin, or not that of a log')
    return new RemoteSigner(line, answer.key)
  } catch (error) {
    line.close()
    throw error
  }
}

class RemoteSigner implements ExternalSigner {
  readonly verifierKey: VerifierKey
  readonly #line: Line
  /** The size the signer stands at, as far as we know. */
  #signedSize = 0

  constructor(line: Line, verifierKey: VerifierKey) {
    this.#line = line
    this.verifierKey = verifierKey
  }

  async sign(message: Uint8Array, prove?: ProveConsistency): Promise<Uint8Array> {
    const text = Buffer.from(message).toString('utf8')
    const head = parseCheckpointText(text)
    if (head.kind === 'malformed') throw new AuditFault('signer-failed', 'signer: asked for something that is no checkpoint')
    for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
      if (this.#signedSize > head.size) throw new AuditFault('rollback', `signer: it signed a head over ${this.#signedSize} entries, this log has ${head.size}`)
      const proof = this.#signedSize === 0 ? [] : await (prove ?? cannotProve)(this.#signedSize)
      const answer = await this.#line.ask({ kind: 'sign', oldSize: this.#signedSize, proof, text })
      switch (answer.kind) {
        case 'signature':
          this.#signedSize = head.size
          return answer.signature
        case 'conflict':
          this.#signedSize = answer.size
          break
        case 'refused':
          // The signer has seen another history of this log.
          if (answer.code === 'fork' || answer.code === 'not-consistent') throw new AuditFault('fork', `signer: refused, ${answer.code}`)
          throw new AuditFault('signer-failed', `signer: refused, ${answer.code}`)
        default: throw new AuditFault('signer-failed', `signer: expected a signature, found ${answer.kind}`)
      }
    }
    throw new AuditFault('signer-failed', 'signer: it changes its mind about what it signed last')
  }

  close(): void {
    this.#line.close()
  }
}

function cannotProve(): never {
  throw new AuditFault('signer-failed', 'signer: asks for a consistency proof, and there is none')
}

/** A connection that comes back. One question at a time: a log signs one head after the other. */
class Line {
  readonly #options: ExternalSignerOptions
  #channel: LineChannel | undefined
  #closed = false

  constructor(options: ExternalSignerOptions) {
    this.#options = options
  }

  async ask(request: SignerRequest): Promise<SignerAnswer> {
    const { clock, timeoutMs } = this.#options
    const untilMs = clock.nowMs() + timeoutMs
    for (;;) {
      const answer = await this.#try(request, untilMs)
      if (!(answer instanceof Error)) return answer
      if (this.#closed || clock.nowMs() + RETRY_MS >= untilMs) throw new AuditFault('signer-failed', 'signer: no answer', { cause: answer })
      await new Promise<void>((resolve) => { clock.after(RETRY_MS, resolve) })
    }
  }

  close(): void {
    this.#closed = true
    this.#channel?.close()
  }

  /** @returns an error when asking again may help. */
  async #try(request: SignerRequest, untilMs: number): Promise<SignerAnswer | Error> {
    try {
      this.#channel ??= new LineChannel(await this.#options.connect())
      const answer = parseAnswer(await this.#withDeadline(this.#channel.ask(encodeRequest(request)), untilMs))
      return answer.kind === 'malformed' ? this.#drop(new Error(answer.reason)) : answer
    } catch (error) {
      return this.#drop(error instanceof Error ? error : new Error('unexpected'))
    }
  }

  #drop(error: Error): Error {
    this.#channel?.close()
    this.#channel = undefined
    return error
  }

  #withDeadline<T>(work: Promise<T>, untilMs: number): Promise<T> {
    const { clock } = this.#options
    return new Promise((resolve, reject) => {
      const cancel = clock.after(Math.max(0, untilMs - clock.nowMs()), () => { reject(new Error('no answer in time')) })
      work.then(resolve, reject).finally(cancel)
    })
  }
}
