/** Evidence about the data: what was shown in which form, what was changed, whose it was, and what leaves the safeguards of this product. */
import { exposureOf } from '../reports/exposure.ts'
import { searchUncertain, MAX_REPORTED } from '../reports/access-report.ts'
import { entriesOf, eventsOf, nameOf } from './find-entries.ts'
import { emptySection, tableSection, toTime, type Cell, type Item } from './section.ts'

export const minimumNecessary: Item = {
  id: 'E-MN-1',
  async make(context) {
    const groups = new Map<string, { who: string; purpose: string; clear: number; partly: number; masked: number; none: number; rows: number; classes: Set<string>; entry: number }>()
    for (const { event, entry } of await entriesOf(context, ['intent'])) {
      const exposure = exposureOf(entry)
      const who = nameOf(event)
      const key = `${who}\0${event.purpose ?? ''}`
      const one = groups.get(key) ?? { who, purpose: event.purpose ?? '(none stated)', clear: 0, partly: 0, masked: 0, none: 0, rows: 0, classes: new Set(), entry: event.index }
      if (exposure.clear.length > 0) one.clear += 1
      else if (exposure.partly.length > 0) one.partly += 1
      else if (exposure.masked.length > 0) one.masked += 1
      else one.none += 1
      for (const name of exposure.clear) one.classes.add(name)
      one.rows += event.outcome?.rows ?? 0
      groups.set(key, one)
    }
    const rows: Cell[][] = [...groups.values()].toSorted((a, b) => b.clear - a.clear || (a.who < b.who ? -1 : 1)).map((one) => [one.who, one.purpose, one.clear, one.partly, one.masked, one.none, one.rows, [...one.classes].toSorted().join(', '), { entry: one.entry }])
    return tableSection('E-MN-1', 'Who saw PHI in clear, and who did not need to', [
      'Statements by person and purpose: how many brought PHI back in clear, how many with a part left (a year, three digits of a ZIP code, a token), how many fully masked, how many none. What cannot be told counts as clear.',
    ], ['who', 'purpose', 'in clear', 'in part', 'masked', 'no PHI', 'rows', 'classes in clear', 'an example'], rows)
  },
}

/** Statements that may have returned more than one person's work needs at once. */
const BULK_ROWS = 500

export const bulk: Item = {
  id: 'E-MN-2',
  async make(context) {
    const large = (await entriesOf(context, ['intent'])).filter(({ event }) => (event.outcome?.rows ?? 0) >= BULK_ROWS)
    const rows: Cell[][] = large.map(({ event, entry }) => {
      const { clear } = exposureOf(entry)
      return [toTime(event.atMs), nameOf(event), event.objects.map(({ name }) => name).join(', '), event.outcome?.rows ?? 0, event.patients.length + (event.outcome?.patientsMore ?? 0), clear.length === 0 ? 'nothing' : clear.join(', '), { entry: event.index }]
    })
    return tableSection('E-MN-2', 'Large answers', [`Statements that returned ${BULK_ROWS} rows or more. Policies can limit rows per statement and patients per hour, and hold bulk statements for approval.`], ['when', 'who', 'objects', 'rows', 'patients', 'in clear', 'entry'], rows)
  },
}

const CHANGING: ReadonlySet<string> = new Set(['create', 'update', 'delete', 'ddl', 'privilege', 'destroy'])

export const changes: Item = {
  id: 'E-IG-1',
  make(context) {
    const rows: Cell[][] = eventsOf(context, ['intent', 'refusal']).flatMap((event) => {
      const actions = [...new Set(event.objects.map(({ action }) => action).filter((action) => CHANGING.has(action)))]
      if (actions.length === 0) return []
      const what = event.kind === 'refusal' ? 'refused' : event.outcome === undefined ? 'no outcome recorded' : `${event.outcome.status}, ${event.outcome.rows} rows`
      return [[toTime(event.atMs), nameOf(event), actions.join(', '), event.objects.filter(({ action }) => CHANGING.has(action)).map(({ name }) => name).join(', '), what, { entry: event.index }]]
    })
    return Promise.resolve(tableSection('E-IG-1', 'Changes to data and structure', ['Every statement through the gateway that would change data, structure or rights, allowed or refused. Values are never recorded.'], ['when', 'who', 'action', 'objects', 'what came of it', 'entry'], rows))
  },
}

