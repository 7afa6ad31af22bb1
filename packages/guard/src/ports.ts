/** What the path needs from others. Small on purpose: the path is tested with lambdas. */
import type { Allow, Decision, DecisionRequest, EntryBody, ExceptionUse, Hold, Obligation, Principal, Receipt, StatementId, StatementIdentity } from '@doorward/core'

/** A request to connect: a decision request without a statement. */
export type ConnectRequest = Omit<DecisionRequest, 'statement'>

/** Whether a session may still do anything: checked at every statement (P6). */
export type Standing = { readonly kind: 'good' } | { readonly kind: 'ended'; readonly why: string; readonly next: string }

/** What a client does while its statement is held: it waits on its connection, or takes a ticket and comes back. */
export type HoldMode = 'wait' | 'ticket'

/** Told once a request is durable and people can see it. */
export interface Asked {
  /** What approvers call it by. */
  readonly reference: string
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number
}

/** What a statement's text alone does not show. */
export interface HoldDetails {
  /** About how many rows it may touch, from the target's statistics; undefined: unknown. */
  readonly estimatedRows: number | undefined
  /** Texts that it runs by name: what a prepared statement or a cursor stands for. */
  readonly behind: readonly StatementIdentity[]
  /** All that it rests on at the target (views, function bodies, triggers, tables), as one hash; left out: nothing but its text. */
  readonly definitions?: string | undefined
}

/** A held statement, as the approval desk gets it: all that an approval will be bound to. */
export interface HoldRequest {
  readonly statement: StatementId
  readonly decision: Hold
  readonly request: DecisionRequest
  readonly identity: StatementIdentity
  /** Keyed hash over the parameters, hex; undefined: the statement has none. */
  readonly parameters: string | undefined
  readonly mode: HoldMode
  /** Asked once, and only of a statement that is held. */
  details(): Promise<HoldDetails>
  /** Called at most once, before the wait begins. */
  onAsked(asked: Asked): void
}

/** Leave from people. It counts once, and only as long as it would still be given. */
export interface Approved {
  readonly kind: 'approved'
  /** Who approved, as `issuer|subject`. */
  readonly by: readonly string[]
  readonly reference: string
  /**
   * Uses it up, durably and recorded, before the statement goes on.
   * @returns why it no longer counts, or `used`. @throws when neither can be made sure: the statement is refused.
   */
  use(): Promise<'used' | { readonly void: string }>
}

export type Approval =
  | Approved
  /** The request stays open without a connection. */
  | { readonly kind: 'ticket'; readonly reference: string; readonly expiresAtMs: number }
  | { readonly kind: 'disapproved'; readonly why: string }
  | { readonly kind: 'expired' }
  | { readonly kind: 'withdrawn'; readonly why: string }

/** The answer of the transform's preparation: it can do what the obligations ask, or the statement is refused before anything is sent (P3). */
export type Prepared<T> = { readonly kind: 'prepared'; readonly transform: T } | { readonly kind: 'cannot-transform'; readonly why: string; readonly next: string }

/** `over`: nothing was taken from any budget. */
export type Spent =
  | { readonly kind: 'spent'; /** What each budget has left, in the order of the uses. */ readonly left: readonly number[] }
  /** @param againAtMs when so much will be there again, milliseconds since the epoch; undefined: it costs more than an hour gives. */
  | { readonly kind: 'over'; readonly use: ExceptionUse; readonly againAtMs: number | undefined }

export interface GuardPorts {
  /** Pure and synchronous. A throw is a refusal. */
  decide(request: DecisionRequest): Decision
  mayConnect(request: ConnectRequest): Decision
  /** Whether the decision needs the target's estimate of rows, and may have it. Left out: it never does. A throw is a refusal. */
  wantsEstimate?(request: DecisionRequest): 'yes' | 'no'
  /** Waits for people. Aborted when the client cancels or vanishes. */
  awaitApproval(request: HoldRequest, signal: AbortSignal): Promise<Approval>
  /**
   * Takes what a statement costs from the principal's budgets: all of them or none, at once, so that no two statements spend the same. Left
   * out: whatever has a budget is refused.
   * @param uses with a `perHour`, at least one.
   */
  spend?(principal: Principal, uses: readonly ExceptionUse[]): Spent
  /** Resolves once the entry is durable. A rejection means: nothing may be forwarded. */
  record(body: EntryBody): Promise<Receipt>
  /** Milliseconds since the epoch. */
  now(): number
}

/** What a protocol hands in with a statement. */
export interface TransformPort<T> {
  prepare(obligations: readonly Obligation[], decision: Allow | Hold): Prepared<T>
}
