/**
 * The patients one statement's answer is about: counted row by row from the classification's `patient` column where the answer holds it, and
 * said to be unknown where it does not. Sees ids as they come from the target, keeps digests only.
 */
import { MAX_TOLD_PATIENTS, type PatientsTouched } from '@doorward/core'

export interface TallyParts {
  readonly digest: (patientId: string) => string
  /** @returns `over`: the row may not be delivered. */
  readonly spend: (patient: string | undefined) => 'within' | 'over'
}

/** Where a row's patients stand: a column each, and how its bytes become text. */
export interface PatientColumn { readonly column: number; readonly toText: (cell: Buffer) => string }

export class PatientTally {
  readonly #parts: TallyParts
  readonly #digests = new Set<string>()
  #more = 0
  #unknown: string | undefined
  #columns: readonly PatientColumn[] = []
  /** Ids seen already in this answer, so that each is hashed once. */
  readonly #known = new Set<string>()
  isOver = false

  constructor(parts: TallyParts) { this.#parts = parts }

  /** Told once the answer's columns are known. @param columns empty: the answer does not say whose rows these are. */
  start(columns: readonly PatientColumn[]): void {
    this.#columns = columns
    if (columns.length === 0) this.#unknown = 'the answer holds no column that names the patient'
  }

  /** One row, before masking. @param cells of the columns given to {@link start}, in order. */
  row(cells: readonly (Buffer | null)[]): void {
    if (this.#columns.length === 0) { this.#count(undefined); return }
    for (const [index, { toText }] of this.#columns.entries()) {
      const cell = cells[index]
      if (cell === undefined || cell === null) continue // an outer join's empty side is nobody
      this.#count(toText(cell))
    }
  }

  #count(id: string | undefined): void {
    if (id !== undefined && this.#known.has(id)) return
    const digest = id === undefined ? undefined : this.#parts.digest(id)
    if (this.#parts.spend(digest) === 'over') { this.isOver = true; return }
    if (id === undefined || digest === undefined) return
    this.#known.add(id)
    if (this.#digests.size < MAX_TOLD_PATIENTS) this.#digests.add(digest)
    else this.#more += 1
  }

  get touched(): PatientsTouched {
    return { digests: [...this.#digests], more: this.#more === 0 ? undefined : this.#more, unknown: this.#unknown }
  }
}
