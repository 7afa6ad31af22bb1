/**
 * Has one piece of a body's SQL analysed by the server, with parameters for the variables in it. A name is a column first: only where the
 * server finds no column the variable is meant, as in the server. What is both is an error there, or means something else under another
 * `plpgsql.variable_conflict`, so it is not understood, unless the body says `use_column`.
 * Source: PostgreSQL, src/pl/plpgsql/src/pl_comp.c (resolve_column_ref).
 */
import type { Grammar } from '../grammar/index.ts'
import type { BodySql, Place } from '../flow/routine-body.ts'
import { typeOfExpression } from '../flow/expression-type.ts'
import type { Analysed, AnalysisError, Answer, Question } from '../plan.ts'
import type { SqlFault } from '../sql-fault.ts'
import { readTree } from '../tree/read-tree.ts'
import { flagOf, nodesOf, numberOf, requireChild, type TreeNode } from '../tree/tree-value.ts'
import type { Column, Meaning, RoutinePlaces } from './routine-place.ts'
import { referencesOf, type Reference, type References } from './references.ts'
import { notRead, type Routine, type SqlText } from './routine.ts'
import { visibleNames } from './visible-names.ts'

/** Counts the questions about the bodies of one statement. */
export interface QuestionBudget { left: number }

export interface SqlContext {
  readonly grammar: Pick<Grammar, 'parse' | 'scan'>
  readonly serverMajor: number
  readonly routine: Routine
  readonly budget: QuestionBudget
}

export interface AnalysedSql extends BodySql {
  /** Of what it yields. */
  readonly columns: readonly Column[]
}

const UNDEFINED_COLUMN = '42703', UNDEFINED_TABLE = '42P01'
const TEXT = 25, UNKNOWN = 705

/** @throws {SqlFault} `unsupported` */
export function* analyseSql(context: SqlContext, places: RoutinePlaces, sql: SqlText): Generator<Question, AnalysedSql, Answer> {
  const text = sql.form === 'expression' ? `SELECT ${sql.text}` : sql.text
  const found = referencesOf(context.grammar, text)
  const parameters = new Parameters(context.routine)
  if (found.parameters > parameters.given) throw notRead('a parameter that the function does not have')
  const candidates = found.references.flatMap((reference): readonly Candidate[] => {
    if (reference.meansOutput) return []
    const meaning = places.meaningOf(sql.namespace, reference.names, reference.star)
    return meaning === undefined ? [] : [{ reference, meaning, parameter: parameters.numberOf(meaning) }]
  })
  if (found.columns !== 'none' && candidates.some(({ reference }) => reference.namesFromWithin)) throw notRead('an output named by a variable')
  const { answer, trees } = yield* askWithParameters(context, text, found.columns, candidates, parameters.types)
  return { trees, parameters: parameters.places, columns: columnsOf(answer, trees) }
}

interface Candidate { readonly reference: Reference; readonly meaning: Meaning; readonly parameter: number }

/**
 * First with every name that a variable has replaced: where no FROM list shows such a name, that was right. Otherwise with only those that
 * no list shows, and the server says which of the others it does not find.
 */
function* askWithParameters(context: SqlContext, text: string, columns: References['columns'], candidates: readonly Candidate[], types: readonly number[]): Generator<Question, AnalysedTrees, Answer> {
  const first = yield* ask(context, render(text, candidates).text, types)
  if (first.kind === 'analysed') {
    const trees = treesOf(context, first)
    const visible = visibleNames(trees)
    const unclear = columns === 'none' ? [] : candidates.filter(({ reference }) => visible.mayBeColumn(reference.names))
    if (unclear.length === 0) return { answer: first, trees }
    return yield* askStepwise(context, text, candidates, new Set(candidates.filter(candidate => !unclear.includes(candidate))), types)
  }
  if (columns === 'none') throw notTaken(first)
  return yield* askStepwise(context, text, candidates, new Set(), types)
}

interface AnalysedTrees { readonly answer: Analysed; readonly trees: readonly TreeNode[] }

function* askStepwise(context: SqlContext, text: string, candidates: readonly Candidate[], replaced: Set<Candidate>, types: readonly number[]): Generator<Question, AnalysedTrees, Answer> {
  for (;;) {
    const rendered = render(text, candidates.filter(candidate => replaced.has(candidate)))
    const answer = yield* ask(context, rendered.text, types)
    if (answer.kind === 'analysed') {
      const isUnclear = candidates.some(candidate => !replaced.has(candidate))
      if (isUnclear && context.routine.conflict !== 'column') throw notRead('a name that is both a column and a variable')
      return { answer, trees: treesOf(context, answer) }
    }
    const here = placeOfError(answer)
    const missing = candidates.find(candidate => !replaced.has(candidate) && rendered.positionOf(candidate.reference) === here)
    if (missing === undefined) throw notTaken(answer)
    replaced.add(missing)
  }
}

