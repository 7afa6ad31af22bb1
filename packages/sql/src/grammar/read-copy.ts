/** COPY: which way, from or to where, and how its text is cut into fields. Source: PostgreSQL, COPY; commands/copy.c of 18. */
import {
  flagField, listField, nodeField, optionFlag, optionText, readOptions, stringsOf, structField, textField, type AstNode, type Fields, type Option,
} from './ast.ts'
import { tagged, unknownStatement } from './command-tag.ts'
import type { CopyOptions, CopyTextOptions, RawStatement } from './raw-statement.ts'
import { readRelation } from './read-object.ts'
import type { StatementText } from './statement-text.ts'

export function readCopy(fields: Fields, text: StatementText): RawStatement {
  const relation = readRelation(structField(fields, 'relation'))
  const query = nodeField(fields, 'query')
  const columns = stringsOf(listField(fields, 'attlist'))
  const options = readOptions(fields, 'options')
  const hasOneSource = (relation === undefined) !== (query === undefined)
  if (columns === undefined || options === undefined || !hasOneSource) return unknownStatement('COPY', 'CopyStmt')
  // COPY ( query ) TO: the parenthesis is the second token.
  const after = query === undefined ? undefined : text.afterParenthesis(1)
  const inner = after === undefined ? undefined : text.inner(2, after - 1, query)
  if (query !== undefined && inner === undefined) return unknownStatement('COPY', 'inner statement of COPY')
  const file = textField(fields, 'filename') !== undefined
  return {
    kind: 'copy', ...tagged('COPY'),
    direction: flagField(fields, 'is_from') ? 'in' : 'out',
    endpoint: flagField(fields, 'is_program') ? 'program' : file ? 'file' : 'client',
    relation, columns, inner, options: readCopyOptions(options), where: nodeField(fields, 'whereClause') !== undefined,
  }
}

/** Values that the server refuses land in `unknown`, as do names that this reader does not know. */
export function readCopyOptions(options: readonly Option[]): CopyOptions {
  const unknown: string[] = []
  const named = new Map<string, Option>()
  for (const option of options) {
    if (named.has(option.name) || !KNOWN.has(option.name)) unknown.push(option.name)
    named.set(option.name, option)
  }
  const take = <T>(name: string, absent: T, read: (value: AstNode | undefined) => T | undefined): T => {
    const option = named.get(name)
    if (option === undefined) return absent
    const value = read(option.value)
    if (value === undefined) unknown.push(name)
    return value ?? absent
  }
  const text = (name: string): string | undefined => take<string | undefined>(name, undefined, optionText)
  const format = take('format', 'text', oneOf('text', 'csv', 'binary'))
  const header = take('header', 'off', readHeader)
  const csv = format === 'csv'
  const quote = text('quote') ?? '"'
  const cut: CopyTextOptions = {
    delimiter: text('delimiter') ?? (csv ? ',' : '\t'), null: text('null') ?? (csv ? '' : '\\N'),
    quote, escape: text('escape') ?? quote, header: header !== 'off',
  }
  const rejectLimit = text('reject_limit')
  return {
    format, text: cut, headerMatch: header === 'match', encoding: text('encoding'),
    freeze: take('freeze', false, optionFlag),
    forceQuote: take('force_quote', [], readColumns), forceNull: take('force_null', [], readColumns),
    forceNotNull: take('force_not_null', [], readColumns),
    defaultMarker: text('default'), onError: take('on_error', 'stop', oneOf('stop', 'ignore')),
    verbosity: take('log_verbosity', 'default', oneOf('silent', 'default', 'verbose')),
    rejectLimit: rejectLimit === undefined ? undefined : Number(rejectLimit), unknown: [...new Set(unknown)],
  }
}

const KNOWN: ReadonlySet<string> = new Set([
  'format', 'freeze', 'delimiter', 'null', 'default', 'header', 'quote', 'escape', 'force_quote', 'force_not_null', 'force_null',
  'on_error', 'reject_limit', 'encoding', 'log_verbosity',
])

/** Option words are compared as they are (strcmp), `format` and its kin; the grammar has lower-cased those not quoted. */
function oneOf<const T extends string>(...words: readonly T[]): (value: AstNode | undefined) => T | undefined {
  return (value) => words.find((word) => word === optionText(value)?.toLowerCase())
}

function readHeader(value: AstNode | undefined): 'on' | 'off' | 'match' | undefined {
  if (optionText(value)?.toLowerCase() === 'match') return 'match'
  const flag = optionFlag(value)
  return flag === undefined ? undefined : flag ? 'on' : 'off'
}

function readColumns(value: AstNode | undefined): readonly string[] | undefined {
  if (value?.type === 'A_Star') return ['*']
  return value?.type === 'List' ? stringsOf(listField(value.fields, 'items')) : undefined
}
