/**
 * A small PostgreSQL client for the demo and for tests: start-up, TLS on request, SCRAM, simple queries, COPY in and out,
 * errors and notices as the server sent them. One statement at a time; no prepared statements, no types: every value is text.
 * Never part of the gateway. Source: PostgreSQL, Frontend/Backend Protocol.
 */
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Sensitive } from '@doorward/core'
import { decodeFields, encodeFrame, encodeStartup, FieldReader, toCString, type BackendFrame } from './pg-client-frames.ts'
import { startScram } from './pg-client-scram.ts'
import { Inbox, openSocket } from './pg-client-socket.ts'
import { TestkitFault } from './testkit-fault.ts'

export interface PgTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: Sensitive<string>
  readonly database: string
  /** Further start-up parameters: `options`, `application_name`, ... */
  readonly parameters?: Readonly<Record<string, string>>
  /** TLS after SSLRequest, verified against these certificates (PEM). Absent: plaintext. */
  readonly tls?: { readonly ca: string; readonly servername?: string }
  /** Whoever aborts it ends the connection, at start-up and later: what waits then fails with `pg-closed`. */
  readonly signal?: AbortSignal
}

export interface PgColumn { readonly name: string; readonly typeOid: number }

/** What one statement of a simple query answered. `null` is SQL NULL. */
export interface PgResult {
  readonly columns: readonly PgColumn[]
  readonly rows: readonly (readonly (string | null)[])[]
  /** CommandComplete: `SELECT 5`, `COPY 1000`; empty for an empty statement. */
  readonly tag: string
  /** What COPY ... TO STDOUT sent, joined. */
  readonly copied: Buffer
}

/** An ErrorResponse or NoticeResponse, as it came. */
export interface PgMessage {
  readonly severity: string
  readonly sqlstate: string
  readonly message: string
  readonly detail: string | undefined
  readonly hint: string | undefined
  readonly position: string | undefined
}

/** The server answered with an error. The connection lives on unless it was FATAL. */
export class PgRefused extends TestkitFault {
  readonly answer: PgMessage
  constructor(answer: PgMessage) {
    super('pg-refused', `${answer.sqlstate}: ${answer.message}`)
    this.answer = answer
  }
}

export interface PgClient {
  /** Runs the text of one simple Query message. @throws {PgRefused} the first error. */
  query(sql: string): Promise<readonly PgResult[]>
  /** Runs `COPY ... FROM STDIN` and sends the chunks. */
  copyIn(sql: string, chunks: Iterable<string>): Promise<PgResult>
  /** Everything NoticeResponse brought so far. */
  readonly notices: readonly PgMessage[]
  /** ParameterStatus, newest value of each. */
  readonly parameters: ReadonlyMap<string, string>
  readonly processId: number
  /** Says Terminate and waits until the socket is closed. */
  close(): Promise<void>
}

