/**
 * The extended query protocol. Parse, Bind and Describe are answered here, from the server's own analysis; a statement's Parse and Bind go
 * upstream with its first Execute, because a Bind already carries values and makes the server plan: nothing of either may happen before
 * the decision is recorded (P1). Source: PostgreSQL, Message Flow, Extended Query; Pipelining.
 */
import type { Permitted } from '@doorward/guard'
import type { AnalysisError, StatementPlan } from '@doorward/sql'
import { encodeBackend } from '../backend-encode.ts'
import type { FormatCode, Bind, Close, Describe, Execute, Parse } from '../frontend.ts'
import { encodeFrontend } from '../frontend-encode.ts'
import { keepBytes } from '../keep-bytes.ts'
import type { UnderstoodText } from '../understand/understander.ts'
import type { Answer } from './answer.ts'
import { forwardCopyUntilDone, type CopySource } from './copy-in.ts'
import { localAnswer } from './local-answer.ts'
import { encodePlainError, encodeRefusal, encodeRejected } from './refuse.ts'
import { leadWith, noLead, statementNamedBy } from './kept-back.ts'
import { inFailedTransaction } from './own-connection.ts'
import { leavesFailed, tooManyNames, type SessionContext } from './session-context.ts'
import type { Portal, PreparedStatement } from './session-names.ts'
import { StatementRun } from './statement-run.ts'
import { OWN_PREFIX } from './upstream-writer.ts'

export async function handleParse(session: SessionContext, message: Parse, frame: Buffer): Promise<void> {
  const { names, exchange } = session
  session.recording.input(message.sql)
  if (message.statement.startsWith(OWN_PREFIX)) return fail(session, reservedName(message.statement))
  const full = whyFull(session, frame, names.statement(message.statement) === undefined ? 'one-more' : 'replaced')
  if (full !== undefined) return fail(session, encodeRefusal(await session.admission.refuse(full)))
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
  if (piece === undefined || cut.pieces.length > 1) {
    await session.admission.refuse({ reason: 'protocol', message: `${cut.pieces.length} statements in one prepared statement`, next: 'prepare them one by one' })
    return fail(session, encodePlainError('42601', 'cannot insert multiple commands into a prepared statement'))
  }
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
  // A server looks at the name last. PostgreSQL, postgres.c, exec_parse_message.
  if (message.statement !== '' && names.statement(message.statement) !== undefined) return fail(session, encodePlainError('42P05', `prepared statement "${message.statement}" already exists`))
  names.addStatement({ name: message.statement, piece, parse: keepBytes(frame), parameterTypes: message.parameterTypes, plan: understood.plan }, exchange.nextPosition)
  reply(session, encodeBackend({ kind: 'parseComplete' }))
}

export async function handleBind(session: SessionContext, message: Bind, frame: Buffer): Promise<void> {
  const { names, exchange } = session
  const statement = names.statement(message.statement)
  if (statement === undefined) return fail(session, noStatement(message.statement))
  if (message.portal.startsWith(OWN_PREFIX)) return fail(session, reservedName(message.portal))
  const expected = statement.plan.parameterTypes.length
  if (message.parameters.length !== expected) return fail(session, encodePlainError('08P01', `bind message supplies ${message.parameters.length} parameters, but prepared statement "${statement.name}" requires ${expected}`))
  if (exchange.status === 'E' && !leavesFailed(statement.plan)) return reject(session, inFailedTransaction())
  const before = names.portal(message.portal)
  if (message.portal !== '' && before !== undefined) return fail(session, encodePlainError('42P03', `portal "${message.portal}" already exists`))
  const full = whyFull(session, frame, before === undefined ? 'one-more' : 'replaced')
  if (full !== undefined) return fail(session, encodeRefusal(await session.admission.refuse(full)))
  names.addPortal({
    name: message.portal, statement, bind: Buffer.from(frame), resultFormats: message.resultFormats, progress: { rows: 0, fields: undefined }, opened: undefined, grant: undefined,
  }, exchange.nextPosition)
  reply(session, encodeBackend({ kind: 'bindComplete' }))
}

