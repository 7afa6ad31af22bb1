/**
 * The extended query protocol. Parse, Bind and Describe are answered here, from the server's own analysis; a statement's Parse and Bind go
 * upstream with its first Execute, because a Bind already carries values and makes the server plan: nothing of either may happen before
 * the decision is recorded (P1). Source: PostgreSQL, Message Flow, Extended Query; Pipelining.
 */
import type { AnalysisError } from '@doorward/sql'
import { encodeBackend } from '../backend-encode.ts'
import type { FormatCode, Bind, Close, Describe, Execute, Parse } from '../frontend.ts'
import { encodeFrontend } from '../frontend-encode.ts'
import { forwardCopyUntilDone, type CopySource } from './copy-in.ts'
import { localAnswer } from './local-answer.ts'
import { encodePlainError, encodeRefusal, encodeRejected } from './refuse.ts'
import type { SessionContext } from './session-context.ts'
import type { Portal, PreparedStatement } from './session-names.ts'
import { StatementRun } from './statement-run.ts'

export async function handleParse(session: SessionContext, message: Parse, frame: Buffer): Promise<void> {
  const { names, limits } = session
  if (message.statement !== '' && names.statements.has(message.statement)) return fail(session, encodePlainError('42P05', `prepared statement "${message.statement}" already exists`))
  if (names.count >= limits.statementsPerConnection) {
    const refusal = await session.admission.refuse({ reason: 'limit', message: `more than ${limits.statementsPerConnection} prepared statements, portals and cursors on one connection`, next: 'close those that are no longer used' })
    return fail(session, encodeRefusal(refusal))
  }
  const cut = await session.understander.cut(message.sql)
  if (cut.kind === 'refused') {
    const refusal = await session.admission.refuse({ reason: 'opaque', message: cut.message, next: cut.next, note: cut.rule, ...(cut.identity === undefined ? {} : { identity: cut.identity }) })
    return fail(session, encodeRefusal(refusal))
  }
  if (cut.kind === 'error') {
    await session.admission.refuse({ reason: 'opaque', message: `the server does not take the text: SQLSTATE ${cut.error.sqlState}`, next: 'correct the text', identity: cut.identity })
    return reject(session, cut.error)
  }
  const [piece] = cut.pieces
  if (piece === undefined || cut.pieces.length > 1) return fail(session, encodePlainError('42601', 'cannot insert multiple commands into a prepared statement'))
  const batch = session.batch
  const understood = await session.understand(piece, message.parameterTypes)
  if (session.batchIsSkipped(batch)) return
  if (understood.kind === 'rejected') {
    await session.admission.refuse({ reason: 'opaque', message: `the server does not take the text: SQLSTATE ${understood.error.sqlState}`, next: 'correct the text', identity: understood.identity })
    return reject(session, understood.error)
  }
  if (understood.kind === 'refused') {
    const refusal = await session.admission.refuse({ reason: 'opaque', message: understood.message, next: understood.next, identity: understood.identity })
    return fail(session, encodeRefusal(refusal))
  }
  if (message.statement === '' ) names.statements.delete('')
  names.statements.set(message.statement, {
    name: message.statement, piece, parse: Buffer.from(frame), parameterTypes: message.parameterTypes, plan: understood.plan, upstream: 'absent',
  })
  reply(session, encodeBackend({ kind: 'parseComplete' }))
}

export function handleBind(session: SessionContext, message: Bind, frame: Buffer): void {
  const { names } = session
  const statement = names.statements.get(message.statement)
  if (statement === undefined) return fail(session, noStatement(message.statement))
  if (message.portal !== '' && names.portals.has(message.portal)) return fail(session, encodePlainError('42P03', `portal "${message.portal}" already exists`))
  const expected = statement.plan.parameterTypes.length
  if (message.parameters.length !== expected) return fail(session, encodePlainError('08P01', `bind message supplies ${message.parameters.length} parameters, but prepared statement "${statement.name}" requires ${expected}`))
  names.portals.set(message.portal, {
    name: message.portal, statement, bind: Buffer.from(frame), resultFormats: message.resultFormats, progress: { rows: 0, transform: undefined }, batch: session.batch.number, upstream: 'absent', grant: undefined,
  })
  reply(session, encodeBackend({ kind: 'bindComplete' }))
}

export function handleDescribe(session: SessionContext, message: Describe): void {
  const { names } = session
  if (message.target === 'statement') {
    const statement = names.statements.get(message.name)
    if (statement === undefined) return fail(session, noStatement(message.name))
    reply(session, encodeBackend({ kind: 'parameterDescription', types: statement.plan.parameterTypes }))
    return describe(session, statement, [])
  }
  const portal = names.portals.get(message.name)
  if (portal === undefined) return fail(session, noPortal(message.name))
  describe(session, portal.statement, portal.resultFormats)
}

function describe(session: SessionContext, statement: PreparedStatement, formats: readonly FormatCode[]): void {
  const { fields } = statement.plan
  if (fields === undefined) return reply(session, encodeBackend({ kind: 'noData' }))
  if (formats.length > 1 && formats.length !== fields.length) return fail(session, encodePlainError('08P01', `bind message has ${formats.length} result formats but query has ${fields.length} columns`))
  reply(session, encodeBackend({ kind: 'rowDescription', fields: fields.map((field, index) => ({ ...field, format: (formats.length > 1 ? formats[index] : formats[0]) ?? 0 })) }))
}

