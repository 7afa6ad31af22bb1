/** What the path needs from others. Small on purpose: the path is tested with lambdas. */
import type { Allow, Decision, DecisionRequest, EntryBody, Hold, Obligation, Receipt, StatementId } from '@doorward/core'

/** A request to connect: a decision request without a statement. */
export type ConnectRequest = Omit<DecisionRequest, 'statement'>

/** Whether a session may still do anything: checked at every statement (P6). */
export type Standing = { readonly kind: 'good' } | { readonly kind: 'ended'; readonly why: string; readonly next: string }

/** A held statement, as the approval desk gets it. */
export interface HoldRequest {
  readonly statement: StatementId
  readonly decision: Hold
  readonly request: DecisionRequest
}

export type Approval =
  | { readonly kind: 'approved'; readonly by: readonly string[]; readonly reference: string }
  | { readonly kind: 'disapproved'; readonly why: string }
  | { readonly kind: 'expired' }
  | { readonly kind: 'withdrawn' }

/** The answer of the transform's preparation: it can do what the obligations ask, or the statement is refused before anything is sent (P3). */
export type Prepared<T> = { readonly kind: 'prepared'; readonly transform: T } | { readonly kind: 'cannot-transform'; readonly why: string; readonly next: string }

export interface GuardPorts {
  /** Pure and synchronous. A throw is a refusal. */
  decide(request: DecisionRequest): Decision
  mayConnect(request: ConnectRequest): Decision
  /** Waits for people. Aborted when the client cancels or vanishes. */
  awaitApproval(request: HoldRequest, signal: AbortSignal): Promise<Approval>
  /** Resolves once the entry is durable. A rejection means: nothing may be forwarded. */
  record(body: EntryBody): Promise<Receipt>
  /** Milliseconds since the epoch. */
  now(): number
}

/** What a protocol hands in with a statement. */
export interface TransformPort<T> {
  prepare(obligations: readonly Obligation[], decision: Allow | Hold): Prepared<T>
}
