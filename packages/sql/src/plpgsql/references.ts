/**
 * Where a piece of SQL may mean a variable: every column reference, with its place in the text, and what of its surroundings decides
 * how it may be replaced by a parameter. Source: PostgreSQL, src/backend/parser/parse_target.c (FigureColname), parse_clause.c
 * (findTargetlistEntrySQL92).
 */
import { isFields, listField, nodeField, numberField, stringOf, textField, toNode, type AstNode, type Fields } from '../grammar/ast.ts'
import type { Grammar, Token } from '../grammar/index.ts'
import { nameOf } from './body-tokens.ts'
import { notRead } from './routine.ts'

export interface Reference {
  /** As the server takes them. Without the star. */
  readonly names: readonly string[]
  readonly star: boolean
  /** Bytes: from the first name to the end of each name. */
  readonly start: number
  readonly ends: readonly number[]
  /** It is a whole output without a name of its own, so the output is named by it. */
  readonly namesOutput: boolean
  /** It names an output by way of a cast, a subscript or a CASE. */
  readonly namesFromWithin: boolean
  /** In ORDER BY, DISTINCT ON or GROUP BY, with an output of that name: before a variable the output is meant. */
  readonly meansOutput: boolean
}

export interface References {
  readonly references: readonly Reference[]
  /** Highest $n written in the text; 0: none. */
  readonly parameters: number
  /** `none`: nothing in the text has columns, so no name is one. */
  readonly columns: 'none' | 'some'
}

/** Statements that a body may hand to the server. */
const STATEMENTS: ReadonlySet<string> = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'])
const SOURCES: ReadonlySet<string> = new Set(['RangeVar', 'RangeSubselect', 'RangeFunction', 'RangeTableFunc', 'RangeTableSample', 'JsonTable'])

/** @throws {SqlFault} `unsupported`: no single query or write. */
export function referencesOf(grammar: Pick<Grammar, 'parse' | 'scan'>, text: string): References {
  const parsed = grammar.parse(text)
  const statement = parsed.kind === 'parsed' && parsed.statements.length === 1 ? parsed.statements[0]?.node : undefined
  if (statement === undefined) throw notRead('a text that is no single statement')
  if (!STATEMENTS.has(statement.type)) throw notRead(`a statement of another kind (${statement.type})`)
  const scanned = grammar.scan(text)
  if (scanned.kind !== 'scanned') throw notRead('a text that does not scan')
  const collector = new Collector(scanned.tokens.filter(token => token.kind !== 'comment'))
  collector.visit({ [statement.type]: statement.fields })
  return { references: collector.references, parameters: collector.parameters, columns: collector.columns(statement) }
}

class Collector {
  readonly references: Reference[] = []
  parameters = 0
  readonly #tokens: readonly Token[]
  readonly #namesOutput = new Set<unknown>()
  readonly #namesFromWithin = new Set<unknown>()
  readonly #meansOutput = new Set<unknown>()
  readonly #found = new Map<string, number>()

  constructor(tokens: readonly Token[]) { this.#tokens = tokens }

  visit(value: unknown): void {
    if (Array.isArray(value)) { value.forEach(item => { this.visit(item) }); return }
    if (!isFields(value)) return
    const node = toNode(value)
    if (node !== undefined) this.#node(node)
    if (isFields(value['intoClause'])) throw notRead('SELECT INTO a table')
    this.#outputsMeant(value)
    Object.values(value).forEach(child => { this.visit(child) })
  }

  #node(node: AstNode): void {
    this.#found.set(node.type, (this.#found.get(node.type) ?? 0) + 1)
    if (node.type === 'ParamRef') this.parameters = Math.max(this.parameters, numberField(node.fields, 'number'))
    if (node.type === 'ResTarget' && textField(node.fields, 'name') === undefined) {
      const value = nodeField(node.fields, 'val')
      if (value?.type === 'ColumnRef') this.#namesOutput.add(value.fields)
      else this.#namesFromWithin.add(namingReference(value)?.fields)
    }
    if (node.type === 'ColumnRef') this.#reference(node.fields)
  }

  /** A name alone in these clauses is an output before it is a variable. */
  #outputsMeant(select: Fields): void {
    const sorted = listField(select, 'sortClause').map(item => (item === undefined ? undefined : nodeField(item.fields, 'node')))
    const named = [...sorted, ...listField(select, 'distinctClause'), ...listField(select, 'groupClause')]
    const outputs = named.length === 0 ? new Set() : new Set(listField(select, 'targetList').map(target => outputName(target)))
    for (const reference of named) {
      const names = reference?.type === 'ColumnRef' ? listField(reference.fields, 'fields') : []
      const name = names.length === 1 ? stringOf(names[0]) : undefined
      if (name !== undefined && outputs.has(name)) this.#meansOutput.add(reference?.fields)
    }
  }

  #reference(fields: Fields): void {
    const parts = listField(fields, 'fields')
    const star = parts.at(-1)?.type === 'A_Star'
    const names = (star ? parts.slice(0, -1) : parts).map(part => stringOf(part) ?? '')
    if (names.length === 0) return
    const start = numberField(fields, 'location')
    this.references.push({
      names, star, start, ends: this.#ends(start, names), namesOutput: this.#namesOutput.has(fields), namesFromWithin: this.#namesFromWithin.has(fields),
      meansOutput: this.#meansOutput.has(fields),
    })
  }

  /** The tokens must say what the tree says. */
  #ends(start: number, names: readonly string[]): readonly number[] {
    const first = this.#tokens.findIndex(token => token.start === start)
    return names.map((name, index) => {
      const token = this.#tokens[first + 2 * index]
      const dot = index === 0 || this.#tokens[first + 2 * index - 1]?.text === '.'
      if (first < 0 || token === undefined || !dot || nameOf(token) !== name) throw notRead('a name that reads otherwise than it is written')
      return token.end
    })
  }

  columns(statement: AstNode): References['columns'] {
    const sources = [...SOURCES].reduce((sum, type) => sum + (this.#found.get(type) ?? 0), 0)
    if (statement.type === 'SelectStmt') {
      return sources === 0 ? 'none' : 'some'
    }
    const select = statement.type === 'InsertStmt' ? nodeField(statement.fields, 'selectStmt') : undefined
    const isPlainInsert = sources === 0 && select !== undefined && !['onConflictClause', 'returningClause', 'returningList', 'withClause'].some(field => field in statement.fields)
    return isPlainInsert ? 'none' : 'some'
  }
}

/** The name that an output has by what is written: its own, or that of the column it is. */
function outputName(target: AstNode | undefined): string | undefined {
  if (target?.type !== 'ResTarget') return undefined
  const name = textField(target.fields, 'name')
  const value = nodeField(target.fields, 'val')
  return name ?? (value?.type === 'ColumnRef' ? stringOf(listField(value.fields, 'fields').at(-1)) : undefined)
}

/** The column reference by which the server names an output that is more than that. */
function namingReference(node: AstNode | undefined): AstNode | undefined {
  switch (node?.type) {
    case 'ColumnRef': return node
    case 'TypeCast': case 'CollateClause': return namingReference(nodeField(node.fields, 'arg'))
    case 'CaseExpr': return namingReference(nodeField(node.fields, 'defresult'))
    case 'A_Indirection': return listField(node.fields, 'indirection').some(part => part?.type === 'String') ? undefined : namingReference(nodeField(node.fields, 'arg'))
    default: return undefined
  }
}
