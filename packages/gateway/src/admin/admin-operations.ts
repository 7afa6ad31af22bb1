/**
 * What the admin API does, one operation per route, apart from HTTP. Whoever may approve is policy's to say; seeing and ending others'
 * sessions and revoking is the administrators', whom the configuration names by group.
 */
import type { z } from 'zod'
import type { EntryBody, GroupId, Principal, Receipt } from '@doorward/core'
import { referTo } from '@doorward/guard'
import type { ApprovalDesk, Verdict } from '../approvals/approval-desk.ts'
import type { Reloaded } from '../config/policies-in-force.ts'
import { peopleOf } from '../approvals/binding.ts'
import type { LocalPrincipals } from '../identity/local-principals.ts'
import type { Revocations } from '../identity/revocations.ts'
import { REVOKED, type LiveSession, type SessionRegistry } from '../sessions/session-registry.ts'
import type { PersonRow } from '../state/state.ts'
import type { AdminProblem } from './admin-request.ts'
import { problemOf, toApproval, toSummary, toTime } from './approval-answers.ts'
import type { RecordingOperations } from './recording-operations.ts'
import type * as schemas from './schemas.ts'

export interface AdminParts {
  readonly desk: ApprovalDesk
  readonly sessions: SessionRegistry
  readonly revocations: Revocations
  readonly local: LocalPrincipals
  readonly administrators: readonly GroupId[]
  readonly record: (body: EntryBody) => Promise<Receipt>
  readonly now: () => number
  readonly reload: () => Promise<Reloaded>
  readonly policyVersion: () => string
  /** Undefined: nothing is recorded. */
  readonly recordings?: RecordingOperations | undefined
}

type Answer<S extends z.ZodType> = Promise<z.input<S> | AdminProblem>
const NOT_ADMINISTRATOR: AdminProblem = { problem: 'forbidden', message: 'that is for administrators' }

export class AdminOperations {
  readonly #parts: AdminParts

