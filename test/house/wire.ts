/** A client that says what it wants frame by frame, and waits for what it wants to see: for what no driver would send. Text format, no TLS. */
import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { Sensitive } from '@doorward/core'
import { cancelUpstream, connectUpstream, encodeFrontend } from '@doorward/gateway'
import { eventually } from './eventually.ts'
import { secretOf, type House } from './house.ts'

export interface WireFrame { readonly tag: string; readonly body: Buffer }

export class Wire {
  readonly frames: WireFrame[] = []
  readonly #stream: Duplex
  readonly #cancel: () => Promise<void>
  #held = Buffer.alloc(0)

  private constructor(stream: Duplex, cancel: () => Promise<void>) {
    this.#stream = stream
    this.#cancel = cancel
    stream.on('data', (chunk: Buffer) => { this.#take(chunk) })
    stream.on('error', () => undefined)
    stream.resume()
  }

  static async open(house: House, user: string, options = ''): Promise<Wire> {
    const target = { host: '127.0.0.1', port: house.postgresPort, tls: 'unsafely-plaintext' as const }
    const parameters = new Map(options === '' ? [] : [['options', options]])
    const { stream, backendKey } = await connectUpstream({ ...target, database: 'clinic', user, password: new Sensitive(secretOf(user)), parameters, randomBytes }, AbortSignal.timeout(60_000))
    if (backendKey === undefined) throw new Error('no key to cancel with')
    return new Wire(stream, () => cancelUpstream(target, backendKey, AbortSignal.timeout(60_000)))
  }

  send(...frames: readonly Buffer[]): void { this.#stream.write(Buffer.concat(frames)) }

  /** Sends, with a Sync, and waits for the answer to it. @returns what came, see {@link said}. */
  async ask(...frames: readonly Buffer[]): Promise<string> {
    this.frames.length = 0
    this.send(...frames, sync)
    await this.until('Z')
    return this.said
  }

  /** Waits until that many frames with the tag have come. */
  async until(tag: string, count = 1): Promise<void> {
    await eventually(`${count} of ${tag}`, () => Promise.resolve(this.frames.filter((one) => one.tag === tag).length >= count ? true : undefined))
  }

  /** Tags in order; of errors and notices message and hint, of completions the tag, of rows their number of bytes left out. */
  get said(): string { return this.frames.map(({ tag, body }) => (tag === 'E' || tag === 'N' ? `${tag}(${fieldsOf(body)})` : tag === 'C' ? `C(${body.toString().replace('\0', '')})` : tag)).join(' ') }

  get rows(): number { return this.frames.filter((one) => one.tag === 'D').length }

  cancel(): Promise<void> { return this.#cancel() }

  close(): void { this.#stream.destroy() }

  #take(chunk: Buffer): void {
    this.#held = Buffer.concat([this.#held, chunk])
    while (this.#held.length >= 5 && this.#held.length >= this.#held.readInt32BE(1) + 1) {
      const end = this.#held.readInt32BE(1) + 1
      this.frames.push({ tag: String.fromCharCode(this.#held[0] ?? 0), body: Buffer.from(this.#held.subarray(5, end)) })
      this.#held = this.#held.subarray(end)
    }
  }
}

function fieldsOf(body: Buffer): string { return body.toString().split('\0').filter((field) => /^[MH]/.test(field)).map((field) => field.slice(1)).join(' | ') }

/** int4. PostgreSQL, pg_type. */
export const INT4 = 23
export const sync = encodeFrontend({ kind: 'sync' })
export function parse(statement: string, sql: string, parameterTypes: readonly number[] = []): Buffer { return encodeFrontend({ kind: 'parse', statement, sql: Buffer.from(sql), parameterTypes: [...parameterTypes] }) }
export function bind(portal: string, statement: string, parameters: readonly (string | null)[]): Buffer {
  return encodeFrontend({ kind: 'bind', portal, statement, parameterFormats: [], parameters: parameters.map((value) => (value === null ? null : Buffer.from(value))), resultFormats: [] })
}
export function execute(portal = '', maxRows = 0): Buffer { return encodeFrontend({ kind: 'execute', portal, maxRows }) }
export function closeStatement(name: string): Buffer { return encodeFrontend({ kind: 'close', target: 'statement', name }) }
