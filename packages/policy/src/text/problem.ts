/**
 * What is wrong with a file an operator wrote, and where. Problems are values: reading never stops at the first one, and
 * never throws, so that one run of `doorward check` shows everything there is to mend.
 */

/** A place in a text: line and column from 1, the column in UTF-16 units as editors count them. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** One thing to mend. The message is lower case, without full stop, says expected and found, and never holds a secret. */
export interface ConfigProblem extends Position {
  /** The file as its reader was given it. */
  readonly file: string
  readonly message: string
  /** `warning`: works as written, but probably is not what was meant. */
  readonly severity: 'error' | 'warning'
  /** `hidden`: the line may hold a secret that was written where it should not be, so it must not be printed. */
  readonly source: 'shown' | 'hidden'
}

/** Collects the problems of one file. */
export class Problems {
  readonly file: string
  readonly #found: ConfigProblem[] = []

  constructor(file: string) { this.file = file }

  /** Problems that make the file unusable, so far. */
  get errorCount(): number {
    return this.#found.filter((problem) => problem.severity === 'error').length
  }

  /** The file has this fault and cannot be used. */
  error(at: Position, message: string): void {
    this.#add(at, message, 'error', 'shown')
  }

  /** As {@link error}, where the line itself may hold a secret. */
  secretError(at: Position, message: string): void {
    this.#add(at, message, 'error', 'hidden')
  }

  /** The file can be used, but says something that probably was not meant. */
  warn(at: Position, message: string): void {
    this.#add(at, message, 'warning', 'shown')
  }

  /** All so far, in the order of the text. */
  list(): readonly ConfigProblem[] {
    return [...this.#found].sort((a, b) => a.line - b.line || a.column - b.column)
  }

  #add(at: Position, message: string, severity: ConfigProblem['severity'], source: ConfigProblem['source']): void {
    this.#found.push({ file: this.file, line: at.line, column: at.column, message, severity, source })
  }
}
