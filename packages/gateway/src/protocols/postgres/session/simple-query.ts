/**
 * The simple query protocol: one text, perhaps of several statements. Each statement is split off, understood, decided and recorded on its
 * own. A single one is forwarded as the client sent it; several go as extended messages under one Sync, which is the same implicit
 * transaction. Source: PostgreSQL, Message Flow, Simple Query; Multiple Statements in a Simple Query.
 */
import type { Refusal } from '@doorward/core'
import type { Permitted } from '@doorward/guard'
import type { Piece } from '@doorward/sql'
import { encodeBackend } from '../backend-encode.ts'
import { encodeFrontend } from '../frontend-encode.ts'
import type { UnderstoodText } from '../understand/understander.ts'
import type { Answer } from './answer.ts'
import { forwardCopyUntilDone, type CopySource } from './copy-in.ts'
import { leadWith, noLead, statementNamedBy } from './kept-back.ts'
import { localAnswer } from './local-answer.ts'
import { OwnParse } from './own-question.ts'
import { encodeRefusal, encodeRejected } from './refuse.ts'
import type { SessionContext } from './session-context.ts'
import { StatementRun, writesRows, type Prologue } from './statement-run.ts'

type Ran = 'ran' | 'failed'

export async function runSimpleQuery(session: SessionContext, sql: Buffer, frame: Buffer, copy: CopySource): Promise<void> {
  // Extended messages may stand before it without a Sync: the Query belongs to their batch, and ends it.
  await session.drain()
  if (session.batchIsSkipped(session.batch)) return
  session.names.forgetUnnamed()
  session.recording.input(sql)
  const cut = await session.understander.cut(sql)
  if (cut.kind === 'refused') {
    const refusal = await session.admission.refuse({ reason: 'opaque', message: cut.message, next: cut.next, note: cut.rule, ...(cut.identity === undefined ? {} : { identity: cut.identity }) })
    return failWith(session, encodeRefusal(refusal))
  }
  if (cut.kind === 'error') {
    await session.admission.refuse({ reason: 'opaque', message: `the server does not take the text: SQLSTATE ${cut.error.sqlState}`, next: 'correct the text', identity: cut.identity })
    return failWith(session, encodeRejected(cut.error, 0))
  }
  const [first] = cut.pieces
  if (first?.statement === undefined && cut.pieces.length === 1) return answerLocally(session, encodeBackend({ kind: 'emptyQueryResponse' }))
  if (first !== undefined && cut.pieces.length === 1) {
    await runOne(session, first, frame, copy)
    return
  }
  let offset = 0
  for (const piece of cut.pieces) {
    // Blanks and comments between or after statements are no statement of their own.
    if (piece.statement !== undefined && await runPiece(session, piece, offset, copy) === 'failed') return
    offset += charactersIn(piece.text)
  }
  endBatch(session)
}

interface Granted { readonly understood: Extract<UnderstoodText, { kind: 'plan' }>; readonly permitted: Permitted<Answer> }

/** Understands and decides. Answers the client itself when the statement goes no further. */
async function permit(session: SessionContext, piece: Piece, offset: number): Promise<Granted | 'failed'> {
  const understood = await session.understand(piece, [])
  if (understood.kind === 'rejected') {
    await session.admission.refuse({ reason: 'opaque', message: `the server does not take the text: SQLSTATE ${understood.error.sqlState}`, next: 'correct the text', identity: understood.identity })
    failWith(session, encodeRejected(understood.error, offset))
    return 'failed'
  }
  if (understood.kind === 'refused') {
    const refusal = await session.admission.refuse({ reason: 'opaque', message: understood.message, next: understood.next, identity: understood.identity })
    failWith(session, encodeRefusal(refusal))
    return 'failed'
  }
  const permitted: Permitted<Answer> | Refusal = await session.submit(understood.plan, piece, [])
  if (permitted.kind === 'refusal') { failWith(session, encodeRefusal(permitted)); return 'failed' }
  return { understood, permitted }
}

