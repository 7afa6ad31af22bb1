/**
 * DECLARE sections. A type is what stands before a default, a constraint or the end; what it means is found out later.
 * Source: PostgreSQL, src/pl/plpgsql/src/pl_gram.y (decl_statement, read_datatype).
 */
import type { BodyReader } from './body-reader.ts'
import { lookUp, withLabel, withVariable } from './namespace.ts'
import { notRead, type DeclaredType, type Variable } from './routine.ts'

export function readDeclarations(reader: BodyReader): void {
  const { tokens } = reader
  while (tokens.word() !== 'begin') {
    // A section may be begun again.
    if (tokens.word() === 'declare') { tokens.skip(); continue }
    readDeclaration(reader)
  }
}

function readDeclaration(reader: BodyReader): void {
  const { tokens } = reader
  if (tokens.token()?.kind === 'parameter') throw tokens.unexpected()
  const name = tokens.takeName()
  if (tokens.word() === 'alias' && tokens.word(1) === 'for') { readAlias(reader, name); return }
  if (isCursor(reader)) { readCursor(reader, name); return }
  if (tokens.word() === 'constant') tokens.skip()
  const type = readType(reader, ['collate', 'not', '=', ':=', 'default', ';'])
  if (tokens.word() === 'collate') { tokens.skip(); tokens.takeNames() }
  let notNull = false
  if (tokens.word() === 'not') {
    tokens.skip()
    tokens.takeWord('null')
    notNull = true
  }
  // The default is read in the names before it: the variable itself is not among them.
  const given = tokens.sign() === ';' ? undefined : readDefault(reader)
  const variable = reader.declare({ name, type: type.type, notNull, cursor: undefined })
  reader.types.push({ variable, start: type.start, end: type.end })
  if (given !== undefined) {
    reader.defaults.push({ variable, text: given.text })
    reader.step({ kind: 'set', variable, sql: given })
  }
  tokens.takeSign(';')
}

function readDefault(reader: BodyReader) {
  const { tokens } = reader
  if (tokens.sign() !== '=' && tokens.sign() !== ':=' && tokens.word() !== 'default') throw tokens.unexpected()
  tokens.skip()
  const sql = reader.expression(';')
  // Kept apart: of records the second reading does not show it.
  reader.texts.pop()
  return sql
}

function readAlias(reader: BodyReader, name: string): void {
  const { tokens } = reader
  tokens.skip(2)
  const names = tokens.takeNames()
  const found = lookUp(reader.namespace, names, () => false)
  if (found === undefined || found.taken !== names.length) throw notRead('an alias of something unknown')
  reader.namespace = withVariable(reader.namespace, name, found.variable)
  tokens.takeSign(';')
}

function isCursor({ tokens }: BodyReader): boolean {
  const at = tokens.word() === 'no' && tokens.word(1) === 'scroll' ? 2 : tokens.word() === 'scroll' ? 1 : 0
  const after = tokens.word(at + 1)
  return tokens.word(at) === 'cursor' && (after === 'for' || after === 'is' || tokens.sign(at + 1) === '(')
}

/** `name [[NO] SCROLL] CURSOR [(argument type, ...)] {IS | FOR} query;` */
function readCursor(reader: BodyReader, name: string): void {
  const { tokens } = reader
  while (tokens.word() !== 'cursor') tokens.skip()
  tokens.skip()
  const outer = reader.namespace
  reader.namespace = withLabel(outer, name)
  const parameters: number[] = []
  if (tokens.sign() === '(') {
    do {
      tokens.skip()
      const parameter = tokens.takeName()
      const type = readType(reader, [',', ')'])
      parameters.push(reader.implicit(parameter, type.type))
      reader.types.push({ variable: parameters.at(-1) ?? 0, start: type.start, end: type.end })
    } while (tokens.sign() === ',')
    tokens.takeSign(')')
  }
  if (tokens.word() !== 'is') tokens.takeWord('for')
  else tokens.skip()
  const query = reader.statement()
  reader.namespace = outer
  const variable: Variable = { name, type: { kind: 'oid', oid: REFCURSOR }, notNull: false, cursor: { query, parameters } }
  reader.declare(variable)
  tokens.takeSign(';')
}

const REFCURSOR = 1790

/** @param ends What may follow the type. */
function readType(reader: BodyReader, ends: readonly string[]): { readonly type: DeclaredType; readonly start: number; readonly end: number } {
  const { tokens } = reader
  const from = tokens.position
  const length = tokens.namesLength()
  const like = tokens.sign(length) === '%' ? tokens.word(length + 1) : undefined
  const names = like === 'type' || like === 'rowtype' ? tokens.takeNames() : undefined
  tokens.skipUntil(...ends)
  const [first, last] = [tokens.token(from - tokens.position), tokens.token(-1)]
  if (first === undefined || last === undefined || tokens.position === from) throw tokens.unexpected()
  const place = { start: first.start, end: last.end }
  if (names === undefined) return { type: { kind: 'text', text: tokens.slice(place.start, place.end) }, ...place }
  // An array of such (from 17 on) says so after the word.
  if (tokens.position - from > length + 2) throw notRead('an array of %TYPE')
  return { type: { kind: 'like', names, of: like === 'type' ? 'type' : 'rowtype', namespace: reader.namespace }, ...place }
}
