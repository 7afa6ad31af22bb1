/**
 * What a session tells of itself to whoever records it. What its client gets is not told here: that is taken off the client's stream, where nothing
 * can pass by (recordings/recorded-stream.ts). A session that is not recorded, and cannot be, has {@link NOT_RECORDED}.
 */
import type { Obligation, PolicyId, Refusal, StatementId } from '@doorward/core'
import type { Permitted } from '@doorward/guard'
import type { FieldDescription } from '@doorward/sql'
import type { Answer } from './answer.ts'

/** A statement that may run. */
export interface PermittedStatement {
  readonly statement: StatementId
  readonly text: string
  /** The Bind frame, which holds parameters and formats; undefined: the simple protocol. */
  readonly bind: Buffer | undefined
  readonly parameterTypes: readonly number[]
  readonly fields: readonly FieldDescription[] | undefined
}

export interface SessionRecording {
  /** A text that the client sent, before anything is decided about it. */
  input(text: Buffer): void
  /** Data that the client sent for a COPY. @returns what to wait for, where the disk is behind. */
  copied(data: Buffer): Promise<void> | undefined
  /** The next statements stand in another batch: between them the client gets a ReadyForQuery. */
  nextBatch(): void
  /** Policies ask for a recording from this statement on. @returns why there can be none. */
  demand(by: readonly PolicyId[]): { readonly why: string; readonly next: string } | undefined
  /**
   * A statement was permitted and is answered next, after those told before it. Before a recording begins `settle` is awaited: the answers to what went
   * before are on their way to the client then.
   * @returns why it must not run: what has to be recorded cannot be.
   */
  permitted(statement: PermittedStatement, settle: () => Promise<void>): Promise<{ readonly why: string } | undefined> | undefined
}

export const NOT_RECORDED: SessionRecording = {
  input: () => undefined, copied: () => undefined, nextBatch: () => undefined, permitted: () => undefined,
  demand: (by) => ({ why: `${by.join(', ')} asks for a recording, and this session cannot be recorded`, next: 'tell the operator: recordings are not configured' }),
}

/** The obligation to record, put to the recording. @returns why the statement must be refused. */
export function demandRecording(recording: SessionRecording, obligations: readonly Obligation[]): { readonly kind: 'cannot-transform'; readonly why: string; readonly next: string } | undefined {
  for (const obligation of obligations) {
    const unable = obligation.kind === 'record' ? recording.demand(obligation.by) : undefined
    if (unable !== undefined) return { kind: 'cannot-transform', ...unable }
  }
  return undefined
}

interface Refusing {
  settle(permitted: Permitted<Answer>, outcome: { readonly status: 'cancelled'; readonly result: string; readonly rows: 0; readonly bytes: 0; readonly digest: undefined; readonly maskedColumns: readonly [] }): Promise<void>
  refuse(why: { readonly reason: Refusal['reason']; readonly message: string; readonly next: string; readonly note: string }): Promise<Refusal>
}

/** Has a permitted statement recorded; where that is not possible it does not run, and its intent gets an outcome that says so. */
export async function recordOrRefuse(recording: SessionRecording, admission: Refusing, permitted: Permitted<Answer>, told: Omit<PermittedStatement, 'statement'>, settle: () => Promise<void>): Promise<Permitted<Answer> | Refusal> {
  const statement = permitted.permit.statement
  const unable = await recording.permitted({ ...told, statement }, settle)
  if (unable === undefined) return permitted
  permitted.permit.spend()
  await admission.settle(permitted, { status: 'cancelled', result: 'not recorded', rows: 0, bytes: 0, digest: undefined, maskedColumns: [] })
  return admission.refuse({ reason: 'cannot-transform', message: unable.why, next: 'tell the operator the receipt number', note: `statement ${statement}` })
}
