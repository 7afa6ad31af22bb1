/**
 * One measured connection: counts frames and never decodes a row, so that the load costs little beside what it measures. Logs in by the
 * gateway's own client code.
 */
import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { Sensitive } from '@doorward/core'
import { connectUpstream } from '@doorward/gateway'
import type { Target } from '../sides/side.ts'

const TAG = { ready: 0x5a, dataRow: 0x44, copyData: 0x64, error: 0x45, copyIn: 0x47, notice: 0x4e } as const

export class LoadConnection {
  readonly #stream: Duplex
  readonly backendKey: { readonly pid: number; readonly key: Buffer } | undefined
  /** Rows or COPY messages, and bytes, since the connection began. */
  rows = 0
  bytes = 0
  /** SQLSTATE and message of the last error. */
  error: string | undefined
  #need = 5
  #header = Buffer.alloc(5)
  #have = 0
  #skip = 0
  #errorBytes: Buffer[] | undefined
  #readyOwed = 0
  #resolve: (() => void) | undefined
  #reject: ((error: Error) => void) | undefined
  #onFirstRow: (() => void) | undefined
  #onCopyIn: (() => void) | undefined
  #onNotice: (() => void) | undefined

  private constructor(stream: Duplex, backendKey: LoadConnection['backendKey']) {
    this.#stream = stream
    this.backendKey = backendKey
    stream.on('data', (chunk: Buffer) => { this.#take(chunk) })
    stream.on('close', () => { this.#reject?.(new Error('the connection closed')) })
    stream.resume()
  }

  static async open(target: Target): Promise<LoadConnection> {
    const { stream, backendKey } = await connectUpstream({
      host: target.host, port: target.port, tls: 'unsafely-plaintext', database: target.database, user: target.user, password: new Sensitive(target.password), parameters: new Map(), randomBytes,
    }, AbortSignal.timeout(60_000))
    return new LoadConnection(stream, backendKey)
  }

  /** Sends frames that end in `readies` ReadyForQuery. @throws when an error was among the answers, unless `tolerant`. */
  async ask(bytes: Buffer, readies = 1, tolerance: 'strict' | 'tolerant' = 'strict'): Promise<void> {
    this.error = undefined
    this.#readyOwed += readies
    const done = new Promise<void>((resolve, reject) => { this.#resolve = resolve; this.#reject = reject })
    this.#stream.write(bytes)
    await done
    if (tolerance === 'strict') this.#requireNoError()
  }

  #requireNoError(): void {
    if (this.error !== undefined) throw new Error(`the server answered ${this.error}`)
  }

  /** Sends a statement that is held. @returns once the notice says that it waits. @throws when it was answered instead. */
  async askHeld(bytes: Buffer): Promise<void> {
    const told = new Promise<'told'>((resolve) => { this.#onNotice = () => { resolve('told') } })
    // The connection is closed while it waits: that is how it ends.
    const answered = this.ask(bytes).then(() => 'answered' as const)
    answered.catch(() => undefined)
    if (await Promise.race([told, answered]) === 'answered') throw new Error('expected a statement that is held, and it was answered')
  }

  onFirstRow(run: () => void): void { this.#onFirstRow = run }

  /** Resolves when the server is ready for COPY data; `ask` must be under way. */
  copyInReady(): Promise<void> { return new Promise((resolve) => { this.#onCopyIn = resolve }) }

  /** @returns once the socket takes more. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#stream.write(bytes)) return
    await new Promise<void>((resolve) => { this.#stream.once('drain', resolve) })
  }

  close(): void { this.#stream.destroy() }

  #take(chunk: Buffer): void {
    this.bytes += chunk.length
    let at = 0
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, chunk.length - at)
        this.#errorBytes?.push(Buffer.from(chunk.subarray(at, at + count)))
        this.#skip -= count
        at += count
        if (this.#skip === 0) this.#frameEnd()
        continue
      }
      // The common case: the header is whole in this chunk.
      if (this.#have === 0 && chunk.length - at >= 5) {
        this.#begin(chunk[at] ?? 0, chunk.readUInt32BE(at + 1))
        at += 5
      } else {
        this.#header[this.#have] = chunk[at] ?? 0
        this.#have += 1
        at += 1
        if (this.#have < this.#need) continue
        this.#have = 0
        this.#begin(this.#header[0] ?? 0, this.#header.readUInt32BE(1))
      }
      if (this.#skip === 0) this.#frameEnd()
    }
  }

  #tag = 0

  #begin(tag: number, length: number): void {
    this.#tag = tag
    this.#skip = length - 4
    if (tag === TAG.error) this.#errorBytes = []
  }

  #frameEnd(): void {
    switch (this.#tag) {
      case TAG.dataRow: case TAG.copyData:
        this.rows += 1
        if (this.#onFirstRow !== undefined) { this.#onFirstRow(); this.#onFirstRow = undefined }
        return
      case TAG.error: {
        const fields = Buffer.concat(this.#errorBytes ?? []).toString('utf8').split('\0')
        this.error = fields.filter((field) => field.startsWith('C') || field.startsWith('M')).join(' ')
        this.#errorBytes = undefined
        return
      }
      case TAG.copyIn: this.#onCopyIn?.(); return
      case TAG.notice: this.#onNotice?.(); return
      case TAG.ready:
        this.#readyOwed -= 1
        if (this.#readyOwed === 0) this.#resolve?.()
        return
      default: return
    }
  }
}