export function handleDescribe(session: SessionContext, message: Describe): void {
  const { names } = session
  if (message.target === 'statement') {
    const statement = names.statement(message.name)
    if (statement === undefined) return fail(session, noStatement(message.name))
    reply(session, encodeBackend({ kind: 'parameterDescription', types: statement.plan.parameterTypes }))
    return describe(session, statement, [])
  }
  const portal = names.portal(message.name)
  if (portal !== undefined) return describe(session, portal.statement, portal.resultFormats)
  // A cursor of DECLARE is a portal too: psycopg asks for its columns so.
  const cursor = names.declared(message.name)
  if (cursor === undefined) return fail(session, noPortal(message.name))
  describe(session, cursor, [cursor.format === 'binary' ? 1 : 0])
}

function describe(session: SessionContext, { plan: { fields } }: Pick<PreparedStatement, 'plan'>, formats: readonly FormatCode[]): void {
  if (fields === undefined) return reply(session, encodeBackend({ kind: 'noData' }))
  if (session.exchange.status === 'E') return reject(session, inFailedTransaction())
  if (formats.length > 1 && formats.length !== fields.length) return fail(session, encodePlainError('08P01', `bind message has ${formats.length} result formats but query has ${fields.length} columns`))
  reply(session, encodeBackend({ kind: 'rowDescription', fields: fields.map((field, index) => ({ ...field, format: (formats.length > 1 ? formats[index] : formats[0]) ?? 0 })) }))
}

export async function handleExecute(session: SessionContext, message: Execute, copy: CopySource): Promise<void> {
  const { names } = session
  const portal = names.portal(message.portal)
  if (portal === undefined) return fail(session, noPortal(message.portal))
  const { statement, opened } = portal
  const { batch } = session
  // Looked up again: schemas, temporary tables and definitions may have changed since Parse, and the server would notice too. What is open
  // was planned when it was opened, and nothing changes it any more.
  const understood = opened === undefined ? await session.understand(statement.piece, statement.parameterTypes) : asOpened(opened, statement)
  if (session.batchIsSkipped(batch)) return
  if (understood.kind === 'rejected') {
    await session.admission.refuse({ reason: 'opaque', message: `the server does not take the text any more: SQLSTATE ${understood.error.sqlState}`, next: 'correct the text', identity: statement.piece.identity })
    return reject(session, understood.error)
  }
  if (understood.kind === 'refused') {
    const refusal = await session.admission.refuse({ reason: 'opaque', message: understood.message, next: understood.next, identity: statement.piece.identity })
    return fail(session, encodeRefusal(refusal))
  }
  const { plan } = understood
  // Whoever was told of the columns reads the rows by them.
  if (!sameResult(plan.fields, statement.plan.fields)) return fail(session, encodePlainError('0A000', 'cached plan must not change result type'))
  // Doorward answers for itself at once: what was sent before must be through.
  if (plan.local !== undefined || (session.exchange.holdsCommit && plan.changes.some((change) => change.kind === 'transaction'))) await session.drain()
  if (session.batchIsSkipped(batch)) return
  const permitted = await session.submit(plan, statement.piece, statement.parameterTypes, { bind: portal.bind, grant: portal.grant })
  if (permitted.kind === 'refusal') return fail(session, encodeRefusal(permitted))
  if (session.batchIsSkipped(batch)) {
    permitted.permit.spend()
    await session.admission.settle(permitted, { status: 'skipped', result: 'an earlier statement of the batch failed', rows: 0, bytes: 0, digest: undefined, maskedColumns: [] })
    return
  }
  portal.grant = permitted.grant
  if (plan.local !== undefined) {
    await localAnswer(session, plan, permitted, 'hidden')
    session.pump()
    return
  }
  await execute(session, message, { portal, understood, permitted }, copy)
}

interface Granted { readonly portal: Portal; readonly understood: Extract<UnderstoodText, { kind: 'plan' }>; readonly permitted: Permitted<Answer> }

