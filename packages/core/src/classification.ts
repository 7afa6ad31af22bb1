import type { PhiClass } from './phi-class.ts'

/** One table of a classification file. Names are as in the catalog: exact case, no quotes. */
export interface TableClassification {
  /** The column that holds the patient's id, if rows of this table belong to a patient. */
  readonly patient: string | undefined
  readonly columns: ReadonlyMap<string, PhiClass>
  /** The class of `'*'`: every column not named. Undefined: the file's `unclassified`. */
  readonly rest: PhiClass | undefined
}

/** What is PHI, and whose: one resource's classification file, checked. */
export interface Classification {
  /** The class of a column that nobody classified; `phi` unless the file says otherwise. */
  readonly unclassified: PhiClass
  /** Keyed `schema.table`. */
  readonly tables: ReadonlyMap<string, TableClassification>
  /** Digest of the file's bytes, sha256 hex: decisions and entries name it. */
  readonly version: string
}

/** The class of one column of a base table. Views are not classified: what they show follows from their tables. */
export function classOf(classification: Classification, table: string, column: string): PhiClass {
  const known = classification.tables.get(table)
  return known?.columns.get(column) ?? known?.rest ?? classification.unclassified
}
