/**
 * What a gateway must not forget when it stops, as one small port: held statements and what people said of them, sessions, revocations, failed
 * logins. Every method is one transaction and is durable when it resolves. Asynchronous, because a fleet keeps this in a shared
 * server; the embedded store is in sqlite-state.ts, on a
 * thread of its own, so that a disk that takes its time holds nobody up. Where it stops: it decides nothing and holds no PHI (texts are redacted, parameters are keyed hashes).
 */

/** A person or program, as `issuer` and `subject`; `name` is for people to read. */
export interface PersonRow {
  readonly issuer: string
  readonly subject: string
  readonly name: string
}

/**
 * `pending` people may still answer · `approved` quorum was reached, not used yet · `used` it ran once · `denied` · `expired` ·
 * `withdrawn` by the client, or because what it was bound to changed.
 */
export type RequestState = 'pending' | 'approved' | 'used' | 'denied' | 'expired' | 'withdrawn'

/** A held statement. All but `state`, `useByMs` and `note` is written once. */
export interface RequestRow {
  /** Ten characters that people can type. */
  readonly id: string
  readonly state: RequestState
  /** Why it ended, for people; literal-free. */
  readonly note: string | undefined
  readonly askedMs: number
  /** People may answer until then. */
  readonly expiresMs: number
  /** An approval may be used until then; undefined: not approved. */
  readonly useByMs: number | undefined
  readonly mode: 'wait' | 'ticket'
  /** The statement's id, which begins with its session's. */
  readonly statement: string
  readonly requester: PersonRow
  /** For whom the requester acts, nearest first. */
  readonly actingFor: readonly PersonRow[]
  /** Hash over everything an approval is bound to, see approvals/binding.ts. */
  readonly binding: string
  readonly policyVersion: string
  readonly by: readonly string[]
  readonly quorum: number
  readonly expiresAfterMs: number
  readonly estimatedRows: number | undefined
  /** What approvers are shown: JSON, made by approvals/request-view.ts. */
  readonly view: string
}

export interface VoteRow extends PersonRow {
  readonly verdict: 'approve' | 'deny'
  /** The groups that made the person an approver then. */
  readonly groups: readonly string[]
  readonly atMs: number
}

export interface RequestStore {
  insert(row: RequestRow): Promise<void>
  get(id: string): Promise<RequestRow | undefined>
  /** Newest first. */
  list(filter: { readonly states?: readonly RequestState[]; readonly binding?: string; readonly limit: number }): Promise<readonly RequestRow[]>
  /** How many of this person's are pending or approved. */
  countOpen(issuer: string, subject: string): Promise<number>
  votes(id: string): Promise<readonly VoteRow[]>
  /** @returns whether it is this person's first word on it. Nothing is changed when the request is in another state. */
  vote(id: string, inState: 'pending', vote: VoteRow): Promise<'counted' | 'voted-already' | 'other-state'>
  /** Compare and set. @returns whether it was in one of `from`. */
  move(id: string, from: readonly RequestState[], to: { readonly state: RequestState; readonly atMs: number; readonly note?: string; readonly useByMs?: number }): Promise<boolean>
  /** @returns whether this person had not seen it before. */
  seen(id: string, person: PersonRow, atMs: number): Promise<boolean>
  /** Forgets what ended before then. @returns how many. */
  prune(endedBeforeMs: number): Promise<number>
}

export interface SessionRow extends PersonRow {
  readonly id: string
  /** The gateway process that has it. */
  readonly process: string
  readonly protocol: string
  readonly resource: string
  readonly client: string
  readonly openedMs: number
}

export interface SessionStore {
  opened(row: SessionRow): Promise<void>
  ended(id: string): Promise<void>
  /** Those of processes that are no more. @returns how many there were. */
  forgetOthers(process: string): Promise<number>
  list(): Promise<readonly SessionRow[]>
}

export interface RevocationRow extends PersonRow {
  readonly atMs: number
  /** `issuer|subject` of whoever said so. */
  readonly by: string
}

export interface RevocationStore {
  add(row: RevocationRow): Promise<void>
  /** @returns whether there was one. */
  lift(issuer: string, subject: string): Promise<boolean>
  list(): Promise<readonly RevocationRow[]>
}

/** Failed logins under one key, a keyed hash: a user may have typed a secret where the name belongs. */
export interface FailureRow {
  readonly key: string
  readonly count: number
  /** When the counting began. */
  readonly firstMs: number
  readonly lockedUntilMs: number
}

export interface FailureStore {
  get(key: string): Promise<FailureRow | undefined>
  put(row: FailureRow): Promise<void>
  clear(key: string): Promise<void>
  /** Keeps the newest `keep`. */
  prune(keep: number): Promise<void>
}

export interface State {
  readonly requests: RequestStore
  readonly sessions: SessionStore
  readonly revocations: RevocationStore
  readonly failures: FailureStore
  close(): Promise<void>
}