/** No wait stands between the permit and its use. */
async function execute(session: SessionContext, message: Execute, granted: Granted, copy: CopySource): Promise<void> {
  const { names } = session
  const { portal, understood: { plan, confirm, confirmUnchanged }, permitted } = granted
  const lead = noLead()
  const isFirst = portal.opened === undefined
  if (isFirst) {
    const named = statementNamedBy(plan, names)
    if (named !== undefined) leadWith(lead, names, named)
    leadWith(lead, names, portal.statement)
    lead.frames.push(portal.bind, encodeFrontend({ kind: 'describe', target: 'portal', name: portal.name }))
    lead.prologue.push({ answer: 'bind', undone: () => { names.bindFailed(portal) } })
  }
  lead.frames.push(encodeFrontend({ kind: 'execute', portal: portal.name, maxRows: message.maxRows }))
  const run = new StatementRun({
    plan, permitted, prologue: lead.prologue, description: isFirst ? 'checked' : 'none', progress: portal.progress, confirm, confirmUnchanged, batch: session.batch,
  })
  const grant = session.forward(run, lead.frames, (position) => {
    for (const parsed of lead.statements) names.parseSent(parsed, position)
    if (isFirst) names.bindSent(portal, plan, position)
  })
  if (plan.copy?.direction === 'in') await forwardCopyUntilDone(session, run, grant, copy)
}

function asOpened(plan: StatementPlan, statement: PreparedStatement): Extract<UnderstoodText, { kind: 'plan' }> {
  return { kind: 'plan', plan, identity: statement.piece.identity, confirm: 'done', confirmUnchanged: () => Promise.resolve('unchanged') }
}

function sameResult(now: StatementPlan['fields'], told: StatementPlan['fields']): boolean {
  if (now === undefined || told === undefined) return now === told
  return now.length === told.length && now.every((field, index) => field.typeOid === told[index]?.typeOid && field.name === told[index]?.name)
}

export function handleClose(session: SessionContext, message: Close): void {
  const { names, upstream, exchange, batch } = session
  // Closing what never reached the upstream is no error there either.
  if (names.close(message.target, message.name, exchange.nextPosition) === 'here') return reply(session, encodeBackend({ kind: 'closeComplete' }))
  upstream.closeTarget(message.target, message.name)
  batch.sent = 'something'
  exchange.push({ kind: 'close' })
}

export function handleFlush(session: SessionContext): void {
  if (session.exchange.awaitsAnswers) session.upstream.flush()
  session.pump()
}

export async function handleSync(session: SessionContext): Promise<void> {
  const { exchange, upstream, names, batch } = session
  // A Sync commits what the batch wrote.
  if (exchange.holdsCommit) await session.drain()
  if (batch.sent === 'nothing' && exchange.isIdle) {
    exchange.push({ kind: 'local', bytes: encodeBackend({ kind: 'readyForQuery', status: exchange.status }) })
    // The implicit transaction of the batch ends here, and portals with it.
    if (exchange.status === 'I') names.endTransaction()
    session.pump()
  } else {
    upstream.sync()
    exchange.push({ kind: 'ready', for: 'client' })
  }
  session.startBatch()
}

/** Memory is held for what is kept back: so many names, and so many bytes. */
function whyFull(session: SessionContext, frame: Buffer, what: 'one-more' | 'replaced'): ReturnType<typeof tooManyNames> | undefined {
  const { names, limits } = session
  if (what === 'one-more' && names.count >= limits.statementsPerConnection) return tooManyNames(limits)
  const most = KEPT_FRAMES * limits.maxFrameBytes
  if (names.keptBytes + frame.length <= most) return undefined
  return { reason: 'limit', message: `more than ${most} bytes of prepared statements and portals on one connection`, next: 'close those that are no longer used' }
}

/** Of the longest kind. */
const KEPT_FRAMES = 4

function reservedName(name: string): Buffer {
  return encodePlainError('42939', `name "${name}" is reserved: names that begin with ${OWN_PREFIX} are the gateway's`)
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

/** The client's error; the rest of its batch is skipped, and what the batch or its transaction did upstream fails with it. */
export function fail(session: SessionContext, error: Buffer): void {
  const { exchange, upstream, batch } = session
  if (batch.state === 'skip') return
  exchange.push({ kind: 'local', bytes: error })
  batch.state = 'skip'
  if (batch.upstream === 'good' && (batch.sent === 'something' || exchange.status === 'T')) {
    upstream.provokeError()
    batch.sent = 'something'
    exchange.push({ kind: 'injected' })
  }
  session.pump()
}