async function runOne(session: SessionContext, piece: Piece, frame: Buffer, copy: CopySource): Promise<void> {
  const got = await permit(session, piece, 0)
  if (got === 'failed') return
  const { understood: { plan }, permitted } = got
  if (plan.local !== undefined) {
    await localAnswer(session, plan, permitted, 'shown')
    return answerLocally(session, undefined)
  }
  // A server commits a simple Query before it says that the statement is complete: too early to find that a definition has changed.
  if (got.understood.confirm === 'needed' && writesRows(plan)) {
    if (await forwardPiece(session, piece, got, copy) === 'ran') endBatch(session)
    return
  }
  const run = start(session, got, [], plan.fields === undefined ? 'none' : 'shown')
  const lead = noLead()
  const named = statementNamedBy(plan, session.names)
  if (named !== undefined) leadWith(lead, session.names, named)
  // A Parse that fails would have the Query dropped with it: a Sync stands between.
  if (named !== undefined && lead.frames.length > 0) {
    lead.frames.push(encodeFrontend({ kind: 'sync' }))
    const position = session.exchange.push({ kind: 'own', question: new OwnParse(lead.prologue.length, () => { session.names.parseFailed(named) }) })
    session.names.parseSent(named, position)
    session.exchange.push({ kind: 'ready', for: 'nobody' })
  }
  const grant = session.forward(run, [...lead.frames, frame])
  session.exchange.push({ kind: 'ready', for: 'client' })
  session.startBatch()
  if (plan.copy?.direction === 'in') await forwardCopyUntilDone(session, run, grant, copy)
}

/** One statement of several: extended messages, text format, no Sync, so that all of them share one implicit transaction. */
async function runPiece(session: SessionContext, piece: Piece, offset: number, copy: CopySource): Promise<Ran> {
  const got = await permit(session, piece, offset)
  if (got === 'failed') return 'failed'
  const { understood: { plan }, permitted } = got
  if (plan.local !== undefined) { await localAnswer(session, plan, permitted, 'shown'); session.pump(); return 'ran' }
  return forwardPiece(session, piece, got, copy)
}

/** Extended messages, without what ends the batch. */
async function forwardPiece(session: SessionContext, piece: Piece, got: Granted, copy: CopySource): Promise<Ran> {
  const { understood: { plan } } = got
  const lead = noLead()
  const named = statementNamedBy(plan, session.names)
  if (named !== undefined) leadWith(lead, session.names, named)
  const run = start(session, got, [...lead.prologue, { answer: 'parse' }, { answer: 'bind' }], plan.fields === undefined ? 'checked' : 'shown')
  const frames = [
    ...lead.frames,
    encodeFrontend({ kind: 'parse', statement: '', sql: Buffer.from(piece.text, 'utf8'), parameterTypes: [] }),
    encodeFrontend({ kind: 'bind', portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [] }),
    encodeFrontend({ kind: 'describe', target: 'portal', name: '' }),
    encodeFrontend({ kind: 'execute', portal: '', maxRows: 0 }),
    encodeFrontend({ kind: 'flush' }),
  ]
  const grant = session.forward(run, frames, (position) => { for (const parsed of lead.statements) session.names.parseSent(parsed, position) })
  if (plan.copy?.direction === 'in') {
    await forwardCopyUntilDone(session, run, grant, copy)
    session.upstream.flush() // the one above was read, and ignored, while the server took the data
  }
  await session.exchange.settled()
  if (!session.batchIsSkipped(run.facts.batch)) return 'ran'
  endBatch(session)
  return 'failed'
}

function start(session: SessionContext, got: Granted, prologue: readonly Prologue[], description: 'shown' | 'checked' | 'none'): StatementRun {
  return new StatementRun({
    plan: got.understood.plan, permitted: got.permitted, prologue, description, progress: { rows: 0, fields: undefined },
    confirm: got.understood.confirm, confirmUnchanged: got.understood.confirmUnchanged, batch: session.batch,
  })
}

/** The client's error; and where a transaction is under way upstream, the failure that an error means in one. */
export function failWith(session: SessionContext, error: Buffer): void {
  const { exchange, upstream, batch } = session
  exchange.push({ kind: 'local', bytes: error })
  if (batch.sent === 'nothing' && exchange.status !== 'T') return answerLocally(session, undefined)
  if (batch.upstream === 'good' && batch.state === 'good') {
    upstream.provokeError()
    exchange.push({ kind: 'injected' })
  }
  endBatch(session)
}

function endBatch(session: SessionContext): void {
  session.upstream.sync()
  session.exchange.push({ kind: 'ready', for: 'client' })
  session.startBatch()
  session.pump()
}

/** Nothing of this Query goes upstream: ReadyForQuery with the status that the last one had, unless a batch before it is to be ended. */
function answerLocally(session: SessionContext, answer: Buffer | undefined): void {
  if (answer !== undefined) session.exchange.push({ kind: 'local', bytes: answer })
  if (session.batch.sent === 'something') return endBatch(session)
  session.exchange.push({ kind: 'local', bytes: encodeBackend({ kind: 'readyForQuery', status: session.exchange.status }) })
  if (session.exchange.status === 'I') session.names.endTransaction()
  session.startBatch()
  session.pump()
}

/** Error positions count characters, not UTF-16 units. PostgreSQL, Error and Notice Message Fields, P. */
function charactersIn(text: string): number {
  let characters = 0
  for (const _ of text) characters += 1
  return characters
}
