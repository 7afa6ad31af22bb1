/** Conditions: comparisons, patterns, membership, existence, and what joins them. */
import { EVERYDAY, UNORDERED, type TypeName } from '../types.table.ts'
import { visible, type Scope, type Writing, type Written } from './scope.ts'

const COMPARABLE = EVERYDAY.filter((type) => !UNORDERED.has(type))

export function conditionOf(writing: Writing, phi: 'never' | 'maybe', depth: number, scope: Scope): Written {
  const { random } = writing
  const inner = (type: TypeName): Written => writing.expression(type, phi, depth - 1, scope)
  const join = (sql: string, ...parts: readonly Written[]): Written => ({ sql, phi: parts.some((part) => part.phi) })
  // Of a type that a column in reach has, most of the time.
  const columns = visible(scope, phi).filter(({ type }) => COMPARABLE.includes(type))
  const type = columns.length > 0 && random.chance(0.85) ? random.pick(columns).type : random.pick(COMPARABLE)
  const { kind } = random.pickWeighted([
    { kind: 'compare', weight: 34 }, { kind: 'joined', weight: 14 }, { kind: 'null', weight: 9 }, { kind: 'list', weight: 9 }, { kind: 'between', weight: 6 }, { kind: 'pattern', weight: 8 },
    { kind: 'any', weight: 5 }, { kind: 'exists', weight: 5 }, { kind: 'distinct', weight: 3 }, { kind: 'row', weight: 3 }, { kind: 'subquery', weight: 4 }, { kind: 'test', weight: 3 },
  ] as const)
  switch (kind) {
    case 'compare': { const [a, b] = [inner(type), inner(type)]; return join(`${a.sql} ${random.pick(['=', '<>', '<', '<=', '>', '>='])} ${b.sql}`, a, b) }
    case 'joined': { const [a, b] = [inner('bool'), inner('bool')]; return random.chance(0.2) ? join(`not (${a.sql})`, a) : join(`((${a.sql}) ${random.pick(['and', 'or'])} (${b.sql}))`, a, b) }
    case 'null': { const a = inner(type); return join(`(${a.sql}) is ${random.pick(['', 'not '])}null`, a) }
    case 'list': { const [a, b, c] = [inner(type), inner(type), inner(type)]; return join(`${a.sql} ${random.pick(['in', 'in', 'not in'])} (${b.sql}, ${c.sql})`, a, b, c) }
    case 'between': { const [a, b, c] = [inner(type), inner(type), inner(type)]; return join(`${a.sql} between ${random.pick(['', 'symmetric '])}${b.sql} and ${c.sql}`, a, b, c) }
    case 'pattern': {
      const a = inner('text')
      const pattern = random.pick(["like '%a%'", "ilike 'R%'", "~ '[aeiou]{2}'", "~* '^r'", "similar to '%(a|e)%'", "not like '_o%'", "like 'a\\%'"])
      return join(`${a.sql} ${pattern}`, a)
    }
    case 'any': { const a = inner('text'); const b = inner('text[]'); return join(`${a.sql} = ${random.pick(['any', 'all'])} (${b.sql})`, a, b) }
    case 'exists': { const { sql, columns: found } = writing.query({ depth: depth - 1, phi }, scope); return { sql: `${random.pick(['', 'not '])}exists (${sql})`, phi: found.some((column) => column.phi) } }
    case 'distinct': { const [a, b] = [inner(type), inner(type)]; return join(`${a.sql} is ${random.pick(['', 'not '])}distinct from ${b.sql}`, a, b) }
    case 'row': { const [a, b, c, d] = [inner(type), inner('int4'), inner(type), inner('int4')]; return join(`(${a.sql}, ${b.sql}) ${random.pick(['=', '<', '>=', '<>'])} (${c.sql}, ${d.sql})`, a, b, c, d) }
    case 'subquery': {
      const a = inner(type)
      const { sql, columns: found } = writing.query({ depth: depth - 1, types: [type], phi }, scope)
      return { sql: `${a.sql} ${random.pick(['in', 'not in', '= any', '< all', '<> all'])} (${sql})`, phi: a.phi || found.some((column) => column.phi) }
    }
    case 'test': { const a = inner('bool'); return join(`(${a.sql}) is ${random.pick(['true', 'not true', 'false', 'unknown', 'not unknown'])}`, a) }
  }
}