function treesOf(context: SqlContext, answer: Analysed): readonly TreeNode[] {
  return answer.trees.flatMap(tree => readTree(tree, { serverMajor: context.serverMajor, folded: true }))
}

function notTaken(error: AnalysisError): SqlFault {
  return notRead(`SQL that the server does not take (${error.sqlState})`)
}

/** @throws {SqlFault} `unsupported`: too many questions about one statement. */
export function* ask(context: SqlContext, text: string, types: readonly number[]): Generator<Question, Analysed | AnalysisError, Answer> {
  if (context.budget.left <= 0) throw notRead('too many pieces of SQL in the functions of one statement')
  context.budget.left -= 1
  const answer = yield { kind: 'analyse', text, parameterTypes: types }
  if (answer.kind === 'loaded') throw notRead('an analysis without an answer')
  return answer
}

/** Characters from 1, where the server found no such column. */
function placeOfError(error: AnalysisError): number | undefined {
  const isMissing = error.sqlState === UNDEFINED_COLUMN || error.sqlState === UNDEFINED_TABLE
  const position = Number(error.fields.get('P'))
  return isMissing && Number.isInteger(position) ? position : undefined
}

interface Rendered {
  readonly text: string
  /** Characters from 1. */
  positionOf(reference: Reference): number
}

/** Puts parameters in place of names. A blank on either side keeps tokens apart. */
function render(text: string, replaced: readonly Candidate[]): Rendered {
  const bytes = Buffer.from(text, 'utf8')
  const ordered = [...replaced].sort((a, b) => a.reference.start - b.reference.start)
  let rendered = ''
  let at = 0
  const starts: { readonly byte: number; readonly end: number; readonly shift: number }[] = []
  for (const { reference, meaning, parameter } of ordered) {
    const field = meaning.field === undefined ? '' : `."${meaning.field.replaceAll('"', '""')}"`
    const value = field !== '' || reference.star ? `($${parameter})${field}` : `$${parameter}`
    // The output keeps the name that it has by the variable's.
    const name = reference.namesOutput && !reference.star ? ` AS "${(reference.names.at(-1) ?? '').replaceAll('"', '""')}"` : ''
    const end = reference.ends.at(-1) ?? reference.start
    rendered += `${bytes.toString('utf8', at, reference.start)} ${value}${name} `
    at = end
    starts.push({ byte: reference.start, end, shift: Buffer.byteLength(rendered) - end })
  }
  rendered += bytes.toString('utf8', at)
  const whole = Buffer.from(rendered, 'utf8')
  return {
    text: rendered,
    positionOf: ({ start }) => {
      const before = starts.findLast(({ end }) => end <= start)
      return Array.from(whole.toString('utf8', 0, start + (before?.shift ?? 0))).length + 1
    },
  }
}

/** $1, $2, ... of one text: the function's own parameters first, then whatever else is named. */
class Parameters {
  readonly places: Place[]
  readonly types: number[]
  readonly given: number

  constructor(routine: Routine) {
    this.places = routine.source.parameters.map((_, variable) => ({ variable, field: undefined }))
    this.types = routine.source.parameters.map(({ type }) => type)
    this.given = this.places.length
  }

  numberOf({ place, type }: Meaning): number {
    const known = this.places.findIndex(({ variable, field }) => variable === place.variable && field === place.field)
    if (known >= 0) return known + 1
    this.places.push(place)
    this.types.push(type === UNKNOWN ? TEXT : type)
    return this.places.length
  }
}

/** Names as described, types as in the tree: the description names the type below a domain. */
function columnsOf(answer: Analysed, trees: readonly TreeNode[]): readonly Column[] {
  const fields = answer.fields ?? []
  const main = trees.find(tree => flagOf(tree, 'canSetTag'))
  const entries = main === undefined ? [] : nodesOf(main, numberOf(main, 'commandType') === 1 ? 'targetList' : 'returningList').filter(entry => !flagOf(entry, 'resjunk'))
  return fields.map(({ name, typeOid }, index) => {
    const entry = entries.length === fields.length ? entries[index] : undefined
    const expression = entry === undefined ? undefined : requireChild(entry, 'expr')
    // Of ARRAY(SELECT ...) the type of an element is said there.
    const type = expression === undefined || expression.name === 'SUBLINK' ? undefined : typeOfExpression(expression)
    return { name, type: type ?? typeOid }
  })
}
