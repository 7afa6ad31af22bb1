/** Held statements and what people said of them, in the embedded store. */
import { numberOf, numberOrNothing, textOf, textOrNothing, wordOf, type Sqlite, type SqlRow } from './sqlite.ts'
import { StateFault } from './state-fault.ts'
import type { PersonRow, RequestRow, RequestState, RequestStore, VoteRow } from './state.ts'

const STATES: readonly RequestState[] = ['pending', 'approved', 'used', 'denied', 'expired', 'withdrawn']
const OPEN: readonly RequestState[] = ['pending', 'approved']

export class SqliteRequests implements RequestStore {
  readonly #db: Sqlite

  constructor(db: Sqlite) { this.#db = db }

  insert(row: RequestRow): Promise<void> {
    return settled(() => {
      this.#db.run(
        `insert into requests (id, state, note, asked_ms, expires_ms, use_by_ms, mode, statement, issuer, subject, name, acting_for, binding, policy_version,
           approvers, quorum, expires_after_ms, estimated_rows, view) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        row.id, row.state, row.note ?? null, row.askedMs, row.expiresMs, row.useByMs ?? null, row.mode, row.statement,
        row.requester.issuer, row.requester.subject, row.requester.name, JSON.stringify(row.actingFor), row.binding, row.policyVersion,
        JSON.stringify(row.by), row.quorum, row.expiresAfterMs, row.estimatedRows ?? null, row.view,
      )
    })
  }

  get(id: string): Promise<RequestRow | undefined> {
    return settled(() => {
      const row = this.#db.get('select * from requests where id = ?', id)
      return row === undefined ? undefined : toRequest(row)
    })
  }

  list({ states = STATES, binding, limit }: { readonly states?: readonly RequestState[]; readonly binding?: string; readonly limit: number }): Promise<readonly RequestRow[]> {
    const wanted = JSON.stringify(states)
    return settled(() => (binding === undefined
      ? this.#db.all('select * from requests where state in (select value from json_each(?)) order by asked_ms desc, id limit ?', wanted, limit)
      : this.#db.all('select * from requests where binding = ? and state in (select value from json_each(?)) order by asked_ms desc, id limit ?', binding, wanted, limit)
    ).map(toRequest))
  }

  countOpen(issuer: string, subject: string): Promise<number> {
    return settled(() => numberOf(this.#db.get("select count(*) as open from requests where state in ('pending', 'approved') and issuer = ? and subject = ?", issuer, subject) ?? {}, 'open'))
  }

  votes(id: string): Promise<readonly VoteRow[]> {
    return settled(() => this.#db.all('select * from votes where request = ? order by at_ms, issuer, subject', id).map(toVote))
  }

  vote(id: string, inState: 'pending', vote: VoteRow): Promise<'counted' | 'voted-already' | 'other-state'> {
    return settled(() => this.#db.transaction(() => {
      if (this.#db.get('select 1 from requests where id = ? and state = ?', id, inState) === undefined) return 'other-state'
      const counted = this.#db.run(
        'insert into votes (request, issuer, subject, name, verdict, groups, at_ms) values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing',
        id, vote.issuer, vote.subject, vote.name, vote.verdict, JSON.stringify(vote.groups), vote.atMs,
      )
      return counted === 1 ? 'counted' : 'voted-already'
    }))
  }

  move(id: string, from: readonly RequestState[], to: { readonly state: RequestState; readonly atMs: number; readonly note?: string; readonly useByMs?: number }): Promise<boolean> {
    const endedMs = OPEN.includes(to.state) ? null : to.atMs
    return settled(() => this.#db.run(
      'update requests set state = ?, note = ?, use_by_ms = coalesce(?, use_by_ms), ended_ms = ? where id = ? and state in (select value from json_each(?))',
      to.state, to.note ?? null, to.useByMs ?? null, endedMs, id, JSON.stringify(from),
    ) === 1)
  }

  seen(id: string, person: PersonRow, atMs: number): Promise<boolean> {
    return settled(() => this.#db.run('insert into seen (request, issuer, subject, at_ms) values (?, ?, ?, ?) on conflict do nothing', id, person.issuer, person.subject, atMs) === 1)
  }

  prune(endedBeforeMs: number): Promise<number> {
    return settled(() => this.#db.transaction(() => {
      this.#db.run('delete from votes where request in (select id from requests where ended_ms < ?)', endedBeforeMs)
      this.#db.run('delete from seen where request in (select id from requests where ended_ms < ?)', endedBeforeMs)
      return this.#db.run('delete from requests where ended_ms < ?', endedBeforeMs)
    }))
  }
}

/** What throws becomes a rejection: callers of the port wait for promises only. */
export function settled<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => { resolve(work()) })
}

function toRequest(row: SqlRow): RequestRow {
  return {
    id: textOf(row, 'id'), state: wordOf(row, 'state', STATES), note: textOrNothing(row, 'note'), askedMs: numberOf(row, 'asked_ms'), expiresMs: numberOf(row, 'expires_ms'),
    useByMs: numberOrNothing(row, 'use_by_ms'), mode: wordOf(row, 'mode', ['wait', 'ticket']), statement: textOf(row, 'statement'),
    requester: toPerson(row), actingFor: readList(textOf(row, 'acting_for'), isPerson), binding: textOf(row, 'binding'), policyVersion: textOf(row, 'policy_version'),
    by: readList(textOf(row, 'approvers'), isText), quorum: numberOf(row, 'quorum'), expiresAfterMs: numberOf(row, 'expires_after_ms'),
    estimatedRows: numberOrNothing(row, 'estimated_rows'), view: textOf(row, 'view'),
  }
}

function toVote(row: SqlRow): VoteRow {
  return { ...toPerson(row), verdict: wordOf(row, 'verdict', ['approve', 'deny']), groups: readList(textOf(row, 'groups'), isText), atMs: numberOf(row, 'at_ms') }
}

export function toPerson(row: SqlRow): PersonRow {
  return { issuer: textOf(row, 'issuer'), subject: textOf(row, 'subject'), name: textOf(row, 'name') }
}

function readList<T>(json: string, is: (value: unknown) => value is T): readonly T[] {
  const value: unknown = JSON.parse(json)
  if (!Array.isArray(value) || !value.every(is)) throw new StateFault('unreadable', 'state: a list is not what was written')
  return value
}

function isText(value: unknown): value is string { return typeof value === 'string' }

function isPerson(value: unknown): value is PersonRow {
  return typeof value === 'object' && value !== null && 'issuer' in value && isText(value.issuer) && 'subject' in value && isText(value.subject) && 'name' in value && isText(value.name)
}
