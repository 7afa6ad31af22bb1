/**
 * What one principal got to see in a period: patients, classes in clear, columns, rows. For weighing a breach (45 CFR 164.402): the nature and extent of
 * the PHI, who saw it, and whether it was seen at all.
 */
import type { EntryReader } from '../search/read-bundles.ts'
import type { SearchIndex } from '../search/search-index.ts'
import { searchEvents } from '../search/search-query.ts'
import { MAX_REPORTED, toAccesses, type Access } from './access-report.ts'
import { viewsBy, type RecordingView } from './recording-views.ts'

export interface BreachReport {
  /** Statements that were forwarded, with what came of them. */
  readonly accesses: readonly Access[]
  readonly refused: number
  /** Digests of patients in answers that held at least one class in clear. */
  readonly patientsInClear: readonly string[]
  /** Digests of the other patients. */
  readonly patientsMasked: readonly string[]
  /** Patients beyond those that entries name; they may be the same ones. */
  readonly patientsUntold: number
  /** Answers that do not say whom they were about. */
  readonly answersUntold: number
  /** Classes in clear, with the rows they came in. */
  readonly classes: readonly { readonly name: string; readonly rows: number; readonly statements: number }[]
  readonly columns: readonly string[]
  readonly rowsInClear: number
  /** Recordings of others' sessions that they looked at: what was seen there is told by those sessions' statements. */
  readonly views: readonly RecordingView[]
}

export interface BreachQuery {
  /** `issuer|subject`, or a name. */
  readonly principal: string
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
}

/** @throws {AuditFault} `rollback` when entries are missing from the log. */
export async function reportBreach(index: SearchIndex, reader: EntryReader, { principal, fromMs, toMs }: BreachQuery): Promise<BreachReport> {
  const filter = { principal, fromMs, toMs, limit: MAX_REPORTED }
  const accesses = await toAccesses(reader, searchEvents(index.database, { ...filter, kinds: ['intent'] }))
  const refused = searchEvents(index.database, { ...filter, kinds: ['refusal'] }).length
  const inClear = new Set<string>()
  const others = new Set<string>()
  const classes = new Map<string, { rows: number; statements: number }>()
  const columns = new Set<string>()
  let [patientsUntold, answersUntold, rowsInClear] = [0, 0, 0]
  for (const { event, exposure } of accesses) {
    // Without an outcome it is not known what came back: counted as if the rows had come, and told by its missing outcome.
    const rows = event.outcome?.rows ?? 0
    if (event.outcome !== undefined && rows === 0) continue
    const isClear = exposure.clear.length > 0
    for (const digest of event.patients) (isClear ? inClear : others).add(digest)
    patientsUntold += event.outcome?.patientsMore ?? 0
    if (event.outcome?.patientsUnknown !== undefined) answersUntold += 1
    if (!isClear) continue
    rowsInClear += rows
    for (const column of exposure.columns) columns.add(column)
    for (const name of exposure.clear) {
      const sum = classes.get(name) ?? { rows: 0, statements: 0 }
      classes.set(name, { rows: sum.rows + rows, statements: sum.statements + 1 })
    }
  }
  for (const digest of inClear) others.delete(digest)
  return {
    accesses, refused, patientsInClear: [...inClear].toSorted(), patientsMasked: [...others].toSorted(), patientsUntold, answersUntold, rowsInClear, views: await viewsBy(index, reader, principal, { fromMs, toMs, limit: MAX_REPORTED }),
    classes: [...classes].map(([name, sum]) => ({ name, ...sum })).toSorted((a, b) => b.rows - a.rows || (a.name < b.name ? -1 : 1)), columns: [...columns].toSorted(),
  }
}
