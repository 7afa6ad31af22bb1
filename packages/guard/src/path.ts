/**
 * The one path (DESIGN.md, One path): admit, submit, settle. Everything that reaches an upstream went through `submit`, which decides, waits
 * for people where policy says so, records, and only then mints the permit. There is no setting that skips a step.
 */
import { toStatementId, type Allow, type Decision, type DecisionRequest, type EntryBody, type Hold, type Json, type PatientsTouched, type Principal, type Purpose, type Receipt, type Refusal, type ResourceName, type SessionId, type StatementId, type StatementIdentity, type Understanding } from '@doorward/core'
import { Descriptions } from './descriptions.ts'
import { describeDecision, describePrincipal } from './entries.ts'
import { boundTo, Grant, termsOf } from './grant.ts'
import { estimated, wantsEstimate, withEstimate } from './estimate.ts'
import { GuardFault } from './guard-fault.ts'
import { mintPermit, type ForwardPermit } from './permit.ts'
import type { Approval, Approved, Asked, GuardPorts, HoldDetails, HoldMode, Prepared, Standing, TransformPort } from './ports.ts'
import { spend } from './spending.ts'

export interface SessionFacts {
  readonly id: SessionId
  readonly principal: Principal
  readonly resource: ResourceName
  readonly clientAddress: string
  readonly protocol: string
  /** Anything more for `session.open`: TLS of both legs, application name. Literal-free. */
  readonly details: { readonly [key: string]: Json | undefined }
  /** Asked at every statement. */
  standing(): Standing
}

export interface Submission<T> {
  readonly statement: Understanding
  readonly identity: StatementIdentity
  readonly purpose: Purpose | undefined
  readonly transform: TransformPort<T>
  /** Aborted when the client cancels or is gone; a held statement is then withdrawn. */
  readonly signal: AbortSignal
  /** What happens where policy holds the statement. */
  readonly hold: HoldTerms
  /** About how many rows the target expects it to touch: asked only where a decision needs it. Nothing of the statement runs. Left out: unknown. */
  estimate?(): Promise<number | 'unknown'>
}

/** How a statement waits for people, and what must still be so when they have answered. */
export interface HoldTerms {
  readonly mode: HoldMode
  /** Keyed hash over the parameters, hex; undefined: the statement has none. Part of what is approved; asked of held statements only. */
  parameters(): string | undefined
  /** Of a portal that is read on: what its first part was approved with. */
  readonly grant: Grant | undefined
  details(): Promise<HoldDetails>
  /** Told once when the statement starts to wait for a person. */
  onAsked(decision: Hold, asked: Asked): void
  /** Minutes later: whether the text would still be understood as it was when it was submitted. */
  stillMeans(): Promise<'the-same' | 'something-else'>
}

/** Leave to run: spend the permit, obey the obligations through the transform, then settle. */
export interface Permitted<T> {
  readonly kind: 'permitted'
  readonly permit: ForwardPermit
  readonly transform: T
  readonly decision: Allow | Hold
  readonly startedMs: number
  /** Of a statement that was held: what a portal's next parts go on with. */
  readonly grant: Grant | undefined
}

/** What came of a permitted statement. */
export interface Outcome {
  readonly status: 'done' | 'error' | 'stopped' | 'cancelled' | 'skipped' | 'lost'
  /** The protocol's own result: a command tag, a SQLSTATE, a status code. Value-free. */
  readonly result: string
  readonly rows: number
  readonly bytes: number
  /** sha256 hex over the result as delivered; undefined where nothing was. */
  readonly digest: string | undefined
  readonly maskedColumns: readonly string[]
  /** Undefined: the statement touches no table whose rows belong to patients. */
  readonly patients?: PatientsTouched | undefined
}

/** A way in, opened by {@link Guard.admit}, closed once. */
export class Admission {
  readonly facts: SessionFacts
  readonly #ports: GuardPorts
  readonly #descriptions: Descriptions
  #entries = 0
  #statements = 0
  #waiting = 0
  #state: 'open' | 'closed' = 'open'
  #recorder: 'writing' | 'lost' = 'writing'
  readonly #unsettled = new Set<ForwardPermit>()

