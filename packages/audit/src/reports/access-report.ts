/**
 * Who saw this patient: every statement whose outcome names the patient's digest, and apart from these the ones that may have touched the patient and
 * do not say whom. 45 CFR 164.528 asks for the date, the recipient, what was disclosed and why; all of it is in the entry, which is read in
 * the log and not in the index.
 */
import type { EntryReader } from '../search/read-bundles.ts'
import { parseEntry, textOf } from '../search/entry-fields.ts'
import type { SearchIndex } from '../search/search-index.ts'
import { searchEvents, type FoundEvent, type SearchFilter } from '../search/search-query.ts'
import { exposureOf, type Exposure } from './exposure.ts'
import { viewsOfSessions, type RecordingView } from './recording-views.ts'

export interface Access {
  readonly event: FoundEvent
  readonly exposure: Exposure
  /** The statement, literal-free. */
  readonly text: string | undefined
}

export interface AccessReport {
  /** Statements that are known to have touched the patient. */
  readonly accesses: readonly Access[]
  /** Statements on the same resources that touched patients without saying whom, or more than they say. */
  readonly uncertain: readonly Access[]
  /** Looks at recordings of sessions that touched the patient. */
  readonly views: readonly RecordingView[]
}

export interface AccessQuery {
  readonly patient: string
  readonly resource?: string | undefined
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
}

/** More than anybody reads; what is beyond is found with a shorter period. */
export const MAX_REPORTED = 100_000

/** @throws {AuditFault} `rollback` when entries are missing from the log. */
export async function reportPatient(index: SearchIndex, reader: EntryReader, { patient, resource, fromMs, toMs }: AccessQuery): Promise<AccessReport> {
  const filter: SearchFilter = { resource, fromMs, toMs, limit: MAX_REPORTED }
  const sure = searchEvents(index.database, { ...filter, patient })
  const resources = new Set([resource, ...sure.map((event) => event.resource)].filter((name) => name !== undefined))
  const seen = new Set(sure.map((event) => event.index))
  const uncertain = [...resources].flatMap((name) => searchUncertain(index, { ...filter, resource: name })).filter((event) => !seen.has(event.index))
  // A look counts by its own time, which may be long after the session's.
  const views = await viewsOfSessions(index, reader, sure.flatMap(({ session }) => session ?? []), { fromMs, toMs, limit: MAX_REPORTED })
  return { accesses: await toAccesses(reader, sure), uncertain: await toAccesses(reader, uncertain), views }
}

/** Statements that do not say, or not completely, whom they touched. */
export function searchUncertain(index: SearchIndex, filter: SearchFilter): readonly FoundEvent[] {
  return searchEvents(index.database, { ...filter, kinds: ['intent'] }).filter(({ outcome }) => outcome !== undefined && (outcome.patientsMore > 0 || outcome.patientsUnknown !== undefined))
}

/** The events with what their entries say. */
export async function toAccesses(reader: EntryReader, events: readonly FoundEvent[]): Promise<readonly Access[]> {
  const accesses: Access[] = []
  for (const event of events) {
    const entry = parseEntry(await reader.read(event.index))
    if (entry !== undefined) accesses.push({ event, exposure: exposureOf(entry), text: textOf(entry, 'what', 'text') })
  }
  return accesses
}
