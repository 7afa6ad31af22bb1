/** The frontend's side of one connection, message by message, and what it got, one line each. A piece of the tests. */
import type { Duplex } from 'node:stream'
import { until, type ScriptedSocket } from '@doorward/testkit'
import { decodeBackend } from '../../backend.ts'
import type { BackendMessage } from '../../backend-message.ts'
import { FrameReader } from '../../frame.ts'
import { encodeFrontend } from '../../frontend-encode.ts'
import type { FormatCode, FrontendMessage } from '../../frontend.ts'
import { upstreamFrameLimit } from '../../limits.ts'

export class ScriptedClient<Stream extends Duplex = ScriptedSocket> {
  readonly socket: Stream
  readonly messages: BackendMessage[] = []
  readonly #chunks: Buffer[] = []
  readonly #reader = new FrameReader(upstreamFrameLimit())
  #ended: 'no' | 'yes' = 'no'

  constructor(socket: Stream) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#reader.push(chunk)
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) this.messages.push(decodeBackend(frame))
    })
    socket.on('close', () => { this.#ended = 'yes' })
    socket.on('end', () => { this.#ended = 'yes' })
  }

  get bytes(): Buffer { return Buffer.concat(this.#chunks) }
  get hasEnded(): boolean { return this.#ended === 'yes' }
  /** What came, one line for each message. */
  get lines(): readonly string[] { return this.messages.map(toLine) }

  send(...messages: readonly FrontendMessage[]): this {
    this.socket.write(Buffer.concat(messages.map((message) => encodeFrontend(message))))
    return this
  }

  sendBytes(bytes: Buffer): this { this.socket.write(bytes); return this }

  query(sql: string): this { return this.send(query(sql)) }

  /** Waits for the next ReadyForQuery. @returns the lines since the last call. */
  async ready(): Promise<readonly string[]> { return this.take('ReadyForQuery', (lines) => lines.at(-1)?.startsWith('Z ') === true) }

  /** Waits for a number of ReadyForQuery. */
  async readies(count: number): Promise<readonly string[]> {
    return this.take(`${count} times ReadyForQuery`, (lines) => lines.filter((line) => line.startsWith('Z ')).length >= count)
  }

  /** Waits until the gateway has closed the connection. */
  async closed(): Promise<readonly string[]> { return this.take('the end of the connection', () => this.hasEnded) }

  #taken = 0
  /** Waits until the lines since the last call are enough. */
  async take(what: string, isEnough: (lines: readonly string[]) => boolean): Promise<readonly string[]> {
    const fresh = (): readonly string[] => this.lines.slice(this.#taken)
    try {
      await until(what, () => isEnough(fresh()))
    } catch (error) {
      throw new Error(`${what} did not come; so far: ${JSON.stringify(fresh())}`, { cause: error })
    }
    const lines = fresh()
    this.#taken += lines.length
    return lines
  }
}

export const query = (sql: string): FrontendMessage => ({ kind: 'query', sql: Buffer.from(sql) })
export const parse = (statement: string, sql: string): FrontendMessage => ({ kind: 'parse', statement, sql: Buffer.from(sql), parameterTypes: [] })
export const bind = (portal: string, statement: string, parameters: readonly string[] = [], resultFormats: readonly FormatCode[] = []): FrontendMessage => ({
  kind: 'bind', portal, statement, parameterFormats: [], parameters: parameters.map((parameter) => Buffer.from(parameter)), resultFormats,
})
export const execute = (portal: string, maxRows = 0): FrontendMessage => ({ kind: 'execute', portal, maxRows })
export const describeStatement = (name: string): FrontendMessage => ({ kind: 'describe', target: 'statement', name })
export const describePortal = (name: string): FrontendMessage => ({ kind: 'describe', target: 'portal', name })
export const closeStatement = (name: string): FrontendMessage => ({ kind: 'close', target: 'statement', name })
export const closePortal = (name: string): FrontendMessage => ({ kind: 'close', target: 'portal', name })
export const copyData = (text: string): FrontendMessage => ({ kind: 'copyData', data: Buffer.from(text) })
export const copyFail = (message: string): FrontendMessage => ({ kind: 'copyFail', message })
export const SYNC: FrontendMessage = { kind: 'sync' }
export const FLUSH: FrontendMessage = { kind: 'flush' }
export const COPY_DONE: FrontendMessage = { kind: 'copyDone' }
export const TERMINATE: FrontendMessage = { kind: 'terminate' }
/** Parse, Bind, Execute of the unnamed statement and portal. */
export const run = (sql: string): readonly FrontendMessage[] => [parse('', sql), bind('', ''), execute('')]

function toLine(message: BackendMessage): string {
  switch (message.kind) {
    case 'parseComplete': return '1'
    case 'bindComplete': return '2'
    case 'closeComplete': return '3'
    case 'noData': return 'n'
    case 'portalSuspended': return 's'
    case 'emptyQueryResponse': return 'I'
    case 'copyDone': return 'c'
    case 'parameterDescription': return `t ${message.types.length}`
    case 'rowDescription': return `T ${message.fields.map((field) => field.name).join(',')}`
    case 'dataRow': return `D ${message.cells.map((cell) => cell?.toString('utf8') ?? 'NULL').join('|')}`
    case 'commandComplete': return `C ${message.tag}`
    case 'readyForQuery': return `Z ${message.status}`
    case 'errorResponse': return `E ${message.fields.get('V') === 'ERROR' ? '' : `${message.fields.get('V') ?? ''} `}${message.fields.get('C') ?? ''} ${message.fields.get('M') ?? ''}`
    case 'noticeResponse': return `N ${message.fields.get('M') ?? ''}`
    case 'copyInResponse': return 'G'
    case 'copyOutResponse': return 'H'
    case 'copyData': return `d ${message.data.toString('utf8')}`
    case 'parameterStatus': return `S ${message.name}=${message.value}`
    case 'notificationResponse': return `A ${message.channel} ${message.payload}`
    default: return message.kind
  }
}
