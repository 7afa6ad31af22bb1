/**
 * The backend's side of one connection, played from a script: what each text answers is the test's to say; names, portals, transactions,
 * savepoints, error recovery and when output is flushed follow PostgreSQL, so that a session that loses its place is found out.
 * A piece of the tests, not a server: it knows a dozen verbs and takes every other text from its script.
 */
import type { ScriptedSocket } from '@doorward/testkit'
import { encodeBackend, encodeDataRow } from '../../backend-encode.ts'
import type { BackendMessage, Field } from '../../backend-message.ts'
import { nextFrame } from '../../frame-source.ts'
import { FrameReader, type Frame } from '../../frame.ts'
import { decodeFrontend, type FrontendMessage } from '../../frontend.ts'
import { clientFrameLimit } from '../../limits.ts'
import { WireFault } from '../../wire-fault.ts'

export interface SqlError { readonly state: string; readonly message: string; readonly detail?: string }

/** What one text answers. Nothing said: `SELECT 0` without rows. */
export interface Reply {
  readonly fields?: readonly Field[]
  readonly rows?: readonly (readonly (string | null)[])[]
  /** Default: `SELECT` and the number of rows. */
  readonly tag?: string
  readonly notices?: readonly string[]
  /** After the rows, in place of the tag. */
  readonly error?: SqlError
  readonly parseError?: SqlError
  readonly bindError?: SqlError
  /** COPY data that it sends. */
  readonly copyOut?: readonly string[]
  /** Takes COPY data; `failAt`: the n-th CopyData is an error. */
  readonly copyIn?: { readonly failAt?: number }
  /** Its answer waits for this; a cancel ends it with 57014. */
  readonly gate?: Promise<unknown>
  /** After the rows: says nothing more, or is gone. */
  readonly then?: 'silence' | 'vanish'
  /** Bytes in place of everything. */
  readonly raw?: Buffer
}

/** Replies by text, or by `path:text` where the answer depends on the search path. */
export type Script = ReadonlyMap<string, Reply>

interface Portal { readonly text: string; readonly path: string; readonly reply: Reply; sent: number }
interface Snapshot { readonly path: string; readonly trees: 'on' | 'off'; readonly portals: readonly string[] }

const REPLY_NONE: Reply = {}
/** A backend's own output buffer: PostgreSQL, pqcomm.c, PQ_SEND_BUFFER_SIZE. */
const SEND_BUFFER_BYTES = 8_192

export class ScriptedServer {
  readonly #socket: ScriptedSocket
  readonly #script: Map<string, Reply>
  readonly #reader = new FrameReader(clientFrameLimit(64 * 1024 * 1024))
  readonly #statements = new Map<string, string>()
  readonly #portals = new Map<string, Portal>()
  #savepoints: { readonly name: string; readonly at: Snapshot }[] = []
  #begun: Snapshot | undefined
  #skip: 'no' | 'to-sync' = 'no'
  #out: Buffer[] = []
  #cancelled = Promise.withResolvers<void>()
  status: 'I' | 'T' | 'E' = 'I'
  path = 'public'
  /** What SET LOCAL has put aside until the transaction ends. */
  #pathBefore: string | undefined
  trees: 'on' | 'off' = 'off'
  temporary: 'none' | 'owned' = 'none'
  /** Every message that came, one line each: `Q select 1`, `P s select 1`, `B p s`, `E p 0`, `S`. */
  readonly got: string[] = []
  /** What ran, as `path:text`, once for each Execute or Query. */
  readonly ran: string[] = []
  readonly gotBytes: Buffer[] = []
  /** Called with each message before it is answered. */
  onMessage: (line: string) => void = () => undefined
  /** Called with each text as it begins to run, as in `ran`. */
  onRun: (text: string) => void = () => undefined

  constructor(socket: ScriptedSocket, script: Script) {
    this.#socket = socket
    this.#script = new Map(script)
  }