export async function handleExecute(session: SessionContext, message: Execute, copy: CopySource): Promise<void> {
  const { names, exchange, upstream } = session
  let portal = names.portals.get(message.portal)
  // A portal of an earlier batch is gone if its transaction ended: wait until the server has said so.
  if (portal !== undefined && portal.batch !== session.batch.number && !exchange.isIdle) { await session.drain(); await exchange.quiet(); portal = names.portals.get(message.portal) }
  if (portal === undefined) return fail(session, noPortal(message.portal))
  const { statement } = portal
  const batch = session.batch
  // Looked up again: schemas, temporary tables and definitions may have changed since Parse, and the server would notice too.
  const understood = await session.understand(statement.piece, statement.parameterTypes)
  if (session.batchIsSkipped(batch)) return
  if (understood.kind === 'rejected') return reject(session, understood.error)
  if (understood.kind === 'refused') {
    const refusal = await session.admission.refuse({ reason: 'opaque', message: understood.message, next: understood.next, identity: statement.piece.identity })
    return fail(session, encodeRefusal(refusal))
  }
  const { plan } = understood
  const permitted = await session.submit(plan, statement.piece, statement.parameterTypes, { bind: portal.bind, grant: portal.grant })
  if (permitted.kind === 'refusal') return fail(session, encodeRefusal(permitted))
  portal.grant = permitted.grant
  if (session.batchIsSkipped(batch)) {
    permitted.permit.spend()
    await session.admission.settle(permitted, { status: 'skipped', result: 'an earlier statement of the batch failed', rows: 0, bytes: 0, digest: undefined, maskedColumns: [] })
    return
  }
  if (plan.local !== undefined) {
    await localAnswer(session, plan, permitted, 'hidden')
    session.pump()
    return
  }
  const frames: Buffer[] = []
  const prologue: ('parse' | 'bind')[] = []
  const first = portal.upstream === 'absent'
  if (first && statement.upstream === 'absent') { frames.push(statement.parse); prologue.push('parse'); session.sending(statement) }
  if (first) {
    frames.push(portal.bind, encodeFrontend({ kind: 'describe', target: 'portal', name: portal.name }))
    prologue.push('bind')
    portal.upstream = 'open'
  }
  frames.push(encodeFrontend({ kind: 'execute', portal: portal.name, maxRows: message.maxRows }))
  const run = new StatementRun({
    plan, permitted, prologue, description: first ? 'checked' : 'none', progress: portal.progress, confirm: understood.confirm, confirmUnchanged: understood.confirmUnchanged,
    batch: batch.number, onParsed: () => { statement.upstream = 'present' },
  })
  const grant = upstream.forward(permitted.permit, frames)
  batch.sent = 'something'
  exchange.push({ kind: 'run', run })
  if (plan.copy?.direction === 'in') await forwardCopyUntilDone(session, run, grant, copy)
}

export function handleClose(session: SessionContext, message: Close): void {
  const { names, upstream, exchange } = session
  const known = message.target === 'statement' ? names.statements.get(message.name)?.upstream !== 'absent' : names.portals.get(message.name)?.upstream === 'open'
  const exists = message.target === 'statement' ? names.statements.delete(message.name) : names.portals.delete(message.name)
  if (message.target === 'statement') for (const [name, portal] of names.portals) if (portal.statement.name === message.name && portal.upstream === 'absent') names.portals.delete(name)
  // Closing what never reached the upstream is no error there either.
  if (!exists || !known) return reply(session, encodeBackend({ kind: 'closeComplete' }))
  upstream.closeTarget(message.target, message.name)
  session.batch.sent = 'something'
  exchange.push({ kind: 'close' })
}

export function handleFlush(session: SessionContext): void {
  if (session.exchange.awaitsAnswers) session.upstream.flush()
  session.pump()
}

export async function handleSync(session: SessionContext): Promise<void> {
  const { exchange, upstream, names } = session
  if (session.batch.sent === 'nothing' && exchange.isIdle) {
    exchange.push({ kind: 'local', bytes: encodeBackend({ kind: 'readyForQuery', status: exchange.status }) })
    // The implicit transaction of the batch ends here, and portals with it.
    if (exchange.status === 'I') names.portals.clear()
    session.pump()
  } else {
    upstream.sync()
    exchange.push({ kind: 'ready', visible: true })
  }
  session.startBatch()
}

function noStatement(name: string): Buffer {
  return encodePlainError('26000', name === '' ? 'unnamed prepared statement does not exist' : `prepared statement "${name}" does not exist`)
}

function noPortal(name: string): Buffer {
  return encodePlainError('34000', `portal "${name}" does not exist`)
}

function reply(session: SessionContext, bytes: Buffer): void {
  session.exchange.push({ kind: 'local', bytes })
}

function reject(session: SessionContext, error: AnalysisError): void {
  fail(session, encodeRejected(error, 0))
}

/** The client's error; the rest of its batch is skipped, and what the batch did upstream fails with it. */
function fail(session: SessionContext, error: Buffer): void {
  const { exchange, upstream, batch } = session
  if (batch.state === 'skip') return
  exchange.push({ kind: 'local', bytes: error })
  batch.state = 'skip'
  if (batch.sent === 'something' || exchange.status !== 'I' || !exchange.isIdle) {
    upstream.provokeError()
    batch.sent = 'something'
    exchange.push({ kind: 'injected' })
  }
  session.pump()
}

export type { Portal }