/** @throws {PgRefused} the server refused the start-up. @throws {TestkitFault} `pg-closed`, `pg-protocol` */
export async function connectPg(target: PgTarget): Promise<PgClient> {
  const socket = await openSocket(target)
  const inbox = new Inbox(socket)
  const parameters = new Map<string, string>()
  const notices: PgMessage[] = []

  /** The next frame that is not a note aside. */
  const next = async (): Promise<BackendFrame> => {
    for (;;) {
      const frame = await inbox.next()
      if (frame.tag === 'N') notices.push(toMessage(frame.body))
      else if (frame.tag === 'S') { const read = new FieldReader(frame.body); parameters.set(read.text(), read.text()) }
      else if (frame.tag !== 'A') return frame
    }
  }

  try {
    socket.write(encodeStartup(new Map([['user', target.user], ['database', target.database], ['client_encoding', 'UTF8'], ...Object.entries(target.parameters ?? {})])))
    await authenticate(socket, next, target.password)
    const processId = await awaitReady(next)
    return {
      query: async (sql) => { socket.write(encodeFrame('Q', toCString(sql))); return collect(next, socket, undefined) },
      copyIn: async (sql, chunks) => {
        socket.write(encodeFrame('Q', toCString(sql)))
        const results = await collect(next, socket, chunks)
        const last = results.at(-1)
        if (last === undefined) throw new TestkitFault('pg-protocol', 'COPY answered nothing')
        return last
      },
      notices, parameters, processId,
      close: async () => { await inbox.close() },
    }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function authenticate(socket: Socket, next: () => Promise<BackendFrame>, password: Sensitive<string>): Promise<void> {
  const scram = startScram(password, randomBytes(18).toString('base64'))
  for (;;) {
    const frame = await next()
    if (frame.tag === 'E') throw new PgRefused(toMessage(frame.body))
    if (frame.tag !== 'R') throw new TestkitFault('pg-protocol', `expected Authentication, found ${frame.tag}`)
    const read = new FieldReader(frame.body)
    const kind = read.int32()
    const rest = (): string => read.bytes(read.left).toString('utf8')
    if (kind === 0) return
    else if (kind === 3) socket.write(encodeFrame('p', toCString(password.reveal())))
    else if (kind === 10) {
      const first = Buffer.from(scram.first)
      const length = Buffer.alloc(4)
      length.writeInt32BE(first.length)
      socket.write(encodeFrame('p', Buffer.concat([toCString('SCRAM-SHA-256'), length, first])))
    } else if (kind === 11) socket.write(encodeFrame('p', Buffer.from(scram.answer(rest()))))
    else if (kind === 12) scram.finish(rest())
    else throw new TestkitFault('pg-protocol', `authentication kind ${kind} is not spoken here`)
  }
}

/** Reads up to the first ReadyForQuery. @returns the backend's process id. */
async function awaitReady(next: () => Promise<BackendFrame>): Promise<number> {
  let processId = 0
  for (;;) {
    const frame = await next()
    if (frame.tag === 'E') throw new PgRefused(toMessage(frame.body))
    if (frame.tag === 'K') processId = new FieldReader(frame.body).int32()
    if (frame.tag === 'Z') return processId
  }
}

/** Reads one simple query's answers up to ReadyForQuery. */
async function collect(next: () => Promise<BackendFrame>, socket: Socket, chunks: Iterable<string> | undefined): Promise<readonly PgResult[]> {
  const results: PgResult[] = []
  let columns: PgColumn[] = []
  let rows: (string | null)[][] = []
  let copied: Buffer[] = []
  let refused: PgRefused | undefined
  const finish = (tag: string): void => {
    results.push({ columns, rows, tag, copied: Buffer.concat(copied) })
    columns = []; rows = []; copied = []
  }
  for (;;) {
    const frame = await next().catch((error: unknown) => {
      // A session that is ended says why first, and then closes.
      throw refused ?? error
    })
    switch (frame.tag) {
      case 'T': columns = decodeColumns(frame.body); break
      case 'D': rows.push(decodeRow(frame.body)); break
      case 'C': finish(new FieldReader(frame.body).text()); break
      case 'I': finish(''); break
      case 'E': refused ??= new PgRefused(toMessage(frame.body)); break
      case 'G': sendCopy(socket, chunks); break
      case 'H': case 'c': break
      case 'd': copied.push(Buffer.from(frame.body)); break
      case 'Z': if (refused !== undefined) throw refused; return results
      default: throw new TestkitFault('pg-protocol', `unexpected message ${frame.tag}`)
    }
  }
}

function sendCopy(socket: Socket, chunks: Iterable<string> | undefined): void {
  if (chunks === undefined) {
    socket.write(encodeFrame('f', toCString('no data was given')))
    return
  }
  for (const chunk of chunks) socket.write(encodeFrame('d', Buffer.from(chunk, 'utf8')))
  socket.write(encodeFrame('c', Buffer.alloc(0)))
}

function decodeColumns(body: Buffer): PgColumn[] {
  const read = new FieldReader(body)
  return Array.from({ length: read.int16() }, () => {
    const name = read.text()
    read.bytes(6) // table, attribute
    const typeOid = read.uint32()
    read.bytes(8) // size, modifier, format
    return { name, typeOid }
  })
}

function decodeRow(body: Buffer): (string | null)[] {
  const read = new FieldReader(body)
  return Array.from({ length: read.int16() }, () => {
    const length = read.int32()
    return length < 0 ? null : read.bytes(length).toString('utf8')
  })
}

function toMessage(body: Buffer): PgMessage {
  const fields = decodeFields(body)
  return {
    severity: fields.get('V') ?? fields.get('S') ?? '', sqlstate: fields.get('C') ?? '', message: fields.get('M') ?? '',
    detail: fields.get('D'), hint: fields.get('H'), position: fields.get('P'),
  }
}