  set(text: string, reply: Reply): void { this.#script.set(text, reply) }

  /** A CancelRequest has come. */
  cancel(): void { this.#cancelled.resolve() }

  /** Says something unasked: a notice, a ParameterStatus, a shutdown. */
  say(...messages: readonly BackendMessage[]): void {
    this.#socket.write(Buffer.concat(messages.map((message) => encodeBackend(message))))
  }

  sayBytes(bytes: Buffer): void { this.#socket.write(bytes) }

  vanish(): void { this.#socket.vanish() }

  /** Closes in good order once everything is out. */
  endSoon(): void { this.#socket.end() }

  get sentBytes(): number { return this.#socket.writtenBytes.length }

  get isGone(): boolean { return this.#socket.destroyed || this.#socket.readableEnded }

  /** Takes nothing that is written to it, as behind a full window. */
  stall(): void { this.#socket.stall() }

  unstall(): void { this.#socket.unstall() }

  /** Until the peer is gone. */
  async run(): Promise<void> {
    const never = new AbortController().signal
    try {
      for (;;) {
        const frame = await nextFrame(this.#socket, this.#reader, never)
        this.gotBytes.push(Buffer.from(frame.whole))
        const message = decodeFrontend(frame)
        const line = describe(message)
        this.got.push(line)
        this.onMessage(line)
        if (message.kind === 'terminate') { this.#socket.destroy(); return }
        await this.#answer(message)
        if (this.#out.reduce((sum, bytes) => sum + bytes.length, 0) > SEND_BUFFER_BYTES) this.#flush()
      }
    } catch (error) {
      if (!(error instanceof WireFault)) throw error
    }
  }

  async #answer(message: FrontendMessage): Promise<void> {
    if (message.kind === 'sync') { this.#skip = 'no'; this.#endImplicit(); this.#ready(); return }
    if (this.#skip === 'to-sync') return
    switch (message.kind) {
      case 'query': return this.#query(message.sql.toString('utf8'))
      case 'parse': return this.#extended(() => this.#parse(message.statement, bare(message.sql.toString('utf8'))))
      case 'bind': return this.#extended(() => this.#bind(message.portal, message.statement))
      case 'describe': return this.#extended(() => this.#describe(message.target, message.name))
      case 'execute': return this.#extended(() => this.#execute(message.portal, message.maxRows))
      case 'close': return this.#extended(() => {
        if (message.target === 'statement') this.#statements.delete(message.name)
        else this.#portals.delete(message.name)
        this.#send({ kind: 'closeComplete' })
      })
      case 'flush': this.#flush(); return
      case 'copyData': case 'copyDone': case 'copyFail': return
      default: throw new Error(`the scripted server does not serve ${message.kind}`)
    }
  }

  async #query(sql: string): Promise<void> {
    this.#statements.delete('')
    this.#portals.delete('')
    this.#startImplicit()
    try {
      const texts = sql.split(';').map(bare).filter((text) => text !== '')
      if (texts.length === 0) this.#send({ kind: 'emptyQueryResponse' })
      for (const text of texts) await this.#run(this.#open(text), 0, 'described')
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.#fail(error.error)
    }
    this.#endImplicit()
    this.#ready()
  }

  async #extended(work: () => void | Promise<void>): Promise<void> {
    this.#startImplicit()
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.#fail(error.error)
      this.#skip = 'to-sync'
    }
  }

  #parse(name: string, text: string): void {
    this.#refuseWhereAborted(text)
    const { parseError } = this.#reply(text)
    if (parseError !== undefined) throw new Refused(parseError)
    if (name !== '' && this.#statements.has(name)) throw new Refused({ state: '42P05', message: `prepared statement "${name}" already exists` })
    if (this.trees === 'on') this.#send({ kind: 'noticeResponse', fields: new Map([['S', 'LOG'], ['V', 'LOG'], ['C', '00000'], ['M', 'rewritten parse tree:'], ['D', `(${this.path}:${text})`], ['R', 'elog_node_display']]) })
    this.#statements.set(name, text)
    this.#send({ kind: 'parseComplete' })
  }

  #bind(portal: string, statement: string): void {
    const text = this.#statements.get(statement)
    if (text === undefined) throw new Refused({ state: '26000', message: `prepared statement "${statement}" does not exist` })
    this.#refuseWhereAborted(text)
    const { bindError } = this.#reply(text)
    if (bindError !== undefined) throw new Refused(bindError)
    if (portal !== '' && this.#portals.has(portal)) throw new Refused({ state: '42P03', message: `cursor "${portal}" already exists` })
    this.#portals.set(portal, this.#open(text))
    this.#send({ kind: 'bindComplete' })
  }

  #describe(target: 'statement' | 'portal', name: string): void {
    const text = target === 'statement' ? this.#statements.get(name) : this.#portals.get(name)?.text
    if (text === undefined) throw new Refused({ state: target === 'statement' ? '26000' : '34000', message: `${target} "${name}" does not exist` })
    if (target === 'statement') this.#send({ kind: 'parameterDescription', types: [] })
    const portal = this.#portals.get(name)
    const fields = fieldsOf(portal !== undefined && target === 'portal' ? portal.reply : this.#replyOf(text))
    if (fields !== undefined) this.#refuseWhereAborted(text)
    this.#send(fields === undefined ? { kind: 'noData' } : { kind: 'rowDescription', fields })
  }

  async #execute(name: string, maxRows: number): Promise<void> {
    const portal = this.#portals.get(name)
    if (portal === undefined) throw new Refused({ state: '34000', message: `portal "${name}" does not exist` })
    await this.#run(portal, maxRows, 'not described')
  }

  #open(text: string): Portal { return { text, path: this.path, reply: this.#replyOf(text), sent: 0 } }

  /** FETCH and EXECUTE answer what they name. */
  #replyOf(text: string): Reply {
    const [, verb, name] = /^(fetch|execute) (\w+)$/.exec(text) ?? []
    if (verb === 'fetch') return this.#portals.get(name ?? '')?.reply ?? REPLY_NONE
    if (verb === 'execute') return this.#reply(this.#statements.get(name ?? '') ?? '')
    return this.#reply(text)
  }

  /** PostgreSQL, postgres.c: Parse, Bind, Describe of what returns rows, and Execute are refused alike. */
  #refuseWhereAborted(text: string): void {
    if (this.status === 'E' && !/^(rollback|commit)( to \w+)?$/.test(text)) throw new Refused({ state: '25P02', message: 'current transaction is aborted, commands ignored until end of transaction block' })
  }

  async #run(portal: Portal, maxRows: number, description: 'described' | 'not described'): Promise<void> {
    const { text, reply } = portal
    this.#refuseWhereAborted(text)
    if (text.startsWith('select pg_catalog.')) { this.#own(text); return }
    this.ran.push(`${portal.path}:${text}`)
    this.onRun(`${portal.path}:${text}`)
    if (reply.raw !== undefined) { this.#out.push(reply.raw); this.#flush(); return }
    if (reply.parseError !== undefined) throw new Refused(reply.parseError)
    const fields = fieldsOf(reply)
    if (description === 'described' && fields !== undefined) this.#send({ kind: 'rowDescription', fields })
    for (const notice of reply.notices ?? []) this.#send({ kind: 'noticeResponse', fields: new Map([['S', 'NOTICE'], ['V', 'NOTICE'], ['C', '00000'], ['M', notice]]) })
    if (reply.gate !== undefined) await this.#wait(reply.gate)
    if (reply.copyIn !== undefined) await this.#copyIn(reply.copyIn.failAt)
    if (reply.copyOut !== undefined) this.#copyOut(reply.copyOut)
    const rows = (reply.rows ?? []).slice(portal.sent, maxRows > 0 ? portal.sent + maxRows : undefined)
    for (const row of rows) {
      this.#out.push(encodeDataRow(row.map((cell) => (cell === null ? null : Buffer.from(cell)))))
      if (this.#out.length > 100) await this.#flushAndWait()
    }
    portal.sent += rows.length
    if (reply.then === 'silence') { this.#flush(); await this.#wait(new Promise<void>(() => undefined)) }
    if (reply.then === 'vanish') { await this.#flushAndWait(); this.vanish(); return }
    if (reply.error !== undefined) throw new Refused(reply.error)
    if (maxRows > 0 && rows.length === maxRows) { this.#send({ kind: 'portalSuspended' }); return }
    const tag = this.#verb(text) ?? reply.tag ?? `SELECT ${rows.length}`
    this.#send(text === '' ? { kind: 'emptyQueryResponse' } : { kind: 'commandComplete', tag })
  }

  /** @returns the tag of a verb of ours. */
  #verb(text: string): string | undefined {
    const [verb = '', first = '', , , ...rest] = text.split(' ')
    switch (verb) {
      case 'begin': this.status = 'T'; return 'BEGIN'
      case 'commit': return this.#end(this.status === 'E' ? 'ROLLBACK' : 'COMMIT')
      case 'rollback': return first === 'to' ? this.#rollbackTo(text.split(' ')[2] ?? '') : this.#end('ROLLBACK')
      case 'savepoint': this.#savepoints.push({ name: first, at: this.#snapshot() }); return 'SAVEPOINT'
      case 'declare':
        if (this.#portals.has(first)) throw new Refused({ state: '42P03', message: `cursor "${first}" already exists` })
        this.#portals.set(first, this.#open(rest.join(' ')))
        return 'DECLARE CURSOR'
      case 'fetch':
        if (!this.#portals.has(first)) throw new Refused({ state: '34000', message: `cursor "${first}" does not exist` })
        return undefined
      case 'close':
        if (first === 'all') this.#portals.clear()
        else this.#portals.delete(first)
        return 'CLOSE CURSOR'
      case 'prepare':
        if (this.#statements.has(first)) throw new Refused({ state: '42P05', message: `prepared statement "${first}" already exists` })
        this.#statements.set(first, text.split(' ').slice(3).join(' '))
        return 'PREPARE'
      case 'execute':
        if (!this.#statements.has(first)) throw new Refused({ state: '26000', message: `prepared statement "${first}" does not exist` })
        return undefined
      case 'deallocate':
        if (first === 'all') this.#statements.clear()
        else if (!this.#statements.delete(first)) throw new Refused({ state: '26000', message: `prepared statement "${first}" does not exist` })
        return 'DEALLOCATE'
      case 'setpath': this.path = first; return 'SET'
      case 'setlocal': this.#pathBefore ??= this.path; this.path = first; return 'SET'
      case 'temporary': this.temporary = 'owned'; return 'CREATE TABLE'
      default: return undefined
    }
  }

  #own(text: string): void {
    if (text.includes('current_schemas')) {
      const schemas = [...(this.temporary === 'owned' ? ['pg_temp_3'] : []), 'pg_catalog', this.path]
      this.#out.push(encodeDataRow([Buffer.from(JSON.stringify(schemas)), Buffer.from('notice')]))
    } else {
      this.trees = text.includes('\'on\', false)') && text.includes('\'log\'') ? 'on' : 'off'
      this.#out.push(encodeDataRow([Buffer.from('x')]))
    }
    this.#send({ kind: 'commandComplete', tag: 'SELECT 1' })
  }

  async #copyIn(failAt: number | undefined): Promise<void> {
    this.#send({ kind: 'copyInResponse', format: 0, columnFormats: [0] })
    this.#flush()
    for (let count = 0; ;) {
      const frame = await this.#nextCopyFrame()
      const message = decodeFrontend(frame)
      this.got.push(describe(message))
      this.gotBytes.push(Buffer.from(frame.whole))
      if (message.kind === 'copyDone') return
      if (message.kind === 'copyFail') throw new Refused({ state: '57014', message: `COPY from stdin failed: ${message.message}` })
      if (message.kind === 'copyData') { count += 1; if (count === failAt) throw new Refused({ state: '22P04', message: 'bad copy data', detail: message.data.toString() }) }
      else if (message.kind !== 'sync' && message.kind !== 'flush') throw new Refused({ state: '08P01', message: 'unexpected message type during COPY from stdin' })
    }
  }

  async #nextCopyFrame(): Promise<Frame> {
    const stop = new AbortController()
    const cancelled = this.#cancelled.promise.then(() => { stop.abort() })
    try {
      return await nextFrame(this.#socket, this.#reader, stop.signal)
    } catch (error) {
      if (!(error instanceof WireFault) || error.code !== 'aborted') throw error
      await cancelled
      this.#cancelled = Promise.withResolvers<void>()
      throw new Refused({ state: '57014', message: 'canceling statement due to user request' })
    }
  }

  #copyOut(chunks: readonly string[]): void {
    this.#send({ kind: 'copyOutResponse', format: 0, columnFormats: [0] })
    for (const chunk of chunks) this.#send({ kind: 'copyData', data: Buffer.from(chunk) })
    this.#send({ kind: 'copyDone' })
  }

  async #wait(gate: Promise<unknown>): Promise<void> {
    this.#flush()
    const cancelled = this.#cancelled.promise.then(() => 'cancelled' as const)
    if (await Promise.race([gate, cancelled]) !== 'cancelled') return
    this.#cancelled = Promise.withResolvers<void>()
    throw new Refused({ state: '57014', message: 'canceling statement due to user request' })
  }

  #reply(text: string): Reply { return this.#script.get(`${this.path}:${text}`) ?? this.#script.get(text) ?? REPLY_NONE }

  #snapshot(): Snapshot { return { path: this.path, trees: this.trees, portals: [...this.#portals.keys()] } }

  #endLocal(): void {
    this.path = this.#pathBefore ?? this.path
    this.#pathBefore = undefined
  }

  #startImplicit(): void { if (this.#begun === undefined) this.#begun = this.#snapshot() }

  #endImplicit(): void {
    if (this.status !== 'I') return
    this.#endLocal()
    this.#begun = undefined
    this.#portals.clear()
  }

  #end(tag: 'COMMIT' | 'ROLLBACK'): string {
    this.#endLocal()
    if (tag === 'ROLLBACK') this.#restore(this.#begun)
    this.status = 'I'
    this.#savepoints = []
    this.#begun = this.#snapshot()
    this.#portals.clear()
    return tag
  }

  #rollbackTo(name: string): string {
    const at = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name)
    const savepoint = this.#savepoints[at]
    if (savepoint === undefined) throw new Refused({ state: '3B001', message: `savepoint "${name}" does not exist` })
    this.#savepoints = this.#savepoints.slice(0, at + 1)
    this.#restore(savepoint.at)
    for (const portal of this.#portals.keys()) if (!savepoint.at.portals.includes(portal)) this.#portals.delete(portal)
    this.status = 'T'
    return 'ROLLBACK'
  }

  #restore(snapshot: Snapshot | undefined): void {
    if (snapshot === undefined) return
    this.path = snapshot.path
    this.trees = snapshot.trees
  }

  #fail(error: SqlError): void {
    const fields = new Map([['S', 'ERROR'], ['V', 'ERROR'], ['C', error.state], ['M', error.message]])
    if (error.detail !== undefined) fields.set('D', error.detail)
    this.#send({ kind: 'errorResponse', fields })
    this.#flush() // PostgreSQL, elog.c, send_message_to_frontend: errors are not held back
    if (this.status === 'T') this.status = 'E'
    else if (this.status === 'I') { this.#restore(this.#begun); this.#begun = undefined; this.#portals.clear() }
  }

  #ready(): void {
    this.#send({ kind: 'readyForQuery', status: this.status })
    this.#flush()
  }

  #send(message: BackendMessage): void { this.#out.push(encodeBackend(message)) }

  #flush(): void { if (this.#out.length > 0 && !this.#socket.destroyed) this.#socket.write(Buffer.concat(this.#out.splice(0))) }

  async #flushAndWait(): Promise<void> {
    if (this.#out.length === 0 || this.#socket.destroyed) return
    if (this.#socket.write(Buffer.concat(this.#out.splice(0)))) return
    const taken = Promise.withResolvers<void>()
    const done = (): void => { taken.resolve() }
    this.#socket.once('drain', done).once('close', done)
    await taken.promise
    this.#socket.off('drain', done).off('close', done)
  }
}

class Refused extends Error {
  readonly error: SqlError
  constructor(error: SqlError) { super(error.message); this.error = error }
}

function bare(text: string): string { return text.replace(/;\s*$/, '').trim() }

function fieldsOf(reply: Reply): readonly Field[] | undefined { return reply.fields }

/** A column of text, by default one that is computed. */
export function textField(name: string, tableOid = 0, attribute = 0): Field {
  return { name, tableOid, attribute, typeOid: 25, typeSize: -1, typeModifier: -1, format: 0 }
}

function describe(message: FrontendMessage): string {
  switch (message.kind) {
    case 'query': return `Q ${message.sql.toString('utf8')}`
    case 'parse': return `P ${message.statement} ${message.sql.toString('utf8')}`
    case 'bind': return `B ${message.portal} ${message.statement}`
    case 'describe': return `D ${message.target} ${message.name}`
    case 'execute': return `E ${message.portal} ${message.maxRows}`
    case 'close': return `C ${message.target} ${message.name}`
    case 'sync': return 'S'
    case 'flush': return 'H'
    case 'terminate': return 'X'
    case 'copyData': return `d ${message.data.length}`
    case 'copyDone': return 'c'
    case 'copyFail': return 'f'
    default: return message.kind
  }
}
