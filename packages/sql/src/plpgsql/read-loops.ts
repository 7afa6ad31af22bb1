/** FOR and FOREACH, up to LOOP, which stays unread. Source: pl_gram.y (for_control, stmt_foreach_a). */
import type { BodyReader } from './body-reader.ts'
import { lookUp } from './namespace.ts'
import { notRead, type Target } from './routine.ts'

const INTEGER = 23, REFCURSOR = 1790

export function readFor(reader: BodyReader): void {
  const { tokens } = reader
  tokens.skip()
  const targets = reader.targets()
  const [name] = targets
  tokens.takeWord('in')
  if (tokens.word() === 'execute') throw notRead('FOR IN EXECUTE')
  const cursor = cursorHere(reader)
  if (cursor !== undefined) { readCursorLoop(reader, cursor, name); return }
  const isReversed = tokens.word() === 'reverse'
  if (isReversed) tokens.skip()
  const from = tokens.position
  tokens.skipUntil('..', 'loop')
  const text = tokens.text(from, tokens.position)
  if (text === '') throw tokens.unexpected()
  reader.texts.push(text)
  if (tokens.sign() !== '..') {
    if (isReversed) throw tokens.unexpected()
    reader.statements.push('fors')
    reader.step({ kind: 'run', sql: { text, form: 'statement', namespace: reader.namespace }, into: targets })
    return
  }
  reader.statements.push('fori')
  tokens.skip()
  const bounds = [{ text, form: 'expression', namespace: reader.namespace } as const, reader.expression('loop', 'by')]
  if (tokens.word() === 'by') {
    tokens.skip()
    bounds.push(reader.expression('loop'))
  }
  // The counter is a variable of its own, whatever had its name before.
  if (name === undefined || targets.length !== 1) throw tokens.unexpected()
  reader.step({ kind: 'range', variable: reader.implicit(name.names.at(-1) ?? '', { kind: 'oid', oid: INTEGER }), bounds })
}

/** The cursor that a name stands for, when it is one. */
function cursorHere(reader: BodyReader): number | undefined {
  const { tokens } = reader
  const length = tokens.namesLength()
  if (length === 0) return undefined
  const names = Array.from({ length: (length + 1) / 2 }, (_, index) => tokens.name(2 * index) ?? '')
  const found = lookUp(reader.namespace, names, () => false)
  const variable = found?.taken === names.length ? reader.variables[found.variable] : undefined
  if (found === undefined || variable?.type.kind !== 'oid' || variable.type.oid !== REFCURSOR) return undefined
  if (variable.cursor === undefined) throw notRead('a loop over a cursor that is not bound')
  return found.variable
}

/** `FOR record IN cursor [(argument, ...)]`: the record is new. */
function readCursorLoop(reader: BodyReader, cursor: number, target: Target | undefined): void {
  const { tokens } = reader
  reader.statements.push('forc')
  const { parameters } = reader.variables[cursor]?.cursor ?? { parameters: [] }
  tokens.takeNames()
  if (tokens.sign() === '(') {
    tokens.skip()
    if (tokens.sign(1) === ':=' || tokens.sign(1) === '=>') throw notRead('a cursor opened with named arguments')
    const sql = reader.expression(')')
    if (/:=|=>/.test(sql.text)) throw notRead('a cursor opened with named arguments')
    tokens.takeSign(')')
    reader.step({ kind: 'set-each', variables: parameters, sql })
  }
  if (target === undefined || target.names.length !== 1) throw tokens.unexpected()
  reader.step({ kind: 'cursor-rows', cursor, variable: reader.implicit(target.names[0] ?? '', { kind: 'record' }) })
}

export function readForeach(reader: BodyReader): void {
  const { tokens } = reader
  reader.statements.push('foreach_a')
  tokens.skip()
  const targets = reader.targets()
  let depth = '0'
  if (tokens.word() === 'slice') {
    tokens.skip()
    depth = tokens.token()?.text ?? ''
    if (!/^\d{1,2}$/.test(depth)) throw tokens.unexpected()
    tokens.skip()
  }
  tokens.takeWord('in')
  tokens.takeWord('array')
  reader.step({ kind: 'elements', targets, sliced: Number(depth) > 0, sql: reader.expression('loop') })
}
