/**
 * One client session on the PostgreSQL protocol that keeps every frame of an answer as it came, and the few messages it sends. Shares no
 * codec with the gateway on purpose. Source: PostgreSQL, Message Formats.
 */
import { connect, type Socket } from 'node:net'
import { FrameReader, type BackendFrame } from '../../packages/testkit/src/pg-client-frames.ts'

export interface WireTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly parameters?: Readonly<Record<string, string>>
}

/** `ready`: as many ReadyForQuery as were asked for; `closed`: the peer hung up; `late`: nothing more within the time given. */
export interface Answer { readonly frames: readonly BackendFrame[]; readonly end: 'ready' | 'closed' | 'late' }

const int16 = (value: number): Buffer => { const bytes = Buffer.alloc(2); bytes.writeUInt16BE(value & 0xffff); return bytes }
const int32 = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeInt32BE(value | 0); return bytes }
const cstring = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf8')

export function frame(tag: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(tag, 'latin1'), int32(body.length + 4), body])
}

export interface BindMessage { readonly portal?: string; readonly statement?: string; readonly parameters: readonly (string | null)[]; readonly resultFormats: readonly number[] }

/** What a client sends. */
export const message = {
  query: (sql: string): Buffer => frame('Q', cstring(sql)),
  parse: (name: string, sql: string): Buffer => frame('P', cstring(name), cstring(sql), int16(0)),
  bind: ({ portal = '', statement = '', parameters, resultFormats }: BindMessage): Buffer => frame(
    'B', cstring(portal), cstring(statement), int16(0), int16(parameters.length),
    ...parameters.flatMap((value) => { if (value === null) return [int32(-1)]; const bytes = Buffer.from(value, 'utf8'); return [int32(bytes.length), bytes] }),
    int16(resultFormats.length), ...resultFormats.map(int16),
  ),
  describe: (kind: 'S' | 'P', name: string): Buffer => frame('D', Buffer.from(kind), cstring(name)),
  execute: (portal: string, maxRows: number): Buffer => frame('E', cstring(portal), int32(maxRows)),
  close: (kind: 'S' | 'P', name: string): Buffer => frame('C', Buffer.from(kind), cstring(name)),
  sync: (): Buffer => frame('S'),
  copyData: (text: string): Buffer => frame('d', Buffer.from(text, 'utf8')),
  copyDone: (): Buffer => frame('c'),
}

export class WireSession {
  readonly #socket: Socket
  readonly #reader = new FrameReader()
  #frames: BackendFrame[] = []
  #readies = 0
  #closed = false
  #wake: (() => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      for (const got of this.#reader.push(chunk)) {
        this.#frames.push(got)
        if (got.tag === 'Z') this.#readies += 1
      }
      this.#wake?.()
    })
    const over = (): void => { this.#closed = true; this.#wake?.() }
    socket.on('error', over)
    socket.on('close', over)
  }

  /** Logs in with the password in clear, which is what the gateway asks for on loopback, or by SCRAM. */
  static async open(target: WireTarget, login: (session: WireSession, target: WireTarget) => Promise<void>): Promise<WireSession> {
    const socket = connect({ host: target.host, port: target.port, noDelay: true })
    await new Promise<void>((resolve, reject) => { socket.once('connect', () => { resolve() }); socket.once('error', reject) })
    const session = new WireSession(socket)
    const parameters = { user: target.user, database: target.database, application_name: 'twoworlds', client_encoding: 'UTF8', ...target.parameters }
    const body = Buffer.concat([int32(196_608), ...Object.entries(parameters).flatMap(([name, value]) => [cstring(name), cstring(value)]), Buffer.from([0])])
    session.send(Buffer.concat([int32(body.length + 4), body]))
    await login(session, target)
    return session
  }

  get isOpen(): boolean { return !this.#closed }

  send(bytes: Buffer): void { if (!this.#closed) this.#socket.write(bytes) }

  /** Sends and waits for `readies` ReadyForQuery. @param copy Sent when the peer asks for COPY data. */
  async exchange(bytes: Buffer, readies: number, waitMs: number, copy?: Buffer): Promise<Answer> {
    let asked = false
    this.send(bytes)
    const end = await this.#until(() => {
      if (!asked && copy !== undefined && this.#frames.some(({ tag }) => tag === 'G')) { asked = true; this.send(copy) }
      return this.#readies >= readies
    }, waitMs)
    const { frames } = this.#take()
    return { frames, end }
  }

  /** Waits for the first frame with one of these tags, and takes all that came. */
  async await(tags: string, waitMs: number): Promise<readonly BackendFrame[]> {
    await this.#until(() => this.#frames.some(({ tag }) => tags.includes(tag)), waitMs)
    return this.#take().frames
  }

  /** What arrives between two exchanges belongs to the next one. */
  #take(): { readonly frames: readonly BackendFrame[] } {
    const frames = this.#frames
    this.#frames = []
    this.#readies = 0
    return { frames }
  }

  close(): void {
    if (!this.#closed) this.#socket.end(frame('X'))
    this.#socket.destroySoon()
  }

  #until(done: () => boolean, waitMs: number): Promise<'ready' | 'closed' | 'late'> {
    return new Promise((resolve) => {
      const finish = (end: 'ready' | 'closed' | 'late'): void => { clearTimeout(timer); this.#wake = undefined; resolve(end) }
      const timer = setTimeout(() => { finish('late') }, waitMs)
      this.#wake = () => { if (done()) finish('ready'); else if (this.#closed) finish('closed') }
      this.#wake()
    })
  }
}
