/** Evidence about people and programs: who they are, how they proved it, how their sessions ended, who was shut out. */
import { fieldOf, textOf, textsOf } from '../search/entry-fields.ts'
import { entriesOf, eventsOf, nameOf, type FoundEntry } from './find-entries.ts'
import { emptySection, tableSection, toSpan, toTime, type Cell, type Item } from './section.ts'

export const effectiveAccess: Item = {
  id: 'E-AC-1',
  make({ setup }) {
    if (setup === undefined) return Promise.resolve(emptySection('E-AC-1', 'Who may do what', 'not-kept', 'Made from the log alone: the policies are not told here. Each decision in the log names the policies it rests on.'))
    return Promise.resolve(tableSection('E-AC-1', 'Who may do what', [
      `The policies of version ${setup.policyVersion.slice(0, 16)}, as they are now. Nobody may do what no policy allows; a denial beats every permission. A mask says in what form a class of PHI is shown.`,
    ], ['policy', 'effect', 'who', 'on', 'actions', 'masks', 'held for'], setup.policies.map((one) => [one.id, one.effect, one.who, one.on, one.actions, one.mask, one.hold])))
  },
}

export const inventory: Item = {
  id: 'E-AC-3',
  async make(context) {
    const seen = new Map<string, { name: string; kind: string; groups: Set<string>; sessions: number; last: number; lastIndex: number }>()
    for (const { event, entry } of await entriesOf(context, ['session.open'])) {
      const id = event.principals.find(({ role }) => role === 'principal')?.id ?? ''
      const one = seen.get(id) ?? { name: textOf(entry, 'principal', 'name') ?? '', kind: textOf(entry, 'principal', 'kind') ?? '', groups: new Set(), sessions: 0, last: 0, lastIndex: 0 }
      for (const group of textsOf(entry, 'principal', 'groups')) one.groups.add(group)
      seen.set(id, { ...one, sessions: one.sessions + 1, last: event.atMs, lastIndex: event.index })
    }
    const rows: Cell[][] = [...seen].map(([id, one]) => [one.name, id, one.kind, [...one.groups].toSorted().join(', '), one.sessions, toTime(one.last), { entry: one.lastIndex }])
    for (const { name, kind, groups } of context.setup?.principals ?? []) if (!seen.has(`local|${name}`)) rows.push([name, `local|${name}`, kind, groups.join(', '), 0, '(no session in the period)', ''])
    return tableSection('E-AC-3', 'People, services and agents', [
      'Everybody who had a session in the period, and every principal of doorward.yaml that had none. A service or agent has an identity of its own; the credential of the protected system is the gateway\'s, and no caller ever holds it.',
    ], ['name', 'identity', 'kind', 'groups', 'sessions', 'last', 'entry'], rows)
  },
}

export const terminations: Item = {
  id: 'E-AC-5',
  async make(context) {
    const closes = eventsOf({ ...context, toMs: Number.MAX_SAFE_INTEGER }, ['session.close'])
    const opens = eventsOf({ ...context, toMs: Number.MAX_SAFE_INTEGER }, ['session.open'])
    const rows: Cell[][] = (await entriesOf(context, ['revocation', 'revocation.lifted', 'session.ended'])).map(({ event }) => {
      const id = event.principals.find(({ role }) => role === 'principal')?.id ?? ''
      const by = event.principals.find(({ role }) => role === 'by')?.name ?? ''
      const isOwn = (one: typeof event): boolean => one.atMs >= event.atMs && one.principals.some((party) => party.id === id && party.role !== 'by')
      const last = closes.findLast(isOwn)
      const again = event.kind === 'revocation' ? opens.find(isOwn) : undefined
      return [toTime(event.atMs), event.kind, id, by, last === undefined ? 'no session was open' : `${toSpan(last.atMs - event.atMs)} later`, again === undefined ? '' : `OPENED A SESSION ${toTime(again.atMs)}`, { entry: event.index }]
    })
    return tableSection('E-AC-5', 'Access that was taken away', [
      'Whoever is revoked is stopped at the next statement, and in the middle of one. The fifth column is the time to the end of the last session; a later session of the same identity is in capitals, unless the revocation was lifted.',
    ], ['when', 'what', 'identity', 'by', 'last session ended', 'afterwards', 'entry'], rows)
  },
}

export const uniqueIdentities: Item = {
  id: 'E-ID-1',
  async make(context) {
    const byIdentity = new Map<string, { sessions: number; clients: Set<string>; first: number; entry: number }>()
    for (const event of eventsOf(context, ['session.open'])) {
      const id = event.principals.find(({ role }) => role === 'principal')?.id ?? 'UNKNOWN'
      const one = byIdentity.get(id) ?? { sessions: 0, clients: new Set(), first: event.atMs, entry: event.index }
      one.sessions += 1
      if (event.client !== undefined) one.clients.add(event.client.replace(/:\d+$/, ''))
      byIdentity.set(id, one)
    }
    return Promise.resolve(tableSection('E-ID-1', 'Sessions and whose they are', [
      'Every session belongs to exactly one identity: the issuer that vouched for it, and the subject it vouched for. Identities are not shared by design; whether people share one shows in sessions from many addresses.',
    ], ['identity', 'sessions', 'client addresses', 'first in the period', 'entry'], [...byIdentity].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([id, one]) => [id, one.sessions, [...one.clients].slice(0, 20).join(', '), toTime(one.first), { entry: one.entry }])))
  },
}

