/** Evidence about the log itself: what is recorded, that recording did not stop, that nothing was changed, and what was in force when. */
import { numberOf, textOf, textsOf } from '../search/entry-fields.ts'
import { searchEvents } from '../search/search-query.ts'
import { MAX_REPORTED } from '../reports/access-report.ts'
import { entriesOf, eventsOf, nameOf } from './find-entries.ts'
import { emptySection, reportOf, tableSection, toSpan, toTime, type Cell, type Item } from './section.ts'

export const coverage: Item = {
  id: 'E-AU-1',
  async make(context) {
    const { database } = context.index
    const counts = database.prepare('select coalesce(resource, \'\') as resource, kind, count(*) as n, min(idx) as first, max(idx) as last from entry where at >= ? and at < ? group by 1, 2 order by 1, 2').all(context.fromMs, context.toMs)
    const resources = new Map(context.setup?.resources.map((one) => [one.name, one]) ?? [])
    const seen = new Set(counts.map((row) => String(row['resource'])))
    const rows: Cell[][] = counts.map((row) => [String(row['resource']) || '(the gateway itself)', String(row['kind']), Number(row['n']), { entry: Number(row['first']) }, { entry: Number(row['last']) }])
    for (const name of resources.keys()) if (!seen.has(name)) rows.push([name, '(nothing in the period)', 0, '', ''])
    return Promise.resolve({
      ...tableSection('E-AU-1', 'What is recorded', [
        'Every kind of entry that the log has in the period, for each protected system. A statement is forwarded only after its entry is durable, so a system that is reached through the gateway cannot be used without entries here.',
        context.setup === undefined ? 'Made from the log alone: which systems are configured is not told here.' : `Listening: ${context.setup.listeners.map((one) => `${one.protocol} on ${one.address}, ${one.transport}`).join('; ')}.`,
        'Not covered: whatever reaches a system past the gateway. Whether the system can be reached otherwise is a matter of its network and its accounts, and has to be shown there.',
      ], ['system', 'kind of entry', 'entries', 'first', 'last'], rows),
    })
  },
}

/** What may be missing between two signs of life; the verifier's own measure. */
const MISSED_HEARTBEATS = 3
const DEFAULT_HEARTBEAT_MS = 60_000

export const continuity: Item = {
  id: 'E-AU-2',
  async make(context) {
    const rows: Cell[][] = []
    for (const { event, entry } of await entriesOf(context, ['audit.start', 'audit.stop', 'audit.key'])) {
      const before = textOf(entry, 'before')
      const said = event.kind === 'audit.stop' ? `stopped: ${textOf(entry, 'reason') ?? ''}`
        : event.kind === 'audit.key' ? `key ${textOf(entry, 'step') ?? ''}: ${(textOf(entry, 'key') ?? '').split('+').slice(0, 2).join('+')}`
          : before === 'new' ? 'the log began' : before === 'stopped' ? 'started after a stop' : `STARTED WITHOUT A STOP BEFORE IT, ${numberOf(entry, 'recovered') ?? 0} entries recovered`
      rows.push([toTime(event.atMs), said, { entry: event.index }])
    }
    for (const gap of findGaps(context.index.database, context.fromMs, context.toMs)) {
      rows.push([toTime(gap.fromMs), `NOTHING RECORDED for ${toSpan(gap.toMs - gap.fromMs)}, until ${toTime(gap.toMs)}`, { entry: gap.index }])
    }
    rows.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
    const gaps = rows.filter(([, said]) => String(said).startsWith('NOTHING') || String(said).startsWith('STARTED')).length
    return tableSection('E-AU-2', 'That recording did not stop', [
      'The gateway writes a sign of life every minute while it runs. A time without one is a gap; a start without a stop before it means that the process or the machine ended without a word. What is in capitals has to be explained by somebody: by an outage, a crash, a machine that slept.',
      gaps === 0 ? 'In the period there is nothing to explain.' : `In the period there are ${gaps} to explain.`,
    ], ['when', 'what', 'entry'], rows)
  },
}

