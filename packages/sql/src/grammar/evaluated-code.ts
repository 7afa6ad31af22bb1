/**
 * What the expressions of a definition call by name, where the server evaluates them over rows: defaults of new columns, checks, conversions, index
 * expressions. The grammar shows names, not what they mean, so whatever is not certainly the server's own is named here. Pure.
 */
import { listField, stringOf, textField, toNode, isFields, structField, type Fields } from './ast.ts'

/** By names, qualified where the text qualifies them. */
export interface EvaluatedCode {
  /** Functions, and constructs that are none of the plain ones. */
  readonly calls: readonly string[]
  /** Unqualified functions of names that the server's own have too, and harmless ones. */
  readonly functions: readonly string[]
  /** Unqualified operators. */
  readonly operators: readonly string[]
  /** Types of new columns, and of casts of a literal: reading a value may run what belongs to the type. */
  readonly types: readonly string[]
  /** Columns that stand in an expression. */
  readonly columns: readonly string[]
}

/** The server's own functions of their arguments, of the clock and of sequences. The grammar puts pg_catalog before some (EXTRACT, TRIM, AT TIME ZONE). */
const HARMLESS: ReadonlySet<string> = new Set([
  'now', 'clock_timestamp', 'statement_timestamp', 'transaction_timestamp', 'timeofday', 'random', 'gen_random_uuid', 'uuidv4', 'uuidv7', 'nextval',
  'lower', 'upper', 'initcap', 'length', 'char_length', 'octet_length', 'btrim', 'ltrim', 'rtrim', 'left', 'right', 'substring', 'substr', 'replace', 'position', 'strpos', 'md5', 'concat',
  'abs', 'round', 'floor', 'ceil', 'trunc', 'mod', 'extract', 'date_part', 'date_trunc', 'timezone', 'age', 'make_date', 'to_tsvector', 'is_normalized', 'normalize', 'overlay', 'like_escape', 'similar_to_escape',
])
const EXPRESSIONS = /^(?:SubLink|FuncCall|A_Expr|TypeCast|XmlExpr|XmlSerialize|Json\w+|GroupingFunc|ColumnRef|ColumnDef|A_Indirection|RowExpr|ParamRef|CurrentOfExpr)$/
/** Of A_Expr: each stands for these operators. */
const COMPARISONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['BETWEEN', ['>=', '<=']], ['NOT BETWEEN', ['<', '>']], ['BETWEEN SYMMETRIC', ['>=', '<=']], ['NOT BETWEEN SYMMETRIC', ['<', '>']],
])

/** @param root the fields of a CREATE INDEX, ALTER TABLE, CREATE or ALTER DOMAIN ... Iterative: depth is the caller's choice. */
export function evaluatedCode(root: Fields): EvaluatedCode {
  const calls = new Set<string>(), functions = new Set<string>(), operators = new Set<string>(), types = new Set<string>(), columns = new Set<string>()
  const pending: unknown[] = [root]
  while (pending.length > 0) {
    const value = pending.pop()
    if (Array.isArray(value)) { pending.push(...value); continue }
    if (!isFields(value)) continue
    for (const [key, field] of Object.entries(value)) {
      pending.push(field)
      if (!EXPRESSIONS.test(key) || !isFields(field)) continue
      switch (key) {
        case 'FuncCall': {
          const name = nameOf(field, 'funcname')
          if (HARMLESS.has(name)) functions.add(name)
          else if (!name.startsWith('pg_catalog.') || !HARMLESS.has(name.slice('pg_catalog.'.length))) calls.add(name)
          break
        }
        case 'A_Expr': operatorsOf(field).forEach(name => { if (name.includes('.')) calls.add(name); else operators.add(name) }); break
        case 'TypeCast':
          types.add(typeName(field))
          // A conversion of anything but a literal may be a function of somebody's.
          if (toNode(field['arg'])?.type !== 'A_Const') calls.add(`a cast to ${typeName(field)}`)
          break
        case 'ColumnDef': types.add(typeName(field)); break
        case 'ColumnRef': columns.add(stringOf(listField(field, 'fields').at(-1)) ?? '*'); break
        default: calls.add(key)
      }
    }
  }
  return { calls: [...calls], functions: [...functions], operators: [...operators], types: [...types].filter(name => name !== ''), columns: [...columns] }
}

function operatorsOf(expression: Fields): readonly string[] {
  const name = nameOf(expression, 'name')
  if (name.startsWith('pg_catalog.')) return []
  return COMPARISONS.get(textField(expression, 'kind') === undefined ? '' : name) ?? [name]
}

/** The grammar writes names of the standard's types with pg_catalog before them. */
function typeName(fields: Fields): string {
  const type = structField(fields, 'typeName')
  if (type === undefined) return ''
  const name = nameOf(type, 'names')
  return name.startsWith('pg_catalog.') ? name.slice('pg_catalog.'.length) : name
}

function nameOf(fields: Fields, field: string): string {
  return listField(fields, field).map(part => stringOf(part) ?? '').join('.')
}
