/** Answers to Doorward's own questions on a session's connection, collected frame by frame. */
import type { Analysed, AnalysisError, FieldDescription } from '@doorward/sql'
import { decodeBackend } from '../backend.ts'
import type { Frame } from '../frame.ts'
import { UnderstandFault } from '../understand/understand-fault.ts'
import { wordsOf } from '../understand/analysis-connection.ts'
import { REPORTED_BY } from '../understand/analysis-pipe.ts'
import type { OwnQuestion } from './exchange.ts'
import { OWN_TEXT_COMPLETES } from './upstream-writer.ts'

/**
 * A question fails to those who await its answer, and they refuse. When the session ends before they come to await it, Node would take the
 * process down for a failure that nobody handles: this says that it is handled there, and drops nothing.
 */
function toldToWhoeverAsked(): undefined { return undefined }

/** One or more own texts; resolves with all their rows. */
export class OwnRows implements OwnQuestion {
  readonly rows: Promise<readonly (readonly (string | undefined)[])[]>
  readonly #rows: (string | undefined)[][] = []
  #closesOwed: number
  #resolve: (rows: readonly (readonly (string | undefined)[])[]) => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  constructor(texts: number) {
    this.#closesOwed = texts * OWN_TEXT_COMPLETES
    this.rows = new Promise((resolve, reject) => { this.#resolve = resolve; this.#reject = reject })
    this.rows.catch(toldToWhoeverAsked)
  }

  take(frame: Frame): boolean {
    const message = decodeBackend(frame)
    if (message.kind === 'dataRow') this.#rows.push(message.cells.map((cell) => cell?.toString('utf8')))
    if (message.kind !== 'closeComplete') return false
    this.#closesOwed -= 1
    if (this.#closesOwed > 0) return false
    this.#resolve(this.#rows)
    return true
  }

  fail(): void { this.#reject(new UnderstandFault('out-of-step', 'a question on the session\'s own connection was not answered')) }
}

/** Parse and Describe of a caller's text on its own connection. */
export class OwnAnalysis implements OwnQuestion {
  readonly answer: Promise<Analysed | AnalysisError>
  readonly #trees: string[] = []
  #types: readonly number[] = []
  #resolve: (answer: Analysed | AnalysisError) => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  constructor() {
    this.answer = new Promise((resolve, reject) => { this.#resolve = resolve; this.#reject = reject })
    this.answer.catch(toldToWhoeverAsked)
  }

  take(frame: Frame): boolean {
    const message = decodeBackend(frame)
    switch (message.kind) {
      case 'noticeResponse':
        if (message.fields.get('R') !== REPORTED_BY) return false
        // One with a context was printed by a function that a literal's type has called, and is not the text's own.
        if (!message.fields.has('W')) this.#trees.push(message.fields.get('D') ?? '')
        return false
      case 'parameterDescription': this.#types = message.types; return false
      case 'rowDescription': return this.#done(message.fields)
      case 'noData': return this.#done(undefined)
      default: return false
    }
  }

  #done(fields: readonly FieldDescription[] | undefined): boolean {
    this.#resolve({ kind: 'analysed', trees: this.#trees, parameterTypes: this.#types, fields })
    return true
  }

  fail(error: Frame | undefined): void {
    const message = error === undefined ? undefined : decodeBackend(error)
    if (message?.kind !== 'errorResponse') { this.#reject(new UnderstandFault('out-of-step', 'an analysis on the session\'s own connection was not answered')); return }
    const fields = wordsOf(message.fields)
    this.#resolve({ kind: 'error', sqlState: fields.get('C') ?? 'XX000', message: fields.get('M') ?? '', fields })
  }
}

/** A Parse in front of a simple Query that names its statement. An error is left to the Query, which finds no such statement. */
export class OwnParse implements OwnQuestion {
  #owed: number
  readonly #onFailed: () => void

  /** @param answers how many messages it is, each with one answer: a Close before the Parse or not. */
  constructor(answers: number, onFailed: () => void) {
    this.#owed = answers
    this.#onFailed = onFailed
  }

  take(frame: Frame): boolean {
    if (decodeBackend(frame).kind === 'noticeResponse') return false
    this.#owed -= 1
    return this.#owed === 0
  }

  fail(): void { this.#onFailed() }
}
