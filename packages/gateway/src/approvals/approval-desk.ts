/**
 * Where held statements wait for people. It satisfies the guard's `awaitApproval`, and the admin API asks it on behalf of approvers. Every
 * step of a request happens in turn, is kept in the durable store and recorded: a vote before it counts, a use after it is used up, so
 * that whatever fails between leaves less allowed than before, never more. Silence never approves.
 *
 * Survives a restart: requests and approvals. Does not: the connection of a statement that waited; its request then goes on as a ticket.
 */
import type { EntryBody, Principal, Receipt } from '@doorward/core'
import { describeStatement, referTo, type Approval, type Approved, type HoldDetails, type HoldRequest } from '@doorward/guard'
import type { RequestRow, RequestStore, VoteRow } from '../state/state.ts'
import { bindingOf, coversEstimate } from './binding.ts'
import { actingForOf, eligibilityOf, isParty, toPersonRow } from './eligible.ts'
import { makeRequestId } from './request-id.ts'
import { viewOf } from './request-view.ts'
import { Turns } from './turns.ts'
import { Waiters, type Woken } from './waiters.ts'

export interface DeskParts {
  readonly store: RequestStore
  readonly record: (body: EntryBody) => Promise<Receipt>
  readonly now: () => number
  /** Runs once after a delay; returns what cancels it. */
  readonly after: (delayMs: number, run: () => void) => () => void
  readonly randomBytes: (size: number) => Buffer
  /** Of the policies in force. */
  readonly policyVersion: () => string
  readonly isRevoked: (issuer: string, subject: string) => boolean
  /** For operators: literal-free lines. */
  readonly log: (line: string) => void
}

/** Why an approver says no; words of ours, because a free text could hold PHI and goes into the log. */
export const DENIAL_REASONS = ['not-needed', 'too-broad', 'wrong-purpose', 'ask-me-first', 'other'] as const
export type DenialReason = (typeof DENIAL_REASONS)[number]

export type Verdict = { readonly kind: 'approve' } | { readonly kind: 'deny'; readonly reason: DenialReason }

