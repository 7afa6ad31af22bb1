/** What reading a PL/pgSQL body gathers on its way: where it stands, what is declared there, the steps found so far. */
import type { Grammar } from '../grammar/index.ts'
import { BodyTokens } from './body-tokens.ts'
import { isDeclaredHere, withLabel, withVariable, type Namespace } from './namespace.ts'
import { notRead, type DeclaredType, type SqlText, type Step, type Target, type Variable } from './routine.ts'

/** Blocks, loops and conditions inside each other. */
const MAX_DEPTH = 100
/** Steps of one body. */
const MAX_STEPS = 400

export class BodyReader {
  readonly tokens: BodyTokens
  readonly variables: Variable[] = []
  readonly steps: Step[] = []
  readonly statements: string[] = []
  readonly texts: string[] = []
  /** Variables that are returned by their names alone. */
  readonly names: string[] = []
  readonly defaults: { readonly variable: number; readonly text: string }[] = []
  readonly types: { readonly variable: number; readonly start: number; readonly end: number }[] = []
  /** As it is where the reading stands. */
  namespace: Namespace = undefined
  #depth = 0

  constructor(grammar: Pick<Grammar, 'scan'>, source: string) { this.tokens = new BodyTokens(grammar, source) }

  /** Reads something that is inside something else, on a level of names of its own. */
  inside(label: string | undefined, read: () => void): void {
    const outer = this.namespace
    this.namespace = withLabel(outer, label)
    this.deeper(read)
    this.namespace = outer
  }

  deeper(read: () => void): void {
    if (this.#depth >= MAX_DEPTH) throw notRead(`nested deeper than ${MAX_DEPTH}`)
    this.#depth += 1
    read()
    this.#depth -= 1
  }

  step(step: Step): void {
    if (this.steps.length >= MAX_STEPS) throw notRead(`more than ${MAX_STEPS} steps`)
    this.steps.push(step)
  }

  /** @throws {SqlFault} when the level has such a name already. */
  declare(variable: Variable): number {
    if (isDeclaredHere(this.namespace, variable.name)) throw notRead('a name declared twice')
    this.variables.push(variable)
    this.namespace = withVariable(this.namespace, variable.name, this.variables.length - 1)
    return this.variables.length - 1
  }

  /** A variable that the body did not write down itself. */
  implicit(name: string, type: DeclaredType): number {
    return this.declare({ name, type, notNull: false, cursor: undefined })
  }

  target(): Target { return { names: this.tokens.takeNames(), namespace: this.namespace } }

  /** `a, b.c, ...` */
  targets(): readonly Target[] {
    const targets = [this.target()]
    while (this.tokens.sign() === ',') {
      this.tokens.skip()
      targets.push(this.target())
    }
    return targets
  }

  /** An expression up to one of these words or signs, which stays unread. @throws {SqlFault} when there is none. */
  expression(...stops: readonly string[]): SqlText {
    const text = this.#until(stops)
    this.texts.push(text)
    return { text, form: 'expression', namespace: this.namespace }
  }

  /** A statement up to its semicolon, which stays unread. */
  statement(): SqlText {
    const text = this.#until([';'])
    this.texts.push(text)
    return { text, form: 'statement', namespace: this.namespace }
  }

  #until(stops: readonly string[]): string {
    const from = this.tokens.position
    this.tokens.skipUntil(...stops)
    const text = this.tokens.text(from, this.tokens.position)
    if (text === '') throw this.tokens.unexpected()
    return text
  }
}
