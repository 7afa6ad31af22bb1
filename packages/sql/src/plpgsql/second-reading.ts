/**
 * Holds our reading of a body against the server's own PL/pgSQL grammar (libpg-query): both must find the same statements and the same
 * embedded texts, or the body is not understood. The library looks no types up, so composites are declared to it as records; of the
 * defaults of records it says nothing, all else it shows.
 */
import { isFields, textField, toNode } from '../grammar/ast.ts'
import type { Grammar } from '../grammar/index.ts'
import { notRead, type Routine } from './routine.ts'

export type VariableKind = 'scalar' | 'record'

const VOID = 2278

/** @param kindOf Of a variable. @throws {SqlFault} `unsupported`: the readings differ. */
export function requireSecondReading(grammar: Pick<Grammar, 'plpgsql' | 'scan'>, routine: Routine, kindOf: (variable: number) => VariableKind, resultKind: VariableKind): void {
  const parsed = grammar.plpgsql(definitionOf(routine, kindOf, resultKind))
  if (parsed.kind !== 'parsed') throw notRead(parsed.kind === 'syntax-error' ? 'the grammar does not take the body' : `the grammar failed (${parsed.reason})`)
  const found: Found = { statements: [], texts: [] }
  collect(parsed.routine, found)
  requireSameStatements(routine, found.statements)
  requireSameTexts(grammar, routine, found.texts, kindOf)
}

/** The whole function as its maker would write it, types aside. */
function definitionOf(routine: Routine, kindOf: (variable: number) => VariableKind, resultKind: VariableKind): string {
  const { source } = routine
  const parameters = source.parameters.map(({ name, mode }, index) => `${mode} ${name === '' ? '' : quoted(name)} ${typeWord(kindOf(index))}`)
  const result = source.resultType === VOID ? 'void' : `${source.returnsSet ? 'SETOF ' : ''}${typeWord(resultKind)}`
  const body = bodyForGrammar(routine, kindOf).replaceAll('\'', '\'\'')
  return `CREATE FUNCTION ${quoted(source.name)}(${parameters.join(', ')}) RETURNS ${result} LANGUAGE plpgsql AS '${body}'`
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const typeWord = (kind: VariableKind): string => (kind === 'record' ? 'record' : 'text')

/**
 * The body with every declared type replaced by one that the library knows. The grammar is in the same state wherever a type begins, so what
 * stands there instead of it changes nothing else.
 */
function bodyForGrammar({ source, outline }: Routine, kindOf: (variable: number) => VariableKind): string {
  const bytes = Buffer.from(source.body, 'utf8')
  const parts: Buffer[] = []
  let at = 0
  for (const { variable, start, end } of [...outline.types].sort((a, b) => a.start - b.start)) {
    parts.push(bytes.subarray(at, start), Buffer.from(typeWord(kindOf(variable))))
    at = end
  }
  return Buffer.concat([...parts, bytes.subarray(at)]).toString('utf8')
}

interface Found { readonly statements: string[]; readonly texts: string[] }

/** Everything of the library's tree that is a statement or a text, whatever it stands in. */
function collect(value: unknown, found: Found): void {
  if (Array.isArray(value)) { value.forEach(item => { collect(item, found) }); return }
  if (!isFields(value)) return
  const node = toNode(value)
  if (node?.type === 'PLpgSQL_expr') { found.texts.push(textField(node.fields, 'query') ?? ''); return }
  if (node?.type.startsWith('PLpgSQL_stmt_') === true) found.statements.push(node.type.slice('PLpgSQL_stmt_'.length))
  Object.values(value).forEach(child => { collect(child, found) })
}

/** The library adds a RETURN at the end, and a block around one with a label or handlers. */
function requireSameStatements({ outline }: Routine, statements: readonly string[]): void {
  const count = (list: readonly string[]): Map<string, number> => list.reduce((counts, name) => counts.set(name, (counts.get(name) ?? 0) + 1), new Map<string, number>())
  const [ours, theirs] = [count(outline.statements), count(statements)]
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const more = (theirs.get(name) ?? 0) - (ours.get(name) ?? 0)
    const isFine = name === 'return' || name === 'block' ? more === 0 || more === 1 : more === 0
    if (!isFine) throw notRead('the grammar finds other statements')
  }
}

const CASE_TEST = /^"__Case__Variable_\d+__" IN \(([\s\S]*)\)$/

function requireSameTexts(grammar: Pick<Grammar, 'scan'>, { outline }: Routine, texts: readonly string[], kindOf: (variable: number) => VariableKind): void {
  const shown = outline.defaults.filter(({ variable }) => kindOf(variable) === 'scalar').map(({ text }) => text)
  const left = new Map<string, number>()
  const add = (text: string, number: number): void => { const key = tokensOf(grammar, text); left.set(key, (left.get(key) ?? 0) + number) }
  for (const text of [...outline.texts, ...shown]) add(text, 1)
  for (const text of texts) add(CASE_TEST.exec(text)?.[1] ?? text, -1)
  // A variable that is returned by its name alone has a number or a text.
  for (const name of outline.names) if ((left.get(tokensOf(grammar, name)) ?? 0) < 0) add(name, 1)
  if ([...left.values()].some(number => number !== 0)) throw notRead('the grammar finds other texts')
}

/** Comments and blanks aside. NUL is in no text. */
function tokensOf(grammar: Pick<Grammar, 'scan'>, text: string): string {
  const scanned = grammar.scan(text)
  if (scanned.kind !== 'scanned') throw notRead('a text that does not scan')
  return scanned.tokens.filter(token => token.kind !== 'comment').map(token => token.text).join('\0')
}
