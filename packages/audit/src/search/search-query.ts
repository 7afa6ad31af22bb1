/** Asking the search index: events by who, what, whose, when. An event is an entry; a statement's outcome is told with its intent. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'

export interface SearchFilter {
  /** `issuer|subject`, or a name. Also whoever acted for them, and whoever answered a request. */
  readonly principal?: string | undefined
  readonly resource?: string | undefined
  /** As stated for it: TREAT, BTG, ... */
  readonly purpose?: string | undefined
  /** A table or another object; `schema.*` for all of a schema. */
  readonly object?: string | undefined
  readonly phiClass?: string | undefined
  /** A digest. */
  readonly patient?: string | undefined
  readonly decision?: string | undefined
  readonly kinds?: readonly string[] | undefined
  readonly session?: string | undefined
  /** From this moment, milliseconds since the epoch. */
  readonly fromMs?: number | undefined
  /** Up to and without this moment. */
  readonly toMs?: number | undefined
  /** Only events after this entry: for going on where a search stopped. */
  readonly after?: number | undefined
  /** Events at most; the oldest come first. */
  readonly limit: number
}

export interface FoundEvent {
  readonly index: number
  readonly atMs: number
  readonly kind: string
  readonly session: string | undefined
  readonly statement: string | undefined
  readonly principals: readonly { readonly id: string; readonly name: string; readonly role: string }[]
  readonly resource: string | undefined
  readonly purpose: string | undefined
  readonly client: string | undefined
  readonly decision: string | undefined
  readonly policyVersion: string | undefined
  readonly objects: readonly { readonly name: string; readonly action: string }[]
  readonly classes: readonly string[]
  /** What came of it; undefined: no outcome in the log, or none is to come. */
  readonly outcome: { readonly index: number; readonly atMs: number; readonly status: string; readonly rows: number; readonly bytes: number; readonly patientsMore: number; readonly patientsUnknown: string | undefined } | undefined
  /** Digests that the outcome tells. */
  readonly patients: readonly string[]
}

interface Row {
  readonly idx: number; readonly at: number; readonly kind: string; readonly session: string | null; readonly statement: string | null; readonly resource: string | null
  readonly purpose: string | null; readonly client: string | null; readonly decision: string | null; readonly policy: string | null
  readonly o_idx: number | null; readonly o_at: number; readonly o_status: string | null; readonly o_rows: number | null; readonly o_bytes: number | null; readonly o_more: number | null; readonly o_unknown: string | null
}

/** The events that match, oldest first. */
export function searchEvents(database: DatabaseSync, filter: SearchFilter): readonly FoundEvent[] {
  const { where, values } = toConditions(filter)
  const rows = database.prepare(`
    select e.idx, e.at, e.kind, e.session, e.statement, e.resource, e.purpose, e.client, e.decision, e.policy,
           o.idx as o_idx, o.at as o_at, o.status as o_status, o.rows as o_rows, o.bytes as o_bytes, o.more as o_more, o.unknown as o_unknown
    from entry e left join entry o on o.intent = e.idx
    where ${where.join(' and ')} order by e.idx limit ?`).all(...values, filter.limit) as unknown as readonly Row[] // as the table is declared
  const parties = database.prepare('select id, name, role from party where idx = ? order by role desc, id')
  const objects = database.prepare('select name, action from object where idx = ? order by name, action')
  const classes = database.prepare('select name from class where idx = ? order by name')
  const patients = database.prepare('select digest from patient where event = ? order by digest')
  return rows.map((row) => ({
    index: row.idx, atMs: row.at, kind: row.kind, session: row.session ?? undefined, statement: row.statement ?? undefined,
    principals: parties.all(row.idx).map((one) => ({ id: String(one['id']), name: String(one['name']), role: String(one['role']) })),
    resource: row.resource ?? undefined, purpose: row.purpose ?? undefined, client: row.client ?? undefined, decision: row.decision ?? undefined, policyVersion: row.policy ?? undefined,
    objects: objects.all(row.idx).map((one) => ({ name: String(one['name']), action: String(one['action']) })),
    classes: classes.all(row.idx).map((one) => String(one['name'])),
    outcome: row.o_idx === null ? undefined : { index: row.o_idx, atMs: row.o_at, status: row.o_status ?? '', rows: row.o_rows ?? 0, bytes: row.o_bytes ?? 0, patientsMore: row.o_more ?? 0, patientsUnknown: row.o_unknown ?? undefined },
    patients: patients.all(row.idx).map((one) => String(one['digest'])),
  }))
}

/** How many events match, whatever the limit. */
export function countEvents(database: DatabaseSync, filter: SearchFilter): number {
  const { where, values } = toConditions(filter)
  const row = database.prepare(`select count(*) as n from entry e where ${where.join(' and ')}`).get(...values)
  return Number(row?.['n'])
}

function toConditions(filter: SearchFilter): { readonly where: readonly string[]; readonly values: readonly SQLInputValue[] } {
  const where: string[] = []
  const values: SQLInputValue[] = []
  const add = (condition: string, ...own: readonly SQLInputValue[]): void => {
    where.push(condition)
    values.push(...own)
  }
  if (filter.kinds === undefined) add("e.kind <> 'outcome'")
  else add(`e.kind in (${filter.kinds.map(() => '?').join(', ')})`, ...filter.kinds)
  const { principal, resource, purpose, object, phiClass, patient, decision, session, fromMs, toMs, after } = filter
  if (principal !== undefined) add('e.idx in (select idx from party where id = ? union all select idx from party where name = ?)', principal, principal)
  if (resource !== undefined) add('e.resource = ?', resource)
  if (purpose !== undefined) add('e.purpose = ?', purpose)
  if (object?.endsWith('.*') === true) add('e.idx in (select idx from object where name >= ? and name < ?)', object.slice(0, -1), `${object.slice(0, -2)}/`) // a slash comes after a dot
  else if (object !== undefined) add('e.idx in (select idx from object where name = ?)', object)
  if (phiClass !== undefined) add('e.idx in (select idx from class where name = ?)', phiClass)
  if (patient !== undefined) add('e.idx in (select event from patient where digest = ?)', patient)
  if (decision !== undefined) add('e.decision = ?', decision)
  if (session !== undefined) add('e.session = ?', session)
  if (fromMs !== undefined) add('e.at >= ?', fromMs)
  if (toMs !== undefined) add('e.at < ?', toMs)
  if (after !== undefined) add('e.idx > ?', after)
  return { where, values }
}