export type Voted =
  /** `votes` of `quorum` are there. */
  | { readonly kind: 'counted'; readonly row: RequestRow; readonly votes: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ineligible'; readonly why: string }
  | { readonly kind: 'voted-already' }
  /** Not open any more. */
  | { readonly kind: 'ended'; readonly row: RequestRow }

/** Open requests of one principal at the same time: more is a program that does not wait. */
const MAX_OPEN_PER_PRINCIPAL = 200
/** Open requests that are looked through when policies change or a principal is revoked: MAX_OPEN_PER_PRINCIPAL of fifty. */
const MAX_OPEN = 10_000
const SWEEP_MS = 30_000
/** Ended requests are history, which the log has; the store keeps them for lists. */
const KEEP_ENDED_MS = 30 * 86_400_000

export class ApprovalDesk {
  readonly #parts: DeskParts
  readonly #turns = new Turns()
  readonly #waiters = new Waiters()
  #stopSweep: () => void = () => undefined
  #stage: 'running' | 'stopped' = 'running'

  constructor(parts: DeskParts) { this.#parts = parts }

  /** Ends what ran out while no process was there, and goes on doing so. */
  async start(): Promise<void> {
    await this.policyChanged()
    await this.sweep()
    this.#sweepLater()
  }

  /** The guard's port. A waiting statement ends with its client, with time, with a verdict, or with the gateway: then it becomes a ticket. */
  async awaitApproval(held: HoldRequest, signal: AbortSignal): Promise<Approval> {
    const details = await held.details()
    const binding = bindingOf(held, details)
    const found = await this.#turns.take(`binding ${binding}`, async () => {
      const row = await this.#findOpen(binding, details) ?? await this.#ask(held, details, binding)
      if (row?.state !== 'pending' || held.mode === 'ticket' || this.#stage === 'stopped') return { row, waiting: undefined }
      // In the same turn, so that no other statement finds the request free.
      return { row, waiting: this.#waiters.add(row.id, ticketOf(row)) }
    })
    const { row, waiting } = found
    if (row === undefined) return { kind: 'disapproved', why: `more than ${MAX_OPEN_PER_PRINCIPAL} requests of yours are open` }
    if (row.state === 'approved') return this.#approved(row, await this.#approvers(row), signal)
    return waiting === undefined ? ticketOf(row) : this.#wait(row, waiting, held, signal)
  }

  /** Somebody's answer. Whoever calls has authenticated the approver. @throws when it cannot be recorded: it does not count then. */
  vote(id: string, approver: Principal, verdict: Verdict): Promise<Voted> {
    return this.#turns.take(id, async () => {
      const row = await this.#present(id)
      if (row === undefined) return { kind: 'unknown' }
      if (row.state !== 'pending') return { kind: 'ended', row }
      const eligibility = eligibilityOf(approver, row)
      if (eligibility.kind === 'ineligible') {
        // Trying to approve for oneself is worth a line in the log; a person of another group has only lost the way.
        if (eligibility.rule !== 'group') await this.#parts.record({ ...entryOf('approval.refused', row), by: referTo(approver), rule: eligibility.rule })
        return { kind: 'ineligible', why: eligibility.why }
      }
      const vote: VoteRow = { ...toPersonRow(approver), verdict: verdict.kind, groups: eligibility.groups, atMs: this.#parts.now() }
      if ((await this.#parts.store.votes(id)).some((one) => one.issuer === vote.issuer && one.subject === vote.subject)) return { kind: 'voted-already' }
      // Recorded first: no approval exists that the log does not know.
      await this.#parts.record({
        ...entryOf(verdict.kind === 'approve' ? 'approval.approved' : 'approval.denied', row), by: referTo(approver), groups: eligibility.groups,
        method: approver.authentication.method, amr: approver.authentication.amr, reason: verdict.kind === 'deny' ? verdict.reason : undefined,
      })
      const counted = await this.#parts.store.vote(id, 'pending', vote)
      if (counted !== 'counted') return counted === 'voted-already' ? { kind: 'voted-already' } : { kind: 'ended', row: await this.#parts.store.get(id) ?? row }
      return verdict.kind === 'deny' ? this.#deny(row, approver, verdict.reason) : this.#count(row)
    })
  }

  /** A request, for somebody who may see it: its approvers and those who asked. Recorded the first time an approver looks. */
  async show(id: string, viewer: Principal): Promise<RequestRow | undefined> {
    const row = await this.#turns.take(id, () => this.#present(id))
    if (row === undefined || !maySee(viewer, row)) return undefined
    if (eligibilityOf(viewer, row).kind === 'eligible' && await this.#parts.store.seen(id, toPersonRow(viewer), this.#parts.now())) {
      await this.#parts.record({ ...entryOf('approval.seen', row), by: referTo(viewer) })
    }
    return row
  }

  /** Newest first, those that the viewer may see. @param which `open`: pending or approved. */
  async list(viewer: Principal, which: 'open' | 'all', limit: number): Promise<readonly RequestRow[]> {
    const { store, now } = this.#parts
    const rows = await store.list({ limit: MAX_OPEN, ...(which === 'open' ? { states: ['pending', 'approved'] } : {}) })
    return rows.filter((row) => maySee(viewer, row) && (which === 'all' || deadlineOf(row) > now())).slice(0, limit)
  }

  votes(id: string): Promise<readonly VoteRow[]> { return this.#parts.store.votes(id) }

  /** Whether a connection waits for it in this process. */
  isWaiting(id: string): boolean { return this.#waiters.has(id) }

  get waiting(): number { return this.#waiters.size }

  /** Requests under other policies than those in force ask for what may no longer be asked: they are withdrawn. */
  async policyChanged(): Promise<void> {
    const version = this.#parts.policyVersion()
    const open = await this.#parts.store.list({ states: ['pending', 'approved'], limit: MAX_OPEN })
    for (const row of open) if (row.policyVersion !== version) await this.#turns.take(row.id, () => this.#present(row.id))
  }

  /** Whatever a revoked principal asked, or had asked, is withdrawn. Its votes stop counting by themselves. */
  async revoked(issuer: string, subject: string): Promise<void> {
    const open = await this.#parts.store.list({ states: ['pending', 'approved'], limit: MAX_OPEN })
    for (const row of open) {
      if ([row.requester, ...row.actingFor].some((one) => one.issuer === issuer && one.subject === subject)) await this.#withdraw(row.id, 'whoever asked was revoked')
    }
  }

  /** Ends what has run out without a connection to notice it. */
  async sweep(): Promise<void> {
    const { store, now } = this.#parts
    for (const row of await store.list({ states: ['pending', 'approved'], limit: MAX_OPEN })) if (deadlineOf(row) <= now()) await this.#turns.take(row.id, () => this.#present(row.id))
    await store.prune(now() - KEEP_ENDED_MS)
  }

  /** The gateway stops: what waits goes on as tickets, and nothing is withdrawn. @returns how many waited. */
  stop(): number {
    const waiting = this.waiting
    this.#stage = 'stopped'
    this.#stopSweep()
    this.#waiters.releaseAll()
    return waiting
  }

  /** An open request or approval for the same, which nobody waits for. */
  async #findOpen(binding: string, details: HoldDetails): Promise<RequestRow | undefined> {
    const open = await this.#parts.store.list({ states: ['approved', 'pending'], binding, limit: MAX_OPEN_PER_PRINCIPAL })
    const free = open.filter((row) => !this.#waiters.has(row.id) && deadlineOf(row) > this.#parts.now() && coversEstimate(row.estimatedRows, details.estimatedRows))
    return free.find((row) => row.state === 'approved') ?? free[0]
  }

  async #ask(held: HoldRequest, details: HoldDetails, binding: string): Promise<RequestRow | undefined> {
    const { store, now, randomBytes, record } = this.#parts
    const { request, decision } = held
    const requester = toPersonRow(request.principal)
    if (await store.countOpen(requester.issuer, requester.subject) >= MAX_OPEN_PER_PRINCIPAL) return undefined
    const askedMs = now()
    const row: RequestRow = {
      id: makeRequestId(randomBytes), state: 'pending', note: undefined, askedMs, expiresMs: askedMs + decision.expiresMs, useByMs: undefined, mode: held.mode,
      statement: held.statement, requester, actingFor: actingForOf(request.principal), binding, policyVersion: decision.version, by: decision.by, quorum: decision.quorum,
      expiresAfterMs: decision.expiresMs, estimatedRows: details.estimatedRows, view: JSON.stringify(viewOf(held, details)),
    }
    await record({
      ...entryOf('approval.asked', row), principal: referTo(request.principal), resource: request.resource, purpose: request.purpose, client: request.clientAddress, mode: held.mode,
      what: describeStatement(request.statement, held.identity), behind: details.behind.length === 0 ? undefined : details.behind.map((one) => one.digest),
      parameters: held.parameters, estimatedRows: details.estimatedRows, policyVersion: decision.version, why: decision.why,
      approvers: decision.by, quorum: decision.quorum, expires: new Date(row.expiresMs).toISOString(),
    })
    await store.insert(row)
    return row
  }

  async #wait(row: RequestRow, waiting: Promise<Woken>, held: HoldRequest, signal: AbortSignal): Promise<Approval> {
    const withdraw = (): void => { this.#inBackground(this.#withdraw(row.id, 'the client cancelled')) }
    const stopTimer = this.#parts.after(Math.max(0, row.expiresMs - this.#parts.now()), () => { this.#inBackground(this.#turns.take(row.id, () => this.#present(row.id))) })
    signal.addEventListener('abort', withdraw, { once: true })
    try {
      if (signal.aborted) withdraw()
      else held.onAsked({ reference: row.id, expiresAtMs: row.expiresMs })
      await this.#turns.take(row.id, () => this.#wakeIfAnswered(row.id))
      const woken = await waiting
      return woken.kind === 'quorum' ? this.#approved(row, woken.by, signal) : woken
    } catch (error) {
      withdraw()
      throw error
    } finally {
      stopTimer()
      signal.removeEventListener('abort', withdraw)
    }
  }

  /** Somebody may have answered between its asking and its waiting. */
  async #wakeIfAnswered(id: string): Promise<void> {
    const row = await this.#present(id)
    if (row?.state === 'approved') this.#waiters.wake(id, { kind: 'quorum', by: await this.#approvers(row) })
    else if (row?.state !== 'pending') this.#waiters.wake(id, { kind: 'withdrawn', why: row?.note ?? 'it is not known any more' })
  }

  #approved(row: RequestRow, by: readonly string[], signal: AbortSignal): Approved {
    return { kind: 'approved', by, reference: row.id, use: () => this.#turns.take(row.id, () => this.#use(row.id, signal)) }
  }

  async #use(id: string, signal: AbortSignal): Promise<'used' | { readonly void: string }> {
    const { store, record } = this.#parts
    const row = await this.#present(id)
    if (row?.state !== 'approved') return { void: row === undefined ? 'it is not known' : row.note ?? `it is ${row.state}` }
    if (signal.aborted) return this.#void(row, 'the client cancelled')
    const by = await this.#approvers(row)
    if (by.length < row.quorum) return this.#void(row, 'an approver was revoked')
    // Used up first: whatever fails from here on, it cannot be used again.
    if (!await store.move(id, ['approved'], { state: 'used', atMs: this.#parts.now() })) return { void: 'it was used already' }
    await record({ ...entryOf('approval.used', row), by })
    return 'used'
  }

  async #void(row: RequestRow, why: string): Promise<{ readonly void: string }> {
    await this.#end(row, 'withdrawn', why)
    return { void: why }
  }

  async #count(row: RequestRow): Promise<Voted> {
    const { store, now } = this.#parts
    const by = await this.#approvers(row)
    if (by.length < row.quorum) return { kind: 'counted', row, votes: by.length }
    const useByMs = now() + row.expiresAfterMs
    if (!await store.move(row.id, ['pending'], { state: 'approved', useByMs, atMs: now() })) return { kind: 'ended', row: await store.get(row.id) ?? row }
    this.#waiters.wake(row.id, { kind: 'quorum', by })
    return { kind: 'counted', row: { ...row, state: 'approved', useByMs }, votes: by.length }
  }

  async #deny(row: RequestRow, approver: Principal, reason: DenialReason): Promise<Voted> {
    const why = `${approver.name} said no (${reason})`
    await this.#parts.store.move(row.id, ['pending'], { state: 'denied', note: why, atMs: this.#parts.now() })
    this.#waiters.wake(row.id, { kind: 'disapproved', why })
    return { kind: 'counted', row: { ...row, state: 'denied', note: why }, votes: 0 }
  }

  /** Those whose yes counts now, as `issuer|subject`. */
  async #approvers(row: RequestRow): Promise<readonly string[]> {
    const votes = await this.#parts.store.votes(row.id)
    return votes.filter((vote) => vote.verdict === 'approve' && !this.#parts.isRevoked(vote.issuer, vote.subject)).map((vote) => `${vote.issuer}|${vote.subject}`)
  }

  /** The request as it is now: one that ran out, or was asked under other policies, is ended on the way. Call within its turn. */
  async #present(id: string): Promise<RequestRow | undefined> {
    const row = await this.#parts.store.get(id)
    if (row === undefined || !isOpen(row)) return row
    if (deadlineOf(row) <= this.#parts.now()) await this.#end(row, 'expired', row.state === 'pending' ? 'nobody answered in time' : 'it was not used in time')
    else if (row.policyVersion !== this.#parts.policyVersion()) await this.#end(row, 'withdrawn', 'the policies changed')
    else return row
    return this.#parts.store.get(id)
  }

  #withdraw(id: string, why: string): Promise<void> {
    return this.#turns.take(id, async () => {
      const row = await this.#present(id)
      if (row !== undefined && isOpen(row)) await this.#end(row, 'withdrawn', why)
    })
  }

  /** Ending needs no record to be safe: it is done first, and whoever waits is told in any case. */
  async #end(row: RequestRow, state: 'expired' | 'withdrawn', why: string): Promise<void> {
    try {
      await this.#parts.store.move(row.id, ['pending', 'approved'], { state, note: why, atMs: this.#parts.now() })
    } finally {
      this.#waiters.wake(row.id, state === 'expired' ? { kind: 'expired' } : { kind: 'withdrawn', why })
    }
    await this.#parts.record({ ...entryOf(state === 'expired' ? 'approval.expired' : 'approval.withdrawn', row), why })
  }

  /** Nobody waits for these; what fails is said to the operator, and the next sweep tries again. */
  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => { this.#parts.log(`approvals: a step could not be kept: ${error instanceof Error ? error.name : 'unknown'}`) })
  }

  #sweepLater(): void {
    this.#stopSweep = this.#parts.after(SWEEP_MS, () => {
      this.#inBackground(this.sweep())
      this.#sweepLater()
    })
  }
}

function ticketOf(row: RequestRow): Extract<Approval, { kind: 'ticket' }> { return { kind: 'ticket', reference: row.id, expiresAtMs: row.expiresMs } }

function isOpen(row: RequestRow): boolean { return row.state === 'pending' || row.state === 'approved' }

function deadlineOf(row: RequestRow): number { return row.state === 'approved' ? row.useByMs ?? row.expiresMs : row.expiresMs }

function maySee(viewer: Principal, row: RequestRow): boolean {
  return isParty(viewer, row) || eligibilityOf(viewer, row).kind === 'eligible'
}

function entryOf(kind: EntryBody['kind'], row: RequestRow): EntryBody {
  return { kind, approval: row.id, statement: row.statement }
}
