/** Relations made from a query: CREATE TABLE AS, CREATE MATERIALIZED VIEW, SELECT INTO, CREATE VIEW, REFRESH. */
import {
  flagField, listField, nodeField, numberField, readOptions, stringsOf, structField, textField, type Fields,
} from './ast.ts'
import { tagged, unknownStatement } from './command-tag.ts'
import type { CreateTableAsStatement, InnerStatement, RawStatement } from './raw-statement.ts'
import { readPersistence, readRelation } from './read-object.ts'
import { endsWithKeywords, isKeyword, isSign, type StatementText } from './statement-text.ts'

/** CREATE ... AS query [ WITH [ NO ] DATA ] */
export function readCreateTableAs(fields: Fields, text: StatementText): RawStatement {
  const materialized = textField(fields, 'objtype') === 'OBJECT_MATVIEW'
  const command = materialized ? 'CREATE MATERIALIZED VIEW' : 'CREATE TABLE AS'
  const tokens = text.tokens()
  const as = text.findKeyword('as', 1)
  const tail = endsWithKeywords(tokens, ['with', 'no', 'data']) ? 3 : endsWithKeywords(tokens, ['with', 'data']) ? 2 : 0
  const inner = as === undefined ? undefined : text.inner(as + 1, tokens.length - tail, nodeField(fields, 'query'))
  const into = structField(fields, 'into')
  if (into === undefined || inner === undefined) return unknownStatement(command, 'inner statement of CREATE ... AS')
  return toCreateAs(command, materialized ? 'create-materialized-view' : 'create-table-as', into, flagField(fields, 'if_not_exists'), inner)
}

/** The IntoClause of a SelectStmt, if any: the grammar puts it into the leftmost SELECT of a set operation. */
export function findInto(select: Fields): Fields | undefined {
  let current: Fields | undefined = select
  while (current !== undefined) {
    const into = structField(current, 'intoClause')
    if (into !== undefined) return into
    current = structField(current, 'larg')
  }
  return undefined
}

/** SELECT ... INTO [ TEMPORARY | UNLOGGED ] [ TABLE ] name ... */
export function readSelectInto(select: Fields, into: Fields, text: StatementText): RawStatement {
  const range = findIntoTokens(into, text)
  const inner = range && text.innerWithout(range.from, range.end, { type: 'SelectStmt', fields: withoutInto(select) })
  if (inner === undefined) return unknownStatement('SELECT INTO', 'query of SELECT INTO')
  return toCreateAs('SELECT INTO', 'select-into', into, false, inner)
}

/** CREATE [ OR REPLACE ] [ TEMP ] [ RECURSIVE ] VIEW name [ ( columns ) ] [ WITH ( options ) ] AS query [ WITH ... CHECK OPTION ] */
export function readView(fields: Fields, text: StatementText): RawStatement {
  const command = 'CREATE VIEW'
  const tokens = text.tokens()
  const as = text.findKeyword('as', 1)
  const check = ['cascaded', 'local'].some((word) => endsWithKeywords(tokens, ['with', word, 'check', 'option'])) ? 4
    : endsWithKeywords(tokens, ['with', 'check', 'option']) ? 3 : 0
  const target = readRelation(structField(fields, 'view'))
  const columns = stringsOf(listField(fields, 'aliases'))
  const options = readOptions(fields, 'options')
  if (as === undefined || target === undefined || columns === undefined || options === undefined) return unknownStatement(command, 'ViewStmt')
  const view = text.findKeyword('view', 1)
  const recursive = view !== undefined && isKeyword(tokens[view - 1], 'recursive')
  const query = nodeField(fields, 'query')
  const inner = recursive
    ? text.innerWrapped(as + 1, tokens.length - check, query, (body) => toRecursiveQuery(target.name, columns, body))
    : text.inner(as + 1, tokens.length - check, query)
  if (inner === undefined) return unknownStatement(command, 'inner statement of CREATE VIEW')
  return {
    kind: 'create-view', ...tagged(command), target, columns, persistence: readPersistence(structField(fields, 'view')),
    replace: flagField(fields, 'replace'), recursive, options: options.map((option) => option.name.toLowerCase()), inner,
  }
}

export function readRefresh(fields: Fields): RawStatement {
  const relation = readRelation(structField(fields, 'relation'))
  if (relation === undefined) return unknownStatement('REFRESH MATERIALIZED VIEW', 'RefreshMatViewStmt')
  return {
    kind: 'refresh', ...tagged('REFRESH MATERIALIZED VIEW'), relation, concurrently: flagField(fields, 'concurrent'),
    data: flagField(fields, 'skipData') ? 'no-data' : 'with-data',
  }
}

/** With data the answer is `SELECT n`; without, or when IF NOT EXISTS skips, the command's own name. */
function toCreateAs(
  command: string, form: CreateTableAsStatement['form'], into: Fields, ifNotExists: boolean, inner: InnerStatement,
): RawStatement {
  const relation = structField(into, 'rel')
  const target = readRelation(relation)
  const columns = stringsOf(listField(into, 'colNames'))
  if (target === undefined || columns === undefined) return unknownStatement(command, 'IntoClause')
  const data = flagField(into, 'skipData') ? 'no-data' : 'with-data'
  const persistence = readPersistence(relation)
  return { kind: 'create-table-as', ...tagged(command, 'SELECT', command), form, target, columns, persistence, ifNotExists, data, inner }
}

/** From INTO to the last part of the target's name. The proof in `innerWithout` catches a wrong guess. */
function findIntoTokens(into: Fields, text: StatementText): { readonly from: number; readonly end: number } | undefined {
  const tokens = text.tokens()
  const relation = structField(into, 'rel')
  const at = relation === undefined ? -1 : tokens.findIndex((token) => token.start === numberField(relation, 'location'))
  if (at < 1) return undefined
  let from = at - 1
  while (from > 0 && !isKeyword(tokens[from], 'into')) from -= 1
  let end = at + 1
  while (isSign(tokens[end], '.')) end += 2
  return { from, end }
}

/** A copy without the IntoClause; the way down the left side is the caller's depth, so it is walked, not recursed. */
function withoutInto(select: Fields): Fields {
  const root: Record<string, unknown> = { ...select }
  let current = root
  while (current['intoClause'] === undefined) {
    const left = structField(current, 'larg')
    if (left === undefined) return root
    const copy: Record<string, unknown> = { ...left }
    current['larg'] = copy
    current = copy
  }
  delete current['intoClause']
  return root
}

/** PostgreSQL, CREATE VIEW: what CREATE RECURSIVE VIEW stands for. */
function toRecursiveQuery(name: string, columns: readonly string[], body: string): string {
  const list = columns.map(quote).join(', ')
  return `WITH RECURSIVE ${quote(name)} (${list}) AS (${body}) SELECT ${list} FROM ${quote(name)}`
}

function quote(name: string): string { return `"${name.replaceAll('"', '""')}"` }

