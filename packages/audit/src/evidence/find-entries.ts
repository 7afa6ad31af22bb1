/** Entries of a period, read in the log: what sections are made of. */
import { parseEntry, type Entry } from '../search/entry-fields.ts'
import { searchEvents, type FoundEvent, type SearchFilter } from '../search/search-query.ts'
import { MAX_REPORTED } from '../reports/access-report.ts'
import type { EvidenceContext } from './section.ts'

export interface FoundEntry {
  readonly event: FoundEvent
  readonly entry: Entry
}

/** The events of these kinds in the period, without their entries. */
export function eventsOf({ index, fromMs, toMs }: EvidenceContext, kinds: readonly string[], more: Partial<SearchFilter> = {}): readonly FoundEvent[] {
  return searchEvents(index.database, { kinds, fromMs, toMs, limit: MAX_REPORTED, ...more })
}

/** The same with what they say. @throws {AuditFault} `rollback` when entries are missing from the log. */
export async function entriesOf(context: EvidenceContext, kinds: readonly string[], more: Partial<SearchFilter> = {}): Promise<readonly FoundEntry[]> {
  return readAll(context, eventsOf(context, kinds, more))
}

export async function readAll({ reader }: EvidenceContext, events: readonly FoundEvent[]): Promise<readonly FoundEntry[]> {
  const found: FoundEntry[] = []
  for (const event of events) {
    const entry = parseEntry(await reader.read(event.index))
    if (entry !== undefined) found.push({ event, entry })
  }
  return found
}

/** Who an event is about, with whom they acted for. */
export function nameOf({ principals }: FoundEvent): string {
  const self = principals.find(({ role }) => role === 'principal') ?? principals[0]
  const others = principals.filter(({ role }) => role === 'acting-for').map(({ name }) => name)
  if (self === undefined) return ''
  return `${self.name} (${self.id})${others.length === 0 ? '' : ` for ${others.join(' for ')}`}`
}