export const payloadIntegrity: Item = {
  id: 'E-IG-4',
  make(context) {
    const rows: Cell[][] = eventsOf(context, ['intent']).filter(({ outcome }) => outcome !== undefined).slice(0, 200).map((event) => [toTime(event.atMs), nameOf(event), event.outcome?.rows ?? 0, event.outcome?.bytes ?? 0, { entry: event.outcome?.index ?? 0 }])
    return Promise.resolve(tableSection('E-IG-4', 'Answers as they were delivered', [
      'The outcome of each statement holds a SHA-256 digest over the answer as it was delivered: an answer that somebody shows later can be held against it. Shown here: the first 200 of the period.',
      'Whether data changed inside the protected system past the gateway is not told by this log.',
    ], ['when', 'who', 'rows', 'bytes', 'entry with the digest'], rows))
  },
}

export const disclosures: Item = {
  id: 'E-DS-1',
  async make(context) {
    const { database } = context.index
    const all = database.prepare('select p.digest as digest, count(*) as n, min(e.at) as first, max(e.at) as last, max(e.idx) as idx from patient p join entry e on e.idx = p.event where e.at >= ? and e.at < ? group by 1 order by n desc, digest limit ?').all(context.fromMs, context.toMs, MAX_REPORTED)
    const uncertain = searchUncertain(context.index, { fromMs: context.fromMs, toMs: context.toMs, limit: MAX_REPORTED })
    return Promise.resolve({
      ...tableSection('E-DS-1', 'Whose data was touched', [
        'Patients are named by keyed digests; the key stays with the gateway, so this list tells nobody who they are. The accounting for one patient (45 CFR 164.528) is made by `doorward report patient`.',
        uncertain.length === 0 ? 'Of every statement of the period that touched patients\' data the log says whose it was.' : `Of ${uncertain.length === 1 ? 'one statement' : `${uncertain.length} statements`} of the period the log does not say, or not completely, whose data it touched; ${uncertain.length === 1 ? 'it is an entry' : 'they are entries'} of this section.`,
      ], ['patient', 'statements', 'first', 'last', 'the latest'], all.map((row) => [String(row['digest']), Number(row['n']), toTime(Number(row['first'])), toTime(Number(row['last'])), { entry: Number(row['idx']) }])),
      entries: uncertain.slice(0, 200).map(({ index }) => index),
    })
  },
}

export const masking: Item = {
  id: 'E-DI-1',
  make({ setup }) {
    if (setup === undefined) return Promise.resolve(emptySection('E-DI-1', 'How PHI is masked', 'not-kept', 'Made from the log alone: the masks are not told here. Each decision in the log names the masks it asked for.'))
    return Promise.resolve(tableSection('E-DI-1', 'How PHI is masked', [
      'Classes follow the identifiers of 45 CFR 164.514(b)(2)(i). A token is a keyed pseudonym and the year of a date or three digits of a ZIP code are partial: answers that hold them are still PHI, and are not called de-identified. What nobody has classified is treated as PHI.',
      ...setup.resources.map((one) => `${one.name}: ${one.tables} classified tables; anything unclassified: ${one.unclassified}.`),
    ], ['policy', 'who', 'masks'], setup.policies.filter(({ effect }) => effect === 'allow').map((one) => [one.id, one.who, one.mask])))
  },
}

export const keys: Item = {
  id: 'E-EN-1',
  async make(context) {
    const rows: Cell[][] = (await entriesOf({ ...context, fromMs: 0 }, ['audit.start', 'audit.key'])).flatMap(({ event, entry }) => {
      if (event.kind === 'audit.start') return []
      return [[toTime(event.atMs), String(entry['step'] ?? ''), String(entry['key'] ?? '').split('+').slice(0, 2).join('+'), { entry: event.index }]]
    })
    const text = [
      'The log is signed with Ed25519; its key is in a file that only the gateway\'s user may read, or in a signing process of its own. Patients\' digests and tokens are HMAC-SHA-256 under keys that stay with the gateway.',
      'Recorded sessions are sealed with AES-256-GCM under a key each, which a tenant key wraps (RFC 3394); each entry recording.open names the tenant key by its id. Destroying a wrapped key destroys the recording.',
      'The log holds no PHI in clear and is not encrypted at rest by Doorward; nor is the protected system. Encryption of their disks has to be shown there.',
    ]
    return rows.length === 0 ? { id: 'E-EN-1', title: 'Keys and their changes', text: [...text, 'The log\'s key has not changed since its first entry.'], columns: [], rows: [], standing: 'shown' } : tableSection('E-EN-1', 'Keys and their changes', text, ['when', 'step', 'key', 'entry'], rows)
  },
}
