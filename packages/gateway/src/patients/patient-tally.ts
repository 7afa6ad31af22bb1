/**
 * The patients one statement touches: counted row by row from the columns of the answer that tell them, and those that the statement itself
 * names; said to be unknown where neither does. Sees ids as they come from the target, keeps digests only.
 */
import { MAX_TOLD_PATIENTS, type PatientsTouched } from '@doorward/core'
import { decimalAt, integerAt, SeenPatients } from './seen-patients.ts'

export interface TallyParts {
  readonly digest: (patientId: string) => string
  /** @returns `over`: the row may not be delivered. Undefined: nothing is limited, and who is only counted is not hashed. */
  readonly spend: ((patient: string | undefined) => 'within' | 'over') | undefined
  /** Columns of the answer that tell patients. */
  readonly outputs: readonly number[]
  /** Ids that the statement names: touched when it finds or writes anything. */
  readonly named: readonly string[]
  /** Why not all can be told; undefined: outputs and names tell all. */
  readonly untold: string | undefined
  /** Whether a patient that is not told counts as one: rows of patients whose column is not there. Else only their ids are missing. */
  readonly strangers: 'one-a-row' | 'not-counted'
}

/** Where a row's patients stand: a column each, and how its bytes become text. `decimal`: digits are that text; `integer`: a big-endian number. */
export interface PatientColumn { readonly column: number; readonly toText: (cell: Buffer) => string; readonly format?: 'decimal' | 'integer' | 'other' }

export class PatientTally {
  readonly #parts: TallyParts
  readonly #digests = new Set<string>()
  #more = 0
  #untold: string | undefined
  #state: 'nothing-yet' | 'touched' = 'nothing-yet'
  #columns: readonly PatientColumn[] = []
  /** Ids seen already in this answer, so that each is hashed once. */
  readonly #known = new SeenPatients()
  isOver = false

  constructor(parts: TallyParts) {
    this.#parts = parts
    this.#untold = parts.untold
  }

  /** Columns of the answer that tell patients. */
  get outputs(): readonly number[] { return this.#parts.outputs }

  /** Whether rows are to be shown to it; else it is enough to tell how many there were. */
  get needsRows(): boolean { return this.#columns.length > 0 || this.#parts.spend !== undefined }

  /** Told once the answer's columns are known. @param columns those of {@link outputs} whose cells can be read. */
  start(columns: readonly PatientColumn[]): void {
    this.#columns = columns
    if (columns.length < this.#parts.outputs.length) this.#untold ??= 'ids of patients came in a format that is not read'
  }

  /** The end. @param affected rows found or written, as far as known; more than were shown to it. */
  ended(affected: number): void {
    if (affected > 0) this.#touch()
  }

  #touch(): void {
    if (this.#state === 'touched') return
    this.#state = 'touched'
    for (const id of this.#parts.named) if (this.#known.add(id) === 'new') this.#count(id)
  }

  /** One row, before masking. @param cells of the columns given to {@link start}, in order. */
  row(cells: readonly (Buffer | null)[]): void {
    if (this.#state === 'nothing-yet') this.#touch()
    if (this.#untold !== undefined) this.#countUnknown()
    for (const [index, column] of this.#columns.entries()) {
      const cell = cells[index]
      if (cell === undefined || cell === null) continue // an outer join's empty side is nobody
      this.#cell(column, cell, 0, cell.length)
    }
  }

  /** As {@link row}, without buffers being made. @param bounds where each cell begins and ends in `source`; a beginning of -1 is null. */
  rowAt(source: Buffer, bounds: Int32Array): void {
    if (this.#state === 'nothing-yet') this.#touch()
    if (this.#untold !== undefined) this.#countUnknown()
    for (let index = 0; index < this.#columns.length; index += 1) {
      const from = bounds[2 * index] ?? -1
      const column = this.#columns[index]
      if (from >= 0 && column !== undefined) this.#cell(column, source, from, bounds[2 * index + 1] ?? from)
    }
  }

  #cell(column: PatientColumn, source: Buffer, from: number, until: number): void {
    const number = column.format === 'decimal' ? decimalAt(source, from, until) : column.format === 'integer' ? integerAt(source, from, until) : -1
    if (number !== -1) {
      if (this.#known.addNumber(number) === 'new') this.#count(number)
      return
    }
    const id = column.toText(source.subarray(from, until))
    if (this.#known.add(id) === 'new') this.#count(id)
  }

  #countUnknown(): void {
    if (this.#parts.strangers === 'one-a-row' && this.#parts.spend?.(undefined) === 'over') this.isOver = true
  }

  /** @param id seen for the first time; a number stands for the text that it is written as. */
  #count(id: string | number): void {
    const { digest, spend } = this.#parts
    const told = this.#digests.size < MAX_TOLD_PATIENTS
    // Most of a large answer: nobody asks who it is.
    if (!told && spend === undefined) { this.#more += 1; return }
    const patient = digest(String(id))
    if (spend?.(patient) === 'over') { this.isOver = true; return }
    if (told) this.#digests.add(patient)
    else this.#more += 1
  }

  get touched(): PatientsTouched {
    return { digests: [...this.#digests], more: this.#more === 0 ? undefined : this.#more, unknown: this.#state === 'touched' ? this.#untold : undefined }
  }
}