  /** Made by {@link Guard.admit}. */
  constructor(ports: GuardPorts, facts: SessionFacts, descriptions: Descriptions) {
    this.#ports = ports
    this.#descriptions = descriptions
    this.facts = facts
  }

  /** Statements permitted and not yet settled. */
  get unsettled(): number { return this.#unsettled.size }

  /** A statement runs, or waits for people. */
  get isBusy(): boolean { return this.#unsettled.size > 0 || this.#waiting > 0 }

  /**
   * Records one entry of this session. The session's counter makes a missing one visible to `verify`: so after an entry that the recorder
   * did not take, whatever its reason, the session records nothing more and permits nothing more.
   * @throws whatever the recorder throws; {GuardFault} `recorder-lost` from then on. The caller must not go on.
   */
  record(body: EntryBody): Promise<Receipt> {
    if (this.#recorder === 'lost') return Promise.reject(new GuardFault('recorder-lost', 'an earlier entry of this session was not recorded'))
    this.#entries += 1
    const recorded = this.#recorded({ ...body, session: this.facts.id, seq: this.#entries })
    // The caller gets the rejection itself; here it only closes the session's record.
    recorded.catch(() => { this.#recorder = 'lost' })
    return recorded
  }

  /** A recorder that throws before it makes a promise has not taken the entry either. */
  #recorded(body: EntryBody): Promise<Receipt> {
    try {
      return this.#ports.record(body)
    } catch (cause) {
      return Promise.reject(cause instanceof Error ? cause : new GuardFault('recorder-lost', 'the recorder threw what is no error'))
    }
  }

  /** Decides, waits, records; a permit or a refusal. Never throws for an expected "no", nor for a recorder that is down. */
  async submit<T>(submission: Submission<T>): Promise<Permitted<T> | Refusal> {
    this.#statements += 1
    const statement = toStatementId(this.facts.id, this.#statements)
    const ended = this.#ended()
    if (ended !== undefined) return this.#refuse(statement, this.#request(submission), submission, ended)
    const asked = this.#request(submission)
    const request = wantsEstimate(this.#ports, asked) === 'yes' ? await estimated(asked, submission) : asked
    const decision = this.#decide(request)
    if (decision.kind === 'deny') return this.#refuse(statement, request, submission, { reason: decision.reason, message: decision.refusal, next: decision.next, decision })
    if (decision.kind === 'hold') return this.#waitingWhile(() => this.#hold(statement, request, submission, decision))
    return this.#permit(statement, request, submission, decision, undefined)
  }

  /**
   * Records what came of it.
   * @throws {GuardFault} `outcome-not-recorded`: the session must end. `settled-twice`.
   */
  async settle(permitted: Permitted<unknown>, outcome: Outcome): Promise<void> {
    const { permit } = permitted
    if (!this.#unsettled.delete(permit)) throw new GuardFault('settled-twice', `statement ${permit.statement} was settled twice`)
    try {
      await this.record({
        kind: 'outcome', statement: permit.statement, intent: permit.receipt.index, status: outcome.status, result: outcome.result,
        rows: outcome.rows, bytes: outcome.bytes, digest: outcome.digest, maskedColumns: outcome.maskedColumns.length === 0 ? undefined : outcome.maskedColumns, patients: outcome.patients === undefined ? undefined : { ...outcome.patients },
        durationMs: Math.max(0, this.#ports.now() - permitted.startedMs),
      })
    } catch (cause) {
      throw new GuardFault('outcome-not-recorded', `the outcome of statement ${permit.statement} could not be recorded`, { cause })
    }
  }

  /**
   * Refuses something that never became a decision: a text that the server's analysis rejects, a message of the protocol that is not
   * served. Recorded like any refusal.
   */
  async refuse(why: { readonly reason: Refusal['reason']; readonly message: string; readonly next: string; readonly identity?: StatementIdentity; readonly note?: string }): Promise<Refusal> {
    this.#statements += 1
    const statement = toStatementId(this.facts.id, this.#statements)
    const body: EntryBody = {
      kind: 'refusal', statement, resource: this.facts.resource, client: this.facts.clientAddress, reason: why.reason, message: why.message, note: why.note,
      principal: { issuer: this.facts.principal.issuer, subject: this.facts.principal.subject, name: this.facts.principal.name },
      what: why.identity === undefined ? undefined : { digest: why.identity.digest, fingerprint: why.identity.fingerprint, text: why.identity.redactedText },
    }
    return this.#recordRefusal(body, why)
  }

  /** Ends the session's record. The count lets `verify` see a missing middle or tail. Idempotent. */
  async close(reason: string): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    await this.record({ kind: 'session.close', reason, statements: this.#statements, count: this.#entries + 1, unsettled: this.#unsettled.size === 0 ? undefined : this.#unsettled.size })
  }

  #request<T>(submission: Submission<T>): DecisionRequest {
    const { principal, resource, clientAddress } = this.facts
    return { principal, resource, clientAddress, purpose: submission.purpose, statement: submission.statement, nowMs: this.#ports.now() }
  }

  #ended(): { reason: Refusal['reason']; message: string; next: string } | undefined {
    if (this.#state === 'closed') return { reason: 'standing', message: 'the session is closed', next: 'connect again' }
    const standing = this.facts.standing()
    return standing.kind === 'good' ? undefined : { reason: 'standing', message: standing.why, next: standing.next }
  }

  #decide(request: DecisionRequest): Decision {
    try {
      return this.#ports.decide(request)
    } catch (error) {
      // A decision that throws is a bug; the statement is refused, and the entry names the error's class, not its text.
      const name = error instanceof Error ? error.name : typeof error
      return { kind: 'deny', reason: 'policy-error', policies: [], version: '', why: `the decision failed: ${name}`, refusal: 'the decision could not be made', next: 'tell the operator the receipt number' }
    }
  }

  async #hold<T>(statement: StatementId, request: DecisionRequest, submission: Submission<T>, held: Hold): Promise<Permitted<T> | Refusal> {
    const { hold, identity } = submission
    const parameters = hold.parameters()
    const bound = boundTo(identity.digest, parameters, request.purpose, held)
    if (hold.grant?.covers(bound) === true) return this.#permit(statement, request, submission, held, { grant: hold.grant })
    const approval = await this.#awaitApproval(statement, request, submission, held, parameters)
    switch (approval.kind) {
      case 'ticket': return this.#refuse(statement, request, submission, {
        reason: 'held', message: `held for approval by ${held.quorum} of ${held.by.join(', ')}: ticket ${approval.reference}`,
        next: `once it is approved, send the same statement again: it passes once; to approve: doorward approvals approve ${approval.reference}`, decision: held,
      })
      case 'disapproved': return this.#refuse(statement, request, submission, { reason: 'disapproved', message: `not approved: ${approval.why}`, next: 'talk to the approvers, then ask again', decision: held })
      case 'expired': return this.#refuse(statement, request, submission, { reason: 'expired', message: 'nobody approved it in time', next: 'ask again when an approver is there', decision: held })
      case 'withdrawn': return this.#refuse(statement, request, submission, { reason: 'withdrawn', message: `the request for approval was withdrawn: ${approval.why}`, next: 'send the statement again', decision: held })
      case 'approved': return this.#afterApproval(statement, request, submission, held, { approval, grant: new Grant(approval.reference, approval.by, bound) })
    }
  }

  async #awaitApproval<T>(statement: StatementId, request: DecisionRequest, submission: Submission<T>, held: Hold, parameters: string | undefined): Promise<Approval> {
    const { hold, identity, signal } = submission
    if (signal.aborted) return { kind: 'withdrawn', why: 'the client cancelled' }
    try {
      return await this.#ports.awaitApproval({
        statement, decision: held, request, identity, parameters, mode: hold.mode, details: async () => withEstimate(await hold.details(), request), onAsked: (asked) => { hold.onAsked(held, asked) },
      }, signal)
    } catch {
      // The desk is out of reach. Silence never approves.
      return { kind: 'disapproved', why: 'the approval desk is out of reach' }
    }
  }

  /** Busy from the asking to the answer, its recording included: a gateway that stops lets the client have it. */
  async #waitingWhile<T>(hold: () => Promise<T>): Promise<T> {
    this.#waiting += 1
    try {
      return await hold()
    } finally {
      this.#waiting -= 1
    }
  }

  /** Minutes have passed: standing, meaning, policy and time are looked at again, and the approval must be for what they say now. */
  async #afterApproval<T>(statement: StatementId, request: DecisionRequest, submission: Submission<T>, held: Hold, leave: Leave): Promise<Permitted<T> | Refusal> {
    const meaning = await submission.hold.stillMeans()
    const ended = this.#ended()
    if (ended !== undefined) return this.#refuse(statement, request, submission, ended)
    if (meaning === 'something-else') return this.#refuse(statement, request, submission, { reason: 'disapproved', message: 'what the statement means changed while it waited', next: 'send it again', decision: held })
    const again: DecisionRequest = { ...request, nowMs: this.#ports.now() }
    const decision = this.#decide(again)
    if (decision.kind === 'deny') return this.#refuse(statement, again, submission, { reason: decision.reason, message: decision.refusal, next: decision.next, decision })
    if (decision.kind === 'hold' && termsOf(decision) !== termsOf(held)) return this.#refuse(statement, again, submission, { reason: 'disapproved', message: 'what policy asks for changed while it waited', next: 'send it again', decision })
    return this.#permit(statement, again, submission, decision, leave)
  }

  async #permit<T>(statement: StatementId, request: DecisionRequest, submission: Submission<T>, decision: Allow | Hold, leave: Leave | undefined): Promise<Permitted<T> | Refusal> {
    const prepared = prepare(submission.transform, decision)
    if (prepared.kind === 'cannot-transform') return this.#refuse(statement, request, submission, { reason: 'cannot-transform', message: prepared.why, next: prepared.next, decision })
    // Before the approval is used up: it is still good when the budget is there again. What is spent is not given back, whatever comes after.
    const budget = spend(this.#ports, request.principal, decision)
    if (budget.kind === 'over') return this.#refuse(statement, request, submission, { reason: 'limit', message: budget.message, next: budget.next, decision })
    const unusable = leave?.approval === undefined ? undefined : await useUp(leave.approval)
    if (unusable !== undefined) return this.#refuse(statement, request, submission, {
      reason: submission.signal.aborted ? 'withdrawn' : 'disapproved', message: `the approval no longer counts: ${unusable}`, next: 'send the statement again', decision,
    })
    const startedMs = this.#ports.now()
    let receipt: Receipt
    try {
      receipt = await this.record({
        ...this.#descriptions.entry('intent', statement, request, submission.identity), decision: this.#descriptions.decision(decision),
        budgets: budget.left, approval: leave === undefined ? undefined : { by: leave.grant.by, reference: leave.grant.reference, goesOn: leave.approval === undefined ? true : undefined },
      })
    } catch {
      return recorderDown()
    }
    // Recording may have waited on a slow disk: whoever was revoked meanwhile stays out, and who has cancelled does not want it any more.
    // The intent then has an outcome that says so.
    const ended = this.#ended() ?? (submission.signal.aborted ? WITHDRAWN : undefined)
    const permit = mintPermit(statement, receipt)
    this.#unsettled.add(permit)
    const permitted: Permitted<T> = { kind: 'permitted', permit, transform: prepared.transform, decision, startedMs, grant: leave?.grant }
    if (ended === undefined) return permitted
    permit.spend()
    await this.settle(permitted, { status: 'cancelled', result: ended.reason, rows: 0, bytes: 0, digest: undefined, maskedColumns: [] })
    return this.#refuse(statement, request, submission, ended)
  }

