/** Evidence about recordings: which sessions were recorded, who looked at them, what is held, and what was destroyed and why. */
import { numberOf, textOf, type Entry } from '../search/entry-fields.ts'
import type { FoundEvent } from '../search/search-query.ts'
import { entriesOf, eventsOf, nameOf } from './find-entries.ts'
import { tableSection, toTime, type Cell, type Item } from './section.ts'

const LEDGER = ['recording.view', 'recording.refused', 'recording.hold', 'recording.release', 'recording.shred']

export const recordings: Item = {
  id: 'E-DO-3',
  async make(context) {
    const opened = eventsOf(context, ['recording.open']).length
    const ended = (await entriesOf(context, ['recording.close'])).filter(({ entry }) => textOf(entry, 'how') === 'interrupted').length
    const rows: Cell[][] = (await entriesOf(context, LEDGER)).map(({ event, entry }) => [
      toTime(event.atMs), whatOf(entry), byOf(entry), ofWhat(event, entry), detailOf(entry), { entry: event.index },
    ])
    return tableSection('E-DO-3', 'Recordings: looked at, held, destroyed', [
      `${opened} sessions were recorded in the period; ${ended} recordings were ended by a gateway that stopped without a word, and were found at its next start. Each is sealed under a key of its own; digests of its parts are in the log.`,
      'Every look at a recording is recorded before anything of it is shown, also one that is refused. A legal hold keeps recordings from being destroyed, whatever their age. Destruction is recorded before and after. That the files are those of the log is shown by doorward recordings verify.',
    ], ['when', 'what', 'by', 'of', 'why', 'entry'], rows)
  },
}

/** A recording, with whose it is where the entry says so; or what a hold keeps. */
function ofWhat(event: FoundEvent, entry: Entry): string {
  const recording = textOf(entry, 'recording')
  if (recording === undefined) return textOf(entry, 'scope') ?? ''
  return event.principals.some(({ role }) => role === 'principal') ? `${recording} of ${nameOf(event)}` : recording
}

function whatOf(entry: Entry): string {
  const segment = numberOf(entry, 'segment')
  switch (textOf(entry, 'kind')) {
    case 'recording.view': return `${textOf(entry, 'use') === 'export' ? 'exported' : 'looked at'} part ${segment ?? ''}`
    case 'recording.refused': return `REFUSED: ${textOf(entry, 'asked') === 'view' ? 'to look' : 'to destroy'}`
    case 'recording.hold': return 'held'
    case 'recording.release': return 'released'
    default: return textOf(entry, 'step') === 'done' ? 'destroyed' : 'to be destroyed'
  }
}

function byOf(entry: Entry): string {
  const subject = textOf(entry, 'by', 'subject')
  return subject === undefined ? 'doorward' : `${textOf(entry, 'by', 'name') ?? ''} (${textOf(entry, 'by', 'issuer') ?? ''}|${subject})`
}

function detailOf(entry: Entry): string {
  const request = textOf(entry, 'request')
  return [textOf(entry, 'matter'), textOf(entry, 'reason'), request === 'early-shred' ? 'BEFORE ITS RETENTION HAD ENDED' : undefined].filter((text) => text !== undefined).join('; ')
}
