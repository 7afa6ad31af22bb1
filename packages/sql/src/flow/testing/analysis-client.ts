/**
 * A bare PostgreSQL client for tests and recordings: start-up with SCRAM or trust, simple queries as text, and Parse + Describe + Sync
 * as the gateway's analysis connection sends them. Never part of the product. Source: PostgreSQL, Frontend/Backend Protocol.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { TextRow } from '../../catalog/queries.ts'
import type { Analysed, AnalysisError, FieldDescription } from '../../plan.ts'

interface Frame { readonly tag: string; readonly body: Buffer }

export class AnalysisClient {
  readonly #socket: Socket
  #rest: Buffer = Buffer.alloc(0)
  readonly #frames: Frame[] = []
  #wake: (() => void) | undefined
  #closed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => { this.#take(chunk) })
    const end = (): void => { this.#closed = true; this.#wake?.() }
    socket.on('close', end)
    socket.on('error', end)
  }

  /** @param url `postgres://user:password@host:port/database`. @throws when the server refuses. */
  static async connect(url: string, parameters: Readonly<Record<string, string>> = {}): Promise<AnalysisClient> {
    const target = new URL(url)
    const socket = connect({ host: target.hostname, port: Number(target.port || 5432) })
    await new Promise<void>((resolve, reject) => { socket.once('connect', () => { resolve() }); socket.once('error', reject) })
    const client = new AnalysisClient(socket)
    const settings = { user: decodeURIComponent(target.username), database: target.pathname.slice(1), client_encoding: 'UTF8', ...parameters }
    const body = Buffer.concat([Buffer.from([0, 3, 0, 0]), ...Object.entries(settings).flatMap(([key, value]) => [cstring(key), cstring(value)]), Buffer.from([0])])
    socket.write(Buffer.concat([int32(body.length + 4), body]))
    await client.#authenticate(decodeURIComponent(target.password))
    for (;;) if ((await client.#next()).tag === 'Z') return client
  }

  close(): void { this.#socket.end(frame('X', Buffer.alloc(0))) }

  /** Runs one text. @throws the first error, by its message. */
  async query(sql: string): Promise<readonly TextRow[]> {
    this.#socket.write(frame('Q', cstring(sql)))
    const rows: TextRow[] = []
    let failure: string | undefined
    for (;;) {
      const { tag, body } = await this.#next()
      if (tag === 'D') rows.push(rowOf(body))
      if (tag === 'E') failure ??= fieldsOf(body).get('M') ?? 'error'
      if (tag !== 'Z') continue
      if (failure !== undefined) throw new Error(failure)
      return rows
    }
  }

  /** Parse, Describe, Sync. The connection must have been opened with the settings that print trees. */
  async analyse(text: string, parameterTypes: readonly number[]): Promise<Analysed | AnalysisError> {
    const types = Buffer.concat([int16(parameterTypes.length), ...parameterTypes.map(int32)])
    this.#socket.write(Buffer.concat([frame('P', Buffer.concat([cstring(''), cstring(text), types])), frame('D', cstring('S')), frame('S', Buffer.alloc(0))]))
    const trees: string[] = []
    let fields: readonly FieldDescription[] | undefined
    let parameters: readonly number[] = []
    let failure: AnalysisError | undefined
    for (;;) {
      const { tag, body } = await this.#next()
      if (tag === 'Z') return failure ?? { kind: 'analysed', trees, parameterTypes: parameters, fields }
      if (tag === 'E') {
        const all = fieldsOf(body)
        failure ??= { kind: 'error', sqlState: all.get('C') ?? '', message: all.get('M') ?? '', fields: all }
      }
      if (tag === 'N' && fieldsOf(body).get('M') === 'rewritten parse tree:') trees.push(fieldsOf(body).get('D') ?? '')
      if (tag === 't') parameters = Array.from({ length: body.readInt16BE(0) }, (_, index) => body.readUInt32BE(2 + 4 * index))
      if (tag === 'T') fields = descriptionsOf(body)
    }
  }

  async #authenticate(password: string): Promise<void> {
    let scram: Scram | undefined
    for (;;) {
      const { tag, body } = await this.#next()
      if (tag === 'E') throw new Error(fieldsOf(body).get('M') ?? 'start-up refused')
      if (tag !== 'R') throw new Error(`start-up: unexpected message ${tag}`)
      const kind = body.readInt32BE(0)
      if (kind === 0) return
      if (kind === 10) { scram = new Scram(password); this.#socket.write(frame('p', scram.first())) }
      else if (kind === 11 && scram !== undefined) this.#socket.write(frame('p', scram.final(body.subarray(4).toString('utf8'))))
      else if (kind !== 12) throw new Error(`start-up: authentication ${kind} is not known`)
    }
  }

  async #next(): Promise<Frame> {
    for (;;) {
      const found = this.#frames.shift()
      if (found !== undefined) return found
      if (this.#closed) throw new Error('connection closed')
      await new Promise<void>(resolve => { this.#wake = resolve })
      this.#wake = undefined
    }
  }

  #take(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= 5) {
      const length = this.#rest.readInt32BE(1)
      if (this.#rest.length < length + 1) break
      this.#frames.push({ tag: String.fromCharCode(this.#rest[0] ?? 0), body: this.#rest.subarray(5, length + 1) })
      this.#rest = this.#rest.subarray(length + 1)
    }
    this.#wake?.()
  }
}

const cstring = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf8')
const int16 = (value: number): Buffer => { const buffer = Buffer.alloc(2); buffer.writeInt16BE(value); return buffer }
const int32 = (value: number): Buffer => { const buffer = Buffer.alloc(4); buffer.writeUInt32BE(value); return buffer }
const frame = (tag: string, body: Buffer): Buffer => Buffer.concat([Buffer.from(tag), int32(body.length + 4), body])

function fieldsOf(body: Buffer): ReadonlyMap<string, string> {
  return new Map(body.toString('utf8').split('\0').filter(part => part.length > 0).map(part => [part.slice(0, 1), part.slice(1)]))
}

function rowOf(body: Buffer): TextRow {
  const cells: (string | null)[] = []
  for (let index = 0, at = 2; index < body.readInt16BE(0); index += 1) {
    const length = body.readInt32BE(at)
    at += 4
    cells.push(length < 0 ? null : body.toString('utf8', at, at + length))
    at += Math.max(0, length)
  }
  return cells
}

function descriptionsOf(body: Buffer): readonly FieldDescription[] {
  const fields: FieldDescription[] = []
  for (let index = 0, at = 2; index < body.readInt16BE(0); index += 1) {
    const end = body.indexOf(0, at)
    const name = body.toString('utf8', at, end)
    at = end + 1
    fields.push({
      name, tableOid: body.readUInt32BE(at), attribute: body.readInt16BE(at + 4), typeOid: body.readUInt32BE(at + 6), typeSize: body.readInt16BE(at + 10),
      typeModifier: body.readInt32BE(at + 12),
    })
    at += 18
  }
  return fields
}

class Scram {
  readonly #password: string
  readonly #nonce = randomBytes(18).toString('base64')
  constructor(password: string) { this.#password = password }
  #bare(): string { return `n=,r=${this.#nonce}` }
  first(): Buffer {
    const initial = Buffer.from(`n,,${this.#bare()}`)
    return Buffer.concat([cstring('SCRAM-SHA-256'), int32(initial.length), initial])
  }
  final(server: string): Buffer {
    const fields = new Map(server.split(',').map(part => [part.slice(0, 1), part.slice(2)]))
    const salted = pbkdf2Sync(this.#password.normalize('NFKC'), Buffer.from(fields.get('s') ?? '', 'base64'), Number(fields.get('i')), 32, 'sha256')
    const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
    const clientKey = hmac(salted, 'Client Key')
    const bare = `c=biws,r=${fields.get('r') ?? ''}`
    const signature = hmac(createHash('sha256').update(clientKey).digest(), `${this.#bare()},${server},${bare}`)
    return Buffer.from(`${bare},p=${Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))).toString('base64')}`)
  }
}