/** Times within a run, in the period, in which not even a sign of life was recorded. */
export function findGaps(database: EvidenceDatabase, fromMs: number, toMs: number): readonly { readonly fromMs: number; readonly toMs: number; readonly index: number }[] {
  // Between two neighbours; where the later one is a start the time before it is told by the start.
  return database.prepare(`
    select a.at as fromMs, b.at as toMs, b.idx as idx from entry b join entry a on a.idx = b.idx - 1
    where b.at >= ? and b.at < ? and b.at - a.at > ? and b.kind <> 'audit.start' order by b.idx limit ?`)
    .all(fromMs, toMs, DEFAULT_HEARTBEAT_MS * MISSED_HEARTBEATS, MAX_REPORTED)
    .map((row) => ({ fromMs: Number(row['fromMs']), toMs: Number(row['toMs']), index: Number(row['idx']) }))
}

type EvidenceDatabase = Parameters<typeof searchEvents>[0]

export const integrity: Item = {
  id: 'E-AU-3',
  make(context) {
    const { verified, head } = context
    const report = reportOf(verified)
    const rows: Cell[][] = [
      ['verdict', verified.kind === 'intact' ? 'intact: every entry and every hash is what was signed' : `NOT INTACT: ${verified.kind}${'first' in verified ? `: ${verified.first.message}` : ''}`],
      ['log', head.origin], ['entries under the signed head', String(head.size)], ['root hash', head.root.toString('hex')],
      ['signed by', report?.key === undefined ? 'nobody who is trusted' : `${report.key.name}+${report.key.id}, key ${report.key.from === 'log' ? 'found beside the log' : report.key.from}`],
      ['witnesses', report === undefined || report.witnesses.length === 0 ? 'none asked for' : `${report.witnesses.join(', ')}: the first ${report.witnessed?.size ?? 0} entries, ${report.witnessed === undefined ? '' : toTime(report.witnessed.timeS * 1000)}`],
    ]
    for (const finding of report?.findings.slice(0, 200) ?? []) rows.push([`${finding.severity}: ${finding.code}`, finding.message])
    return Promise.resolve({
      ...tableSection('E-AU-3', 'That nothing was changed', [
        'The whole log was verified when this was made: each entry is hashed into a tree whose root the log has signed (C2SP tlog-tiles, RFC 6962). To change, delete, insert or reorder an entry, somebody would have to have the signing key; with witnesses, also theirs.',
        'The entries in this folder are proved one by one: each proof leads from the entry to the signed head, and is checked with the verifier in this folder and the log\'s public key, without Doorward and without a network.',
      ], ['what', 'found'], rows),
    })
  },
}

export const reviews: Item = {
  id: 'E-RV-1',
  make: () => Promise.resolve(emptySection('E-RV-1', 'Reviews of the log', 'not-kept', 'This version of Doorward keeps no record of who reviewed the log, and when. Show it from where such reviews are kept; this folder is what can be reviewed.')),
}

export const policyVersions: Item = {
  id: 'E-DO-1',
  async make(context) {
    const all = await entriesOf({ ...context, fromMs: 0 }, ['config.policy', 'config.rejected'])
    // Witnesses were missing for it: it was recorded and did not take effect.
    const unseen = new Set(all.flatMap(({ entry }, at) => {
      const refused = textOf(entry, 'refused')
      const before = refused === undefined ? undefined : all.slice(0, at).findLast((one) => one.event.kind === 'config.policy' && textOf(one.entry, 'version') === refused)
      return before === undefined ? [] : [before.event.index]
    }))
    const inForce = all.filter(({ event }) => event.kind === 'config.policy' && !unseen.has(event.index))
    const rows: Cell[][] = all.map(({ event, entry }) => {
      if (event.kind === 'config.rejected') return [toTime(event.atMs), '', `${textOf(entry, 'reason') === 'quorum-missing' ? 'witnesses missing' : `${numberOf(entry, 'problems') ?? 0} problems`}: not put in force`, textOf(entry, 'refused')?.slice(0, 16) ?? '', { entry: event.index }]
      if (unseen.has(event.index)) return [toTime(event.atMs), 'never in force', textsOf(entry, 'policies').join(', '), (textOf(entry, 'version') ?? '').slice(0, 16), { entry: event.index }]
      const next = inForce[inForce.findIndex((one) => one.event.index === event.index) + 1]
      const version = textOf(entry, 'version') ?? ''
      return [toTime(event.atMs), next === undefined ? 'still' : toTime(next.event.atMs), textsOf(entry, 'policies').join(', '), `${version.slice(0, 16)}${version === context.setup?.policyVersion ? ' (in this folder)' : ''}`, { entry: event.index }]
    })
    return tableSection('E-DO-1', 'Which policies were in force when', [
      'Each set of policies takes effect only after the log has its version, a hash over the files. Every decision names the version it was made under.',
      context.setup === undefined ? 'The texts are not in this folder: it was made from the log alone.' : `The texts of version ${context.setup.policyVersion.slice(0, 16)} are in this folder, under policies/. Texts of other versions have to come from where changes to them are kept.`,
    ], ['from', 'until', 'policies', 'version', 'entry'], rows)
  },
}