export const authentication: Item = {
  id: 'E-AN-1',
  async make(context) {
    const groups = groupBy(await entriesOf(context, ['session.open']), ({ entry }) => [textOf(entry, 'principal', 'kind') ?? '', textOf(entry, 'principal', 'issuer') ?? '', textOf(entry, 'principal', 'method') ?? '', textsOf(entry, 'principal', 'amr').join(' '), textOf(entry, 'principal', 'acr') ?? ''])
    return tableSection('E-AN-1', 'How identities were proved', [
      'By what each session\'s identity was proved: the issuer, the method, and what the identity provider says of it (amr, acr; mfa means more than one factor).',
    ], ['kind', 'issuer', 'method', 'amr', 'acr', 'sessions', 'an example'], groups)
  },
}

export const loginMonitoring: Item = {
  id: 'E-LI-1',
  async make(context) {
    const rows: Cell[][] = (await entriesOf(context, ['auth.fail', 'auth.lockout', 'session.refused'])).map(({ event, entry }) => [toTime(event.atMs), event.kind, textOf(entry, 'user') ?? nameOf(event), event.client ?? '', textOf(entry, 'reason') ?? '', { entry: event.index }])
    const opened = eventsOf(context, ['session.open']).length
    return tableSection('E-LI-1', 'Log-ins that failed', [`In the period ${opened} sessions were opened. Failures are recorded with the name that was given and the address it came from; after several the name is locked out for a while.`], ['when', 'what', 'name given', 'from', 'reason', 'entry'], rows)
  },
}

export const logoff: Item = {
  id: 'E-LO-1',
  async make(context) {
    const groups = groupBy(await entriesOf(context, ['session.close']), ({ entry, event }) => [event.resource ?? '', textOf(entry, 'reason') ?? ''])
    const { setup } = context
    return tableSection('E-LO-1', 'How sessions ended', [
      setup === undefined ? 'Made from the log alone: the time limits are not told here.' : `A session ends after ${toSpan(setup.sessions.idleMs)} without a statement, and after ${toSpan(setup.sessions.absoluteMs)} in any case.`,
    ], ['system', 'reason', 'sessions', 'an example'], groups)
  },
}

export const incidents: Item = {
  id: 'E-IN-1',
  async make(context) {
    const rows: Cell[][] = (await entriesOf(context, ['alert', 'session.ended', 'revocation', 'auth.lockout', 'config.rejected'])).map(({ event, entry }) => [toTime(event.atMs), event.kind, nameOf(event), textOf(entry, 'what') ?? textOf(entry, 'user') ?? '', { entry: event.index }])
    return tableSection('E-IN-1', 'What called for somebody', ['Alerts, sessions that somebody ended, revocations, lockouts. What was done about them outside the gateway has to be shown from where incidents are kept.'], ['when', 'what', 'who', 'about', 'entry'], rows)
  },
}

/** HL7 v3 PurposeOfUse. */
const EMERGENCY = 'BTG'

export const breakGlass: Item = {
  id: 'E-BG-1',
  async make(context) {
    const rows: Cell[][] = (await entriesOf(context, ['intent', 'refusal', 'session.refused'], { purpose: EMERGENCY })).map(({ event, entry }) => [
      toTime(event.atMs), nameOf(event), event.objects.map(({ name, action }) => `${action} ${name}`).join(', '), event.outcome?.patientsUnknown === undefined ? event.patients.length + (event.outcome?.patientsMore ?? 0) : 'not told',
      event.kind === 'intent' ? (event.outcome?.status ?? 'no outcome recorded') : `refused: ${textOf(entry, 'reason') ?? ''}`, { entry: event.index },
    ])
    return tableSection('E-BG-1', 'Emergency access', [
      `Emergency access is what policies allow under the purpose ${EMERGENCY} (HL7 v3 PurposeOfUse, break the glass): whoever may state it, and what it opens, is in the policies and the configuration. Each statement under it is here, allowed or refused, with the patients it touched.`,
      'That somebody looked at each of them afterwards has to be shown from where such reviews are kept.',
    ], ['when', 'who', 'what', 'patients', 'what came of it', 'entry'], rows)
  },
}

export const transmission: Item = {
  id: 'E-TX-1',
  async make(context) {
    const groups = groupBy(await entriesOf(context, ['session.open']), ({ entry }) => [textOf(entry, 'protocol') ?? '', textOf(entry, 'details', 'tls') ?? textOf(fieldOf(entry, 'details'), 'clientTls') ?? 'unknown'])
    const behind = groupBy(await entriesOf(context, ['session.upstream']), ({ event, entry }) => [`gateway to ${event.resource ?? ''}`, textOf(entry, 'tls') ?? 'unknown'])
    const rows: Cell[][] = [...groups, ...behind, ...(context.setup?.resources ?? []).map(({ name, upstream }): Cell[] => [`gateway to ${name}, as configured`, upstream, '', ''])]
    return tableSection('E-TX-1', 'How data was carried', [
      'For the way between client and gateway, and for that between gateway and protected system: what was negotiated, per session; for the latter also what is configured, and a connection that does not meet it is not made. TLS 1.2 and 1.3 with authenticated encryption also show any change on the way.',
    ], ['way', 'carried by', 'sessions', 'an example'], rows)
  },
}

/** Entries by what `toKey` says of them, with their number and an example. */
function groupBy(found: readonly FoundEntry[], toKey: (one: FoundEntry) => readonly string[]): Cell[][] {
  const groups = new Map<string, { readonly key: readonly string[]; count: number; readonly index: number }>()
  for (const one of found) {
    const key = toKey(one)
    const group = groups.get(JSON.stringify(key)) ?? { key, count: 0, index: one.event.index }
    group.count += 1
    groups.set(JSON.stringify(key), group)
  }
  return [...groups.values()].toSorted((a, b) => b.count - a.count).map(({ key, count, index }) => [...key, count, { entry: index }])
}

