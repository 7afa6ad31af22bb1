/**
 * One PostgreSQL session, recorded: from its start where the resource is, from the first statement that a recording policy allows otherwise. Until
 * then its client's bytes pass by uncounted. What cannot be recorded any more ends the session.
 */
import type { Duplex } from 'node:stream'
import type { RecordingWriter, TranscriptCell } from '@doorward/audit'
import { Fault, type PolicyId } from '@doorward/core'
import { RecordedStream, type Tapped } from '../../../recordings/recorded-stream.ts'
import { decodeBackend } from '../backend.ts'
import { decodeFrontend } from '../frontend.ts'
import type { PermittedStatement, SessionRecording } from '../session/session-recording.ts'
import { cellText, utf8OrHex } from './cell-text.ts'
import { WireTranscript, type ExpectedColumn } from './wire-transcript.ts'

/** A recording that has begun. */
export interface BegunRecording {
  readonly writer: Pick<RecordingWriter, 'write' | 'room' | 'failed' | 'hasFailed' | 'elapsedMs'>
  end(why: string): Promise<void>
}

export interface RecordingPorts {
  /** @throws when it cannot be begun. */
  begin(why: string): Promise<BegunRecording>
  /** What must be recorded cannot be: the session ends. */
  failed(fault: Fault): void
  after(delayMs: number, run: () => void): () => void
}

/** A client that does not take its last bytes holds its recording open no longer. */
const LAST_BYTES_MS = 2_000

interface Running extends BegunRecording { readonly transcript: WireTranscript }

export class PostgresRecording implements SessionRecording {
  readonly stream: RecordedStream
  readonly #ports: RecordingPorts
  #running: Running | undefined
  #due: string | undefined
  #batch = 0
  #lastText: string | undefined
  #unreadable = false

  constructor(client: Duplex, ports: RecordingPorts) {
    this.#ports = ports
    this.stream = new RecordedStream(client, (bytes) => this.#output(bytes))
  }

  /** Begins now. @throws when it cannot. */
  async start(why: string): Promise<void> {
    const begun = await this.#ports.begin(why)
    const { writer } = begun
    const transcript = new WireTranscript({
      write: (event) => { writer.write(event) }, elapsedMs: () => writer.elapsedMs, from: { batch: this.#batch, skipBytes: this.stream.untappedBytes },
    })
    this.#running = { ...begun, transcript }
    void writer.failed.then((fault) => { this.#ports.failed(fault) })
  }

  /** The session is over: what its client still gets is recorded, then the recording ends. */
  async finish(why: string): Promise<void> {
    if (!this.stream.destroyed && !this.stream.writableFinished) {
      const over = Promise.withResolvers<void>()
      const done = (): void => { over.resolve() }
      this.stream.once('finish', done)
      this.stream.once('close', done)
      const cancel = this.#ports.after(LAST_BYTES_MS, () => { this.stream.destroy() })
      await over.promise
      cancel()
    }
    await this.#running?.end(why)
  }

  input(text: Buffer): void {
    if (this.#running === undefined) return
    const { writer } = this.#running
    this.#lastText = text.toString('utf8')
    writer.write({ t: writer.elapsedMs, k: 'in', text: this.#lastText })
  }

  copied(data: Buffer): Promise<void> | undefined {
    if (this.#running === undefined) return undefined
    const { writer } = this.#running
    writer.write({ t: writer.elapsedMs, k: 'copy-in', data: utf8OrHex(data) })
    return writer.room()
  }

  nextBatch(): void { this.#batch += 1 }

  demand(by: readonly PolicyId[]): undefined {
    if (this.#running === undefined) this.#due = `policy ${by.join(', ')}`
  }

  permitted(statement: PermittedStatement, settle: () => Promise<void>): Promise<{ readonly why: string } | undefined> | undefined {
    if (this.#running !== undefined) return this.#tell(this.#running, statement)
    if (this.#due === undefined) return undefined
    return this.#begin(this.#due, statement, settle)
  }

  async #begin(why: string, statement: PermittedStatement, settle: () => Promise<void>): Promise<{ readonly why: string } | undefined> {
    this.#due = undefined
    await settle()
    try {
      await this.start(why)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return { why: 'policy asks for a recording, and it could not be begun' }
    }
    return this.#running === undefined ? undefined : this.#tell(this.#running, statement)
  }

  /** Waits where the disk is behind: statements and parameters are memory too. */
  #tell({ writer, transcript }: Running, { statement, text, bind, parameterTypes, fields }: PermittedStatement): Promise<undefined> | undefined {
    const given = bind === undefined ? undefined : readBind(bind, parameterTypes)
    const columns = given === undefined ? undefined : (fields ?? []).map(({ name, typeOid }, index): ExpectedColumn => ({ name, typeOid, format: (given.resultFormats.length > 1 ? given.resultFormats[index] : given.resultFormats[0]) ?? 0 }))
    transcript.expect({ statement, batch: this.#batch, columns })
    writer.write({
      t: writer.elapsedMs, k: 'statement', of: statement, ...(text === this.#lastText ? {} : { text }), ...(given === undefined || given.parameters.length === 0 ? {} : { parameters: given.parameters }),
    })
    this.#lastText = text
    return writer.room()?.then(() => undefined)
  }

  /** What is not recorded is not shown: only that, and why, the session ends. */
  #output(bytes: Buffer): Tapped | Promise<Tapped> {
    if (this.#running === undefined) return 'pass'
    const { writer, transcript } = this.#running
    try {
      if (!writer.hasFailed && !this.#unreadable) transcript.output(bytes)
    } catch (error) {
      this.#unreadable = true
      this.#ports.failed(error instanceof Fault ? error : new UnreadableFault('unreadable', 'what the client was to get could not be read for its recording', { cause: error }))
    }
    const answer = (): Tapped => ((writer.hasFailed || this.#unreadable) && !isOwnFatal(bytes) ? 'drop' : 'pass')
    return writer.room()?.then(answer) ?? answer()
  }
}

class UnreadableFault extends Fault<'unreadable'> {}

/** The last words of a session that ends by a fault, as refuse.ts encodes them: they hold no value. */
function isOwnFatal(bytes: Buffer): boolean {
  if (bytes[0] !== ERROR_TAG || bytes.length !== 1 + bytes.readUInt32BE(1)) return false
  const message = decodeBackend({ tag: ERROR_TAG, body: bytes.subarray(5) })
  return message.kind === 'errorResponse' && message.fields.get('V') === 'FATAL' && message.fields.get('M')?.startsWith('doorward: ') === true
}

const ERROR_TAG = 0x45

function readBind(frame: Buffer, types: readonly number[]): { readonly parameters: readonly TranscriptCell[]; readonly resultFormats: readonly (0 | 1)[] } {
  const message = decodeFrontend({ tag: frame[0] ?? 0, body: frame.subarray(5) })
  if (message.kind !== 'bind') return { parameters: [], resultFormats: [] }
  const { parameters, parameterFormats, resultFormats } = message
  const formatOf = (index: number): 0 | 1 => (parameterFormats.length > 1 ? parameterFormats[index] : parameterFormats[0]) ?? 0
  return { parameters: parameters.map((cell, index) => (cell === null ? null : cellText(types[index] ?? 0, formatOf(index), cell))), resultFormats }
}
