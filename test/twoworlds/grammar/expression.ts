/**
 * Expressions of a given type, from the server's own catalog of functions, operators and casts, and from the forms that have a syntax of their
 * own. Depth runs out into columns and literals.
 */
import type { Routine } from '../server-catalog.ts'
import { LITERALS, UNORDERED, written, type TypeName } from '../types.table.ts'
import { conditionOf } from './condition.ts'
import { formOf } from './form.ts'
import { visible, type Scope, type Writing, type Written } from './scope.ts'

export function expressionOf(writing: Writing, type: TypeName, phi: 'never' | 'maybe', depth: number, scope: Scope): Written {
  const { random } = writing
  if (depth <= 0) return leaf(writing, type, phi, scope)
  if (type === 'bool' && random.chance(0.75)) return conditionOf(writing, phi, depth, scope)
  const { kind } = random.pickWeighted([
    { kind: 'leaf', weight: 30 }, { kind: 'function', weight: 16 }, { kind: 'operator', weight: 16 }, { kind: 'form', weight: 22 }, { kind: 'cast', weight: 7 },
    { kind: 'choice', weight: 12 }, { kind: 'subquery', weight: 4 },
  ] as const)
  const inner = (of: TypeName): Written => writing.expression(of, phi, depth - 1, scope)
  switch (kind) {
    case 'function': return call(writing, writing.catalog.functions.get(type), inner) ?? leaf(writing, type, phi, scope)
    case 'operator': return operation(writing, type, inner) ?? leaf(writing, type, phi, scope)
    case 'form': return formOf(writing, type, inner, scope, phi) ?? leaf(writing, type, phi, scope)
    case 'cast': return cast(writing, type, inner)
    case 'choice': return choice(writing, type, inner)
    case 'subquery': {
      const { sql, columns } = writing.query({ depth: depth - 1, types: [type], phi, single: true }, scope)
      return { sql: `(${sql})`, phi: columns.some((column) => column.phi) }
    }
    default: return leaf(writing, type, phi, scope)
  }
}

/** A column of the type, a literal, a parameter or NULL. PHI comes up more often where it may. */
function leaf({ random, parameters }: Writing, type: TypeName, phi: 'never' | 'maybe', scope: Scope): Written {
  const fitting = visible(scope, phi).filter((column) => column.type === type)
  const tainted = fitting.filter((column) => column.phi)
  if (tainted.length > 0 && random.chance(0.55)) return random.pick(tainted)
  if (fitting.length > 0 && random.chance(0.75)) return random.pick(fitting)
  if (random.chance(0.03)) return { sql: `NULL::${written(type)}`, phi: false }
  const literal = random.pick<string>(LITERALS[type])
  const plain = /^'((?:[^'])*)'(::[a-z0-9]+)?$/.exec(literal)?.[1] ?? (/^-?[0-9.]+$/.test(literal) ? literal : undefined)
  if (parameters !== undefined && plain !== undefined && !plain.includes('\\') && random.chance(0.5)) {
    parameters.push(plain)
    return { sql: `$${parameters.length}::${written(type)}`, phi: false }
  }
  return { sql: literal, phi: false }
}

export function call({ random }: Writing, routines: readonly Routine[] | undefined, inner: (type: TypeName) => Written): Written | undefined {
  if (routines === undefined || routines.length === 0) return undefined
  const routine = random.pick(routines)
  const given = routine.arguments.map(inner)
  return { sql: `${routine.name}(${given.map(({ sql }) => sql).join(', ')})`, phi: given.some((one) => one.phi) }
}

function operation({ random, catalog }: Writing, type: TypeName, inner: (type: TypeName) => Written): Written | undefined {
  const operators = catalog.operators.get(type)
  if (operators === undefined) return undefined
  const { name, left, right } = random.pick(operators)
  const [one, other] = [left === undefined ? undefined : inner(left), inner(right)]
  return { sql: `(${one === undefined ? '' : `${one.sql} `}${name} ${other.sql})`, phi: (one?.phi ?? false) || other.phi }
}

function cast({ random, catalog }: Writing, type: TypeName, inner: (type: TypeName) => Written): Written {
  const sources = catalog.casts.get(type) ?? []
  const from = sources.length > 0 && random.chance(0.8) ? random.pick(sources) : type === 'text' ? random.pick<TypeName>(['int4', 'date', 'jsonb', 'numeric', 'bool', 'timestamptz', 'text[]', 'interval']) : 'text'
  const value = inner(from)
  return { sql: random.chance(0.5) ? `cast(${value.sql} as ${written(type)})` : `(${value.sql})::${written(type)}`, phi: value.phi }
}

function choice({ random }: Writing, type: TypeName, inner: (type: TypeName) => Written): Written {
  const [one, other] = [inner(type), inner(type)]
  const both = (sql: string, ...more: readonly Written[]): Written => ({ sql, phi: [one, other, ...more].some(({ phi }) => phi) })
  const kind = random.integer(0, UNORDERED.has(type) ? 2 : 4)
  if (kind === 0) { const when = inner('bool'); return both(`case when ${when.sql} then ${one.sql} else ${other.sql} end`, when) }
  if (kind === 1) return both(`coalesce(${one.sql}, ${other.sql})`)
  if (kind === 2) {
    const [tested, against] = [inner('int4'), inner('int4')]
    return both(`case ${tested.sql} when ${against.sql} then ${one.sql} else ${other.sql} end`, tested, against)
  }
  if (kind === 3) return both(`nullif(${one.sql}, ${other.sql})`)
  return both(`${random.pick(['greatest', 'least'])}(${one.sql}, ${other.sql})`)
}
