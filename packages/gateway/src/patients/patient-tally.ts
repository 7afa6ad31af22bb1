/**
 * The patients one statement's answer is about: counted row by row from the classification's `patient` column where the answer holds it, and
 * said to be unknown where it does not. Sees ids as they come from the target, keeps digests only.
 */
import { MAX_TOLD_PATIENTS, type PatientsTouched } from '@doorward/core'
import { decimalAt, integerAt, SeenPatients } from './seen-patients.ts'

export interface TallyParts {
  readonly digest: (patientId: string) => string
  /** @returns `over`: the row may not be delivered. Undefined: nothing is limited, and who is only counted is not hashed. */
  readonly spend: ((patient: string | undefined) => 'within' | 'over') | undefined
}

/** Where a row's patients stand: a column each, and how its bytes become text. `decimal`: digits are that text; `integer`: a big-endian number. */
export interface PatientColumn { readonly column: number; readonly toText: (cell: Buffer) => string; readonly format?: 'decimal' | 'integer' | 'other' }

export class PatientTally {
  readonly #parts: TallyParts
  readonly #digests = new Set<string>()
  #more = 0
  #unknown: string | undefined
  #columns: readonly PatientColumn[] = []
  /** Ids seen already in this answer, so that each is hashed once. */
  readonly #known = new SeenPatients()
  isOver = false

  constructor(parts: TallyParts) { this.#parts = parts }

  /** Told once the answer's columns are known. @param columns empty: the answer does not say whose rows these are. */
  start(columns: readonly PatientColumn[]): void {
    this.#columns = columns
    if (columns.length === 0) this.#unknown = 'the answer holds no column that names the patient'
  }

  /** One row, before masking. @param cells of the columns given to {@link start}, in order. */
  row(cells: readonly (Buffer | null)[]): void {
    if (this.#columns.length === 0) { this.#countUnknown(); return }
    for (const [index, column] of this.#columns.entries()) {
      const cell = cells[index]
      if (cell === undefined || cell === null) continue // an outer join's empty side is nobody
      this.#cell(column, cell, 0, cell.length)
    }
  }

  /** As {@link row}, without buffers being made. @param bounds where each cell begins and ends in `source`; a beginning of -1 is null. */
  rowAt(source: Buffer, bounds: Int32Array): void {
    if (this.#columns.length === 0) { this.#countUnknown(); return }
    for (let index = 0; index < this.#columns.length; index += 1) {
      const from = bounds[2 * index] ?? -1
      const column = this.#columns[index]
      if (from >= 0 && column !== undefined) this.#cell(column, source, from, bounds[2 * index + 1] ?? from)
    }
  }

  #cell(column: PatientColumn, source: Buffer, from: number, until: number): void {
    const number = column.format === 'decimal' ? decimalAt(source, from, until) : column.format === 'integer' ? integerAt(source, from, until) : -1
    if (number !== -1) {
      if (this.#known.addNumber(number) === 'new') this.#count(String(number))
      return
    }
    const id = column.toText(source.subarray(from, until))
    if (this.#known.add(id) === 'new') this.#count(id)
  }

  #countUnknown(): void {
    if (this.#parts.spend?.(undefined) === 'over') this.isOver = true
  }

  /** @param id seen for the first time. */
  #count(id: string): void {
    const { digest, spend } = this.#parts
    const told = this.#digests.size < MAX_TOLD_PATIENTS
    const patient = told || spend !== undefined ? digest(id) : ''
    if (spend?.(patient) === 'over') { this.isOver = true; return }
    if (told) this.#digests.add(patient)
    else this.#more += 1
  }

  get touched(): PatientsTouched {
    return { digests: [...this.#digests], more: this.#more === 0 ? undefined : this.#more, unknown: this.#unknown }
  }
}