  #refuse<T>(statement: StatementId, request: DecisionRequest, submission: Submission<T>, why: { readonly reason: Refusal['reason']; readonly message: string; readonly next: string; readonly decision?: Decision }): Promise<Refusal> {
    const body: EntryBody = {
      ...this.#descriptions.entry('refusal', statement, request, submission.identity), reason: why.reason, message: why.message,
      decision: why.decision === undefined ? undefined : this.#descriptions.decision(why.decision),
    }
    return this.#recordRefusal(body, why)
  }

  async #recordRefusal(body: EntryBody, why: { readonly reason: Refusal['reason']; readonly message: string; readonly next: string }): Promise<Refusal> {
    try {
      const receipt = await this.record(body)
      return { kind: 'refusal', reason: why.reason, message: why.message, next: why.next, receipt }
    } catch {
      return recorderDown()
    }
  }
}

const WITHDRAWN = { reason: 'withdrawn', message: 'the client cancelled before it was sent', next: 'send the statement again' } as const

/** A preparation that throws is a bug; the statement is refused like one that cannot be transformed (P3). */
function prepare<T>(transform: TransformPort<T>, decision: Allow | Hold): Prepared<T> {
  try {
    return transform.prepare(decision.obligations, decision)
  } catch {
    return { kind: 'cannot-transform', why: 'the transform of the answer could not be prepared', next: 'tell the operator the receipt number' }
  }
}

