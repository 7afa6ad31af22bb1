/** The embedded store behind the state port: requests in sqlite-requests.ts, the rest here. */
import { join } from 'node:path'
import { SqliteRequests, settled, toPerson } from './sqlite-requests.ts'
import { numberOf, Sqlite, textOf, type SqlRow } from './sqlite.ts'
import type { FailureRow, FailureStore, RevocationRow, RevocationStore, SessionRow, SessionStore, State } from './state.ts'

/** In the state folder. */
export const STATE_FILE = 'state.db'

/** @param dir The state folder, or `:memory:`. @throws {StateFault} `newer` */
export function openState(dir: string): State {
  const db = new Sqlite(dir === ':memory:' ? dir : join(dir, STATE_FILE))
  return {
    requests: new SqliteRequests(db), sessions: sessionsIn(db), revocations: revocationsIn(db), failures: failuresIn(db),
    close: () => settled(() => { db.close() }),
  }
}

function sessionsIn(db: Sqlite): SessionStore {
  return {
    opened: (row) => settled(() => {
      db.run(
        'insert into sessions (id, process, protocol, resource, client, issuer, subject, name, opened_ms) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        row.id, row.process, row.protocol, row.resource, row.client, row.issuer, row.subject, row.name, row.openedMs,
      )
    }),
    ended: (id) => settled(() => { db.run('delete from sessions where id = ?', id) }),
    forgetOthers: (process) => settled(() => db.run('delete from sessions where process <> ?', process)),
    list: () => settled(() => db.all('select * from sessions order by opened_ms, id').map(toSession)),
  }
}

function toSession(row: SqlRow): SessionRow {
  return {
    ...toPerson(row), id: textOf(row, 'id'), process: textOf(row, 'process'), protocol: textOf(row, 'protocol'), resource: textOf(row, 'resource'),
    client: textOf(row, 'client'), openedMs: numberOf(row, 'opened_ms'),
  }
}

function revocationsIn(db: Sqlite): RevocationStore {
  const toRevocation = (row: SqlRow): RevocationRow => ({ ...toPerson(row), atMs: numberOf(row, 'at_ms'), by: textOf(row, 'revoked_by') })
  return {
    add: (row) => settled(() => {
      db.run(
        `insert into revocations (issuer, subject, name, at_ms, revoked_by) values (?, ?, ?, ?, ?)
           on conflict (issuer, subject) do update set name = excluded.name, at_ms = excluded.at_ms, revoked_by = excluded.revoked_by`,
        row.issuer, row.subject, row.name, row.atMs, row.by,
      )
    }),
    lift: (issuer, subject) => settled(() => db.run('delete from revocations where issuer = ? and subject = ?', issuer, subject) === 1),
    list: () => settled(() => db.all('select * from revocations order by at_ms, issuer, subject').map(toRevocation)),
  }
}

function failuresIn(db: Sqlite): FailureStore {
  const toFailure = (row: SqlRow): FailureRow => ({ key: textOf(row, 'key'), count: numberOf(row, 'failed'), firstMs: numberOf(row, 'first_ms'), lockedUntilMs: numberOf(row, 'locked_until_ms') })
  return {
    get: (key) => settled(() => {
      const row = db.get('select * from failures where key = ?', key)
      return row === undefined ? undefined : toFailure(row)
    }),
    put: (row) => settled(() => {
      db.run(
        `insert into failures (key, failed, first_ms, locked_until_ms) values (?, ?, ?, ?)
           on conflict (key) do update set failed = excluded.failed, first_ms = excluded.first_ms, locked_until_ms = excluded.locked_until_ms`,
        row.key, row.count, row.firstMs, row.lockedUntilMs,
      )
    }),
    clear: (key) => settled(() => { db.run('delete from failures where key = ?', key) }),
    prune: (keep) => settled(() => { db.run('delete from failures where key in (select key from failures order by first_ms desc, key limit -1 offset ?)', keep) }),
  }
}