  constructor(parts: AdminParts) { this.#parts = parts }

  get recordings(): RecordingOperations | undefined { return this.#parts.recordings }

  me(caller: Principal): z.input<typeof schemas.me> {
    return { name: caller.name, kind: caller.kind, issuer: caller.issuer, subject: caller.subject, groups: [...caller.groups], administrator: this.#administers(caller) }
  }

  async listApprovals(caller: Principal, which: 'open' | 'all', limit: number): Answer<typeof schemas.approvalList> {
    const { desk } = this.#parts
    const rows = await desk.list(caller, which, limit)
    return { approvals: await Promise.all(rows.map((row) => toSummary(desk, row, caller))) }
  }

  async showApproval(caller: Principal, id: string): Answer<typeof schemas.approval> {
    const { desk } = this.#parts
    const row = await desk.show(id, caller)
    return row === undefined ? { problem: 'not-found', message: 'no such request' } : toApproval(desk, row, caller)
  }

  async vote(caller: Principal, id: string, verdict: Verdict): Answer<typeof schemas.approval> {
    const { desk } = this.#parts
    const voted = await desk.vote(id, caller, verdict)
    const problem = problemOf(voted)
    if (problem === undefined && voted.kind === 'counted') return toApproval(desk, voted.row, caller)
    // Whoever may not see a request does not learn from a vote that it is there.
    if (problem?.problem === 'forbidden' && await desk.show(id, caller) === undefined) return { problem: 'not-found', message: 'no such request, or not yours to answer' }
    return problem ?? { problem: 'not-found', message: 'no such request' }
  }

  /** An administrator sees all; others see their own. */
  listSessions(caller: Principal): z.input<typeof schemas.sessionList> {
    const seen = this.#parts.sessions.list().filter((session) => this.#administers(caller) || isOwn(caller, session))
    return { sessions: seen.map(toSession) }
  }

  async endSession(caller: Principal, id: string): Answer<typeof schemas.ended> {
    const { sessions, record } = this.#parts
    const session = sessions.list().find((one) => one.id === id)
    if (session === undefined || !(this.#administers(caller) || isOwn(caller, session))) return { problem: 'not-found', message: 'no such session' }
    // Ended first: what must stop does not wait for a disk.
    const ended = sessions.endWhere((one) => one.id === id, 'the session was ended by an administrator', 'connect again, or talk to whoever administers Doorward')
    await record({ kind: 'session.ended', of: id, principal: referTo(session.principal), by: referTo(caller) })
    return { ended }
  }

  async revoke(caller: Principal, named: string): Answer<typeof schemas.ended> {
    const { sessions, revocations, desk, record, now } = this.#parts
    if (!this.#administers(caller)) return NOT_ADMINISTRATOR
    const person = this.#personOf(named)
    if ('problem' in person) return person
    const by = `${caller.issuer}|${caller.subject}`
    // It counts in this process from here on, whether or not it can be kept and recorded; whoever asked is told when it could not.
    const kept = revocations.add({ ...person, atMs: now(), by })
    const ended = sessions.endWhere((one) => revocations.covers(one.principal), REVOKED.why, REVOKED.next)
    await kept
    await record({ kind: 'revocation', principal: { ...person }, by: referTo(caller) })
    await desk.revoked(person.issuer, person.subject)
    return { ended }
  }

  async liftRevocation(caller: Principal, named: string): Answer<typeof schemas.nothing> {
    const { revocations, record } = this.#parts
    if (!this.#administers(caller)) return NOT_ADMINISTRATOR
    const person = this.#personOf(named)
    if ('problem' in person) return person
    if (!revocations.has(person.issuer, person.subject)) return { problem: 'not-found', message: 'not revoked' }
    // Recorded first: nobody is let in again without a line that says so.
    await record({ kind: 'revocation.lifted', principal: { ...person }, by: referTo(caller) })
    await revocations.lift(person.issuer, person.subject)
    return {}
  }

  listRevocations(caller: Principal): z.input<typeof schemas.revocationList> | AdminProblem {
    if (!this.#administers(caller)) return NOT_ADMINISTRATOR
    return { revocations: this.#parts.revocations.list().map(({ name, issuer, subject, atMs, by }) => ({ name, issuer, subject, at: toTime(atMs), by })) }
  }

  async reloadPolicies(caller: Principal): Answer<typeof schemas.reloaded> {
    if (!this.#administers(caller)) return NOT_ADMINISTRATOR
    const reloaded = await this.#parts.reload()
    if (reloaded.kind === 'rejected') return { problem: 'conflict', message: `the policy files have ${reloaded.problems.length} problems; the last valid ones stay in force` }
    return { policies: reloaded.kind, version: this.#parts.policyVersion() }
  }

  #administers(caller: Principal): boolean {
    return caller.kind === 'human' && caller.actingFor === undefined && caller.groups.some((group) => this.#parts.administrators.includes(group))
  }

  /** A bare name is a local principal's, as in policies; anybody else is named by issuer and subject. */
  #personOf(named: string): PersonRow | AdminProblem {
    const local = named.startsWith('local|') ? named.slice('local|'.length) : named
    const known = this.#parts.local.find(local)
    // With whoever it is at a provider: revoked under one name is revoked under both.
    if (known !== undefined) return { issuer: known.person?.issuer ?? 'local', subject: known.person?.subject ?? local, name: local }
    const bar = named.indexOf('|')
    if (bar > 0 && bar < named.length - 1) return { issuer: named.slice(0, bar), subject: named.slice(bar + 1), name: named.slice(bar + 1) }
    const live = this.#parts.sessions.list().filter(({ principal }) => principal.name === named).map(({ principal }) => `${principal.issuer}|${principal.subject}`)
    const hint = live.length === 0 ? 'name anybody else as issuer|subject' : `did you mean ${[...new Set(live)].slice(0, 5).join(' or ')}?`
    return { problem: 'not-found', message: `no local principal of that name; ${hint}` }
  }
}

function isOwn(caller: Principal, session: LiveSession): boolean {
  return peopleOf(session.principal).some(([issuer, subject]) => issuer === caller.issuer && subject === caller.subject)
}

function toSession(session: LiveSession): z.input<typeof schemas.session> {
  const { principal } = session
  return {
    id: session.id, principal: principal.name, issuer: principal.issuer, subject: principal.subject, resource: session.resource, protocol: session.protocol, client: session.client,
    opened: toTime(session.openedMs), busy: session.isBusy(), ...(principal.actingFor === undefined ? {} : { actingFor: principal.actingFor.name }),
  }
}
