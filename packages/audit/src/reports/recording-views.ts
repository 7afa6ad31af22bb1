/** Who looked at recordings: whoever does sees what the recorded session saw, so that a report about a patient or a person is not whole without it. */
import { numberOf, parseEntry, textOf } from '../search/entry-fields.ts'
import type { EntryReader } from '../search/read-bundles.ts'
import type { SearchIndex } from '../search/search-index.ts'
import { searchEvents, type FoundEvent, type SearchFilter } from '../search/search-query.ts'

export interface RecordingView {
  readonly event: FoundEvent
  /** `play` or `export`. */
  readonly use: string
  readonly segment: number | undefined
}

const KINDS = ['recording.view']

/** Looks at recordings of these sessions, in the order of the log. */
export function viewsOfSessions(index: SearchIndex, reader: EntryReader, sessions: Iterable<string>, filter: SearchFilter): Promise<readonly RecordingView[]> {
  const found = [...new Set(sessions)].flatMap((session) => searchEvents(index.database, { ...filter, session, kinds: KINDS }))
  return toViews(reader, found.toSorted((a, b) => a.index - b.index))
}

/** Recordings that one person looked at. @param principal `issuer|subject`, or a name. */
export function viewsBy(index: SearchIndex, reader: EntryReader, principal: string, filter: SearchFilter): Promise<readonly RecordingView[]> {
  // Whoever was recorded is in the entry too.
  return toViews(reader, searchEvents(index.database, { ...filter, principal, kinds: KINDS }).filter(({ principals }) => principals.some(({ id, name, role }) => role === 'by' && (id === principal || name === principal))))
}

async function toViews(reader: EntryReader, events: readonly FoundEvent[]): Promise<readonly RecordingView[]> {
  const views: RecordingView[] = []
  for (const event of events) {
    const entry = parseEntry(await reader.read(event.index))
    if (entry !== undefined) views.push({ event, use: textOf(entry, 'use') ?? '', segment: numberOf(entry, 'segment') })
  }
  return views
}
