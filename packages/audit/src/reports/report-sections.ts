/** Reports as sections: the same tables on a terminal, on a page, and in an evidence package. */
import { nameOf } from '../evidence/find-entries.ts'
import { tableSection, toTime, type Cell, type Section } from '../evidence/section.ts'
import type { Access } from './access-report.ts'
import type { BreachReport } from './breach-report.ts'
import type { RecordingView } from './recording-views.ts'

const COLUMNS = ['when', 'who', 'purpose', 'what', 'in clear', 'in part', 'masked', 'rows', 'patients', 'what came of it', 'entry'] as const

/** @param id how it is asked for in a package. */
export function toAccessSection(id: string, title: string, text: readonly string[], accesses: readonly Access[]): Section {
  return {
    ...tableSection(id, title, text, COLUMNS, accesses.map(toAccessRow)),
    entries: accesses.flatMap(({ event }) => (event.outcome === undefined ? [] : [event.outcome.index])),
  }
}

function toAccessRow({ event, exposure }: Access): readonly Cell[] {
  const { outcome } = event
  return [
    toTime(event.atMs), nameOf(event), event.purpose ?? '', describeWhat(exposure), exposure.clear.join(', '), exposure.partly.join(', '), exposure.masked.join(', '),
    outcome?.rows ?? '', outcome?.patientsUnknown === undefined ? event.patients.length + (outcome?.patientsMore ?? 0) : 'not told', outcome?.status ?? 'no outcome recorded', { entry: event.index },
  ]
}

/** Looks at recordings. */
export function toViewSection(id: string, title: string, text: readonly string[], views: readonly RecordingView[]): Section {
  return tableSection(id, title, text, ['when', 'who', 'how', 'part', 'recording', 'of', 'entry'], views.map(({ event, use, segment }) => {
    const viewer = event.principals.find(({ role }) => role === 'by')
    return [toTime(event.atMs), viewer === undefined ? '' : `${viewer.name} (${viewer.id})`, use === 'export' ? 'exported' : 'looked at', segment ?? '', event.session ?? '', nameOf(event), { entry: event.index }]
  }))
}

/** A statement that touches no object is told by its command: BEGIN, SET. */
function describeWhat({ command, actions, columns }: Access['exposure']): string {
  return actions.length === 0 ? `no data (${command})` : `${actions.join(', ')}: ${columns.join('; ')}`
}

export function toBreachSections(report: BreachReport, principal: string): readonly Section[] {
  const { accesses, patientsInClear, patientsMasked, patientsUntold, answersUntold, rowsInClear, refused, classes, columns, views } = report
  return [
    tableSection('E-BR-1', `What ${principal} got to see`, ['What cannot be told counts as seen in clear.'], ['what', 'how much'], [
      ['statements that were forwarded', accesses.length], ['statements that were refused', refused], ['patients in answers with PHI in clear', patientsInClear.length], ['patients in answers without any in clear', patientsMasked.length],
      ['patients beyond those that entries name', patientsUntold], ['answers that do not say whose data they held', answersUntold], ['rows with PHI in clear', rowsInClear],
    ]),
    tableSection('E-BR-2', 'Classes of PHI in clear', [], ['class', 'rows', 'statements'], classes.map(({ name, rows, statements }) => [name, rows, statements])),
    tableSection('E-BR-3', 'Columns of statements with PHI in clear', [], ['columns'], columns.map((column) => [column])),
    tableSection('E-BR-4', 'Patients in answers with PHI in clear', ['Keyed digests, as the log has them.'], ['patient'], patientsInClear.map((digest) => [digest])),
    toAccessSection('E-BR-5', 'The statements', [], accesses),
    toViewSection('E-BR-6', 'Recordings that they looked at', ['What a recording shows is what the statements of its session were answered with, in the form they were: find them by the session, which the recording is named for.'], views),
  ]
}
