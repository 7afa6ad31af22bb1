/** EXPLAIN: what it asks for, and the statement it explains. */
import { nodeField, optionFlag, optionText, readOptions, type Fields, type Option } from './ast.ts'
import { tagged, unknownStatement } from './command-tag.ts'
import type { ExplainStatement, RawStatement } from './raw-statement.ts'
import { isKeyword, isSign, type StatementText } from './statement-text.ts'

/** EXPLAIN [ ( options ) ] statement, EXPLAIN [ ANALYZE ] [ VERBOSE ] statement */
export function readExplain(fields: Fields, text: StatementText): RawStatement {
  const options = readOptions(fields, 'options')
  const from = options && firstInnerToken(options, text)
  const inner = from === undefined ? undefined : text.inner(from, text.tokens().length, nodeField(fields, 'query'))
  const format = options && readFormat(options)
  if (options === undefined || inner === undefined) return unknownStatement('EXPLAIN', 'inner statement of EXPLAIN')
  if (format === undefined) return unknownStatement('EXPLAIN', 'format of EXPLAIN')
  return {
    kind: 'explain', ...tagged('EXPLAIN'), analyze: isOn(options, 'analyze'), verbose: isOn(options, 'verbose'), format,
    options: options.map((option) => option.name.toLowerCase()), inner,
  }
}

function firstInnerToken(options: readonly Option[], text: StatementText): number | undefined {
  const tokens = text.tokens()
  if (options.length > 0 && isSign(tokens[1], '(')) return text.afterParenthesis(1)
  let index = 1
  while (['analyze', 'analyse', 'verbose'].some((word) => isKeyword(tokens[index], word))) index += 1
  return index
}

/** The last of several counts; a value that is no boolean is refused by the server and counts as on here. */
function isOn(options: readonly Option[], name: string): boolean {
  const option = options.findLast((candidate) => candidate.name.toLowerCase() === name)
  return option !== undefined && optionFlag(option.value) !== false
}

function readFormat(options: readonly Option[]): ExplainStatement['format'] | undefined {
  const option = options.findLast((candidate) => candidate.name.toLowerCase() === 'format')
  if (option === undefined) return 'text'
  return (['text', 'json', 'xml', 'yaml'] as const).find((format) => format === optionText(option.value)?.toLowerCase())
}
