/**
 * The simple query protocol: one text, perhaps of several statements. Each statement is split off, understood, decided and recorded on its
 * own. A single one is forwarded as the client sent it; several go as extended messages under one Sync, which is the same implicit
 * transaction. Source: PostgreSQL, Message Flow, Simple Query; Multiple Statements in a Simple Query.
 */
import type { Refusal } from '@doorward/core'
import type { Permitted } from '@doorward/guard'
import type { Piece, StatementPlan } from '@doorward/sql'
import { encodeBackend } from '../backend-encode.ts'
import { encodeFrontend } from '../frontend-encode.ts'
import type { UnderstoodText } from '../understand/understander.ts'
import type { Answer } from './answer.ts'
import { forwardCopyUntilDone, type CopySource } from './copy-in.ts'
import { localAnswer } from './local-answer.ts'
import { encodeRefusal, encodeRejected } from './refuse.ts'
import type { SessionContext } from './session-context.ts'
import { StatementRun } from './statement-run.ts'

type Ran = 'ran' | 'failed'

export async function runSimpleQuery(session: SessionContext, sql: Buffer, frame: Buffer, copy: CopySource): Promise<void> {
  // A simple Query destroys the unnamed statement and portal. PostgreSQL, Extended Query.
  session.names.statements.delete('')
  session.names.portals.delete('')
  if (session.batch.sent === 'something' || session.exchange.awaitsAnswers) await session.drain()
  await session.exchange.quiet()
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
  session.upstream.sync()
  session.exchange.push({ kind: 'ready', visible: true })
  session.startBatch()
}

/** Understands and decides. Answers the client itself when the statement goes no further. */
async function permit(session: SessionContext, piece: Piece, offset: number): Promise<{ readonly understood: Extract<UnderstoodText, { kind: 'plan' }>; readonly permitted: Permitted<Answer> } | 'failed'> {
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
  if (!await ensurePrepared(session, plan)) return
  const run = start(session, got, [], plan.fields === undefined ? 'none' : 'shown')
  const grant = session.upstream.forward(permitted.permit, [frame])
  session.exchange.push({ kind: 'run', run })
  session.exchange.push({ kind: 'ready', visible: true })
  if (plan.copy?.direction === 'in') await forwardCopyUntilDone(session, run, grant, copy)
}

/** One statement of several: extended messages, text format, no Sync, so that all of them share one implicit transaction. */
async function runPiece(session: SessionContext, piece: Piece, offset: number, copy: CopySource): Promise<Ran> {
  const got = await permit(session, piece, offset)
  if (got === 'failed') return 'failed'
  const { understood: { plan }, permitted } = got
  if (plan.local !== undefined) { await localAnswer(session, plan, permitted, 'shown'); session.pump(); return 'ran' }
  const run = start(session, got, ['parse', 'bind'], plan.fields === undefined ? 'checked' : 'shown')
  const frames = [
    encodeFrontend({ kind: 'parse', statement: '', sql: Buffer.from(piece.text, 'utf8'), parameterTypes: [] }),
    encodeFrontend({ kind: 'bind', portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [] }),
    encodeFrontend({ kind: 'describe', target: 'portal', name: '' }),
    encodeFrontend({ kind: 'execute', portal: '', maxRows: 0 }),
    encodeFrontend({ kind: 'flush' }),
  ]
  const grant = session.upstream.forward(permitted.permit, frames)
  session.batch.sent = 'something'
  session.exchange.push({ kind: 'run', run })
  if (plan.copy?.direction === 'in') {
    await forwardCopyUntilDone(session, run, grant, copy)
    session.upstream.flush() // the one above was read, and ignored, while the server took the data
  }
  await session.exchange.settled()
  if (session.batch.state === 'good') return 'ran'
  endFailedBatch(session)
  return 'failed'
}

function start(session: SessionContext, got: { readonly understood: Extract<UnderstoodText, { kind: 'plan' }>; readonly permitted: Permitted<Answer> }, prologue: ('parse' | 'bind')[], description: 'shown' | 'checked' | 'none'): StatementRun {
  return new StatementRun({
    plan: got.understood.plan, permitted: got.permitted, prologue, description, progress: { rows: 0, transform: undefined },
    confirm: got.understood.confirm, confirmUnchanged: got.understood.confirmUnchanged, batch: session.batch.number,
  })
}

/** SQL EXECUTE of a statement that the client prepared by message: its Parse was kept back and goes first. */
async function ensurePrepared(session: SessionContext, plan: StatementPlan): Promise<boolean> {
  if (plan.needsPrepared === undefined) return true
  const statement = session.names.statements.get(plan.needsPrepared)
  if (statement === undefined || statement.upstream === 'present') return true
  await session.prepareUpstream(statement)
  return true
}

/** The client's error; and where a transaction is under way upstream, the failure that an error means in one. */
function failWith(session: SessionContext, error: Buffer): void {
  const { exchange, upstream } = session
  exchange.push({ kind: 'local', bytes: error })
  if (session.batch.state === 'skip') return endFailedBatch(session)
  if (session.batch.sent === 'nothing' && exchange.status === 'I') return answerLocally(session, undefined)
  upstream.provokeError()
  exchange.push({ kind: 'injected' })
  endFailedBatch(session)
}

function endFailedBatch(session: SessionContext): void {
  session.upstream.sync()
  session.exchange.push({ kind: 'ready', visible: true })
  session.startBatch()
  session.pump()
}

/** Nothing went upstream: ReadyForQuery with the status that the last one had. */
function answerLocally(session: SessionContext, answer: Buffer | undefined): void {
  if (answer !== undefined) session.exchange.push({ kind: 'local', bytes: answer })
  session.exchange.push({ kind: 'local', bytes: encodeBackend({ kind: 'readyForQuery', status: session.exchange.status }) })
  session.pump()
}

/** Error positions count characters, not UTF-16 units. PostgreSQL, Error and Notice Message Fields, P. */
function charactersIn(text: string): number {
  let characters = 0
  for (const _ of text) characters += 1
  return characters
}