/** What lets a held statement run: an approval to be used up, or the grant of one that was. */
interface Leave { readonly approval?: Approved; readonly grant: Grant }

/** @returns why the approval does not count; undefined: it is used up now. */
async function useUp(approval: Approved): Promise<string | undefined> {
  try {
    const used = await approval.use()
    return used === 'used' ? undefined : used.void
  } catch {
    return 'its use could not be recorded'
  }
}

/** The recorder cannot write: refuse, and say so (P1). */
function recorderDown(): Refusal {
  return { kind: 'refusal', reason: 'recorder-down', message: 'the log cannot be written, so nothing is forwarded', next: 'tell the operator: the recorder is down; connect again once it writes', receipt: undefined }
}

export interface Guard {
  /** Opens a session for a principal on a resource, or refuses; recorded either way. */
  admit(facts: SessionFacts, purpose: Purpose | undefined): Promise<{ readonly kind: 'admitted'; readonly admission: Admission } | Refusal>
  /** Records something that happens outside any session: a failed authentication, a start. */
  record(body: EntryBody): Promise<Receipt>
}

export function createGuard(ports: GuardPorts): Guard {
  const descriptions = new Descriptions()
  return {
    record: (body) => ports.record(body),
    async admit(facts, purpose) {
      const admission = new Admission(ports, facts, descriptions)
      const standing = facts.standing()
      let decision: Decision
      try {
        decision = ports.mayConnect({ principal: facts.principal, resource: facts.resource, purpose, nowMs: ports.now(), clientAddress: facts.clientAddress })
      } catch (error) {
        const name = error instanceof Error ? error.name : typeof error
        decision = { kind: 'deny', reason: 'policy-error', policies: [], version: '', why: `the decision failed: ${name}`, refusal: 'the decision could not be made', next: 'tell the operator the receipt number' }
      }
      const common = { principal: describePrincipal(facts.principal), resource: facts.resource, protocol: facts.protocol, client: facts.clientAddress, purpose, details: facts.details, decision: describeDecision(decision) }
      // A connection cannot wait for a person before it exists; holding is for statements.
      const no = standing.kind === 'ended' ? { reason: 'standing' as const, message: standing.why, next: standing.next }
        : decision.kind === 'deny' ? { reason: decision.reason, message: decision.refusal, next: decision.next }
          : undefined
      try {
        if (no === undefined) {
          await admission.record({ kind: 'session.open', ...common })
          return { kind: 'admitted', admission }
        }
        const receipt = await ports.record({ kind: 'session.refused', ...common, reason: no.reason, message: no.message })
        return { kind: 'refusal', ...no, receipt }
      } catch {
        return recorderDown()
      }
    },
  }
}