export const retention: Item = {
  id: 'E-DO-2',
  async make(context) {
    const [first] = searchEvents(context.index.database, { limit: 1 })
    return Promise.resolve(tableSection('E-DO-2', 'How far back the log reaches', [
      'Every entry since the first is in the log and under its signed head; nothing is ever removed from it, and a missing one would be found. How the folder is kept for six years (backups, media) has to be shown by whoever keeps it.',
    ], ['first entry', 'recorded', 'age'], first === undefined ? [] : [[{ entry: first.index }, toTime(first.atMs), toSpan(context.toMs - first.atMs)]]))
  },
}

export const exceptionsRegister: Item = {
  id: 'E-AD-1',
  async make(context) {
    const rows: Cell[][] = []
    for (const { event, entry } of await entriesOf({ ...context, fromMs: 0 }, ['config.exception', 'config.policy'])) {
      if (event.kind === 'config.exception') {
        rows.push([toTime(event.atMs), `${textOf(entry, 'setting') ?? ''}${event.resource === undefined ? '' : ` of ${event.resource}`}`, textOf(entry, 'standing') === 'explained' ? 'explained' : (textOf(entry, 'standing') ?? '').toUpperCase(), textOf(entry, 'rationale') ?? 'NONE GIVEN', textOf(entry, 'by') ?? '', textOf(entry, 'expires') ?? '', { entry: event.index }])
      } else {
        for (const exception of toPolicyExceptions(entry)) rows.push([toTime(event.atMs), exception, 'written in the policy', '', '', '', { entry: event.index }])
      }
    }
    return tableSection('E-AD-1', 'Protections that are off, and why', [
      'A setting that weakens a protection is recorded at every start, with the rationale, the person and the last day that doorward.yaml gives for it. Where it gives none, or the day has passed, it is in capitals. Policies that let a masked caller search by a value are listed too.',
    ], ['recorded', 'what is off', 'standing', 'rationale', 'by', 'until', 'entry'], rows)
  },
}

function toPolicyExceptions(entry: Parameters<typeof textOf>[0]): readonly string[] {
  const list = typeof entry === 'object' && entry !== null && !Array.isArray(entry) && 'exceptions' in entry ? entry['exceptions'] : undefined
  return Array.isArray(list) ? list.map((one) => `policy ${textOf(one, 'policy') ?? ''}: ${textOf(one, 'allow') ?? ''} on ${textsOf(one, 'classes').join(', ')}`) : []
}

export const approvals: Item = {
  id: 'E-AC-2',
  async make(context) {
    const kinds = ['approval.asked', 'approval.approved', 'approval.denied', 'approval.used', 'approval.expired', 'approval.withdrawn', 'approval.refused']
    const rows: Cell[][] = (await entriesOf(context, kinds)).map(({ event, entry }) => [toTime(event.atMs), event.kind.slice('approval.'.length), textOf(entry, 'request') ?? textOf(entry, 'id') ?? '', nameOf(event), event.objects.map(({ name }) => name).join(', '), textOf(entry, 'reason') ?? textOf(entry, 'why') ?? '', { entry: event.index }])
    return tableSection('E-AC-2', 'What people approved, and what they did not', [
      'Statements that policy holds wait for other people. Each request, each answer and each use is an entry; an approval is good for one statement, once.',
    ], ['when', 'what', 'request', 'who', 'objects', 'why', 'entry'], rows)
  },
}

export const heldBack: Item = {
  id: 'E-AC-6',
  make(context) {
    const rows: Cell[][] = eventsOf(context, ['refusal', 'session.refused']).map((event) => [toTime(event.atMs), nameOf(event), event.resource ?? '', event.objects.map(({ name }) => name).join(', '), event.classes.filter((name) => name !== 'none').join(', '), { entry: event.index }])
    return Promise.resolve(tableSection('E-AC-6', 'What was refused', ['Every refusal is recorded before the caller is told, with its reason.'], ['when', 'who', 'system', 'objects', 'classes', 'entry'], rows))
  },
}
