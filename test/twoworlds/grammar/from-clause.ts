/** FROM: tables, views, subqueries, CTEs, functions, VALUES, joined in every way, kept small enough to run in milliseconds. */
import { written, type TypeName } from '../types.table.ts'
import type { Relation } from '../server-catalog.ts'
import { LITERALS } from '../types.table.ts'
import { inClauses, type QueryWish, type Scope, type ScopeRelation, type Writing, type WrittenQuery } from './scope.ts'

export interface WrittenFrom { readonly sql: string; readonly relations: readonly ScopeRelation[]; /** A table of its own that FOR UPDATE may name. */ readonly lockable: readonly string[] }

/** Few rows: joined to anything without a condition. */
const SMALL = /^clinic\.(rooms|scratch|providers|safe_rooms)$/
const KEYS: readonly TypeName[] = ['int8', 'int4']

export function fromClause(writing: Writing, wish: QueryWish, outer: Scope): WrittenFrom {
  const { random } = writing
  const lockable: string[] = []
  let { sql, relation, small } = fromItem(writing, wish, outer, lockable, false)
  const relations = [relation]
  const joins = wish.depth > 0 ? random.pickWeighted([{ count: 0, weight: 50 }, { count: 1, weight: 36 }, { count: 2, weight: 14 }]).count : 0
  for (let join = 0; join < joins; join += 1) {
    const lateral = random.chance(0.18)
    const next = fromItem(writing, { ...wish, depth: wish.depth - 1 }, lateral ? { relations: [...relations], outer } : outer, lockable, lateral)
    const condition = joinCondition(writing, relations, next.relation, small && next.small, { relations: [...relations, next.relation], outer })
    const word = random.pick(['join', 'join', 'left join', 'left join', lateral ? 'left join' : 'right join', lateral ? 'join' : 'full join'])
    if (condition === undefined) {
      if (!(small && next.small) && !next.tiny) continue
      sql += random.chance(0.5) ? ` cross join ${next.sql}` : `, ${next.sql}`
    } else if (join === 0 && random.chance(0.06) && sharesKey(relation, next.relation)) sql += ` ${word} ${next.sql} ${random.pick(['using (id)', 'using (patient_id)', 'natural'])}`.replace(/^ (.*?)((?:left|right|full)? ?join) (.*) natural$/, ' natural $2 $3')
    else sql += ` ${word} ${next.sql} on ${condition}`
    small = small && next.small
    relations.push(next.relation)
  }
  return { sql, relations, lockable }
}

/** Both have a column of the same name; USING of another name is a mistake that the server tells of. */
function sharesKey(left: ScopeRelation, right: ScopeRelation): boolean {
  const names = (relation: ScopeRelation): readonly string[] => relation.columns.map(({ sql }) => sql.replace(/^.*\./, ''))
  return names(left).includes('id') && names(right).includes('id')
}

interface Item { readonly sql: string; readonly relation: ScopeRelation; readonly small: boolean; /** A handful of rows per row of the others. */ readonly tiny?: boolean }

function fromItem(writing: Writing, wish: QueryWish, outer: Scope, lockable: string[], lateral: boolean): Item {
  const { random, catalog, ctes } = writing
  const alias = writing.next('t')
  const { kind } = random.pickWeighted([
    { kind: 'table', weight: lateral ? 4 : 62 }, { kind: 'subquery', weight: wish.depth > 0 ? 16 : 0 }, { kind: 'cte', weight: ctes.length > 0 ? 22 : 0 }, { kind: 'series', weight: 5 },
    { kind: 'values', weight: 4 }, { kind: 'set', weight: 4 }, { kind: 'unnest', weight: 3 }, { kind: 'records', weight: 2 },
  ] as const)
  const of = (columns: readonly { readonly name: string; readonly type: TypeName; readonly phi: boolean }[]): ScopeRelation => ({
    alias, phi: columns.some((column) => column.phi), row: true, columns: columns.map(({ name, type, phi }) => ({ sql: `${alias}.${name}`, type, phi })),
  })
  switch (kind) {
    case 'subquery': {
      const query = writing.query({ depth: wish.depth - 1, phi: wish.phi }, lateral ? outer : { relations: [], outer: outer.outer })
      return { sql: `${lateral ? 'lateral ' : ''}(${query.sql}) as ${alias}`, relation: of(query.columns), small: /limit \d\b/.test(query.sql.slice(-12)) }
    }
    case 'cte': { const cte = random.pick(ctes); return { sql: `${cte.name} as ${alias}`, relation: of(cte.columns), small: false } }
    case 'series': {
      if (random.chance(0.3)) return { sql: `generate_series(timestamptz '2024-01-01 00:00+00', '2024-01-03 00:00+00', interval '1 day') as ${alias}(at)`, relation: of([{ name: 'at', type: 'timestamptz', phi: false }]), small: true, tiny: true }
      const top = lateral ? writing.expression('int4', inClauses(writing.phi, random), 0, outer) : { sql: String(random.integer(1, 6)), phi: false }
      return { sql: `generate_series(1, ${lateral ? `least(${top.sql}, 4)` : top.sql})${random.chance(0.2) ? ` with ordinality as ${alias}(n, o)` : ` as ${alias}(n)`}`, relation: of([{ name: 'n', type: 'int4', phi: top.phi }]), small: true, tiny: true }
    }
    case 'values': {
      const types: readonly TypeName[] = [random.pick(['int4', 'int8'] as const), 'text']
      const rows = Array.from({ length: random.integer(1, 3) }, () => types.map((type) => writing.expression(type, 'never', 1, lateral ? outer : { relations: [], outer: outer.outer })))
      return { sql: `(values ${rows.map((row) => `(${row.map(({ sql }) => sql).join(', ')})`).join(', ')}) as ${alias}(x, y)`, relation: of([{ name: 'x', type: types[0] ?? 'int4', phi: false }, { name: 'y', type: 'text', phi: false }]), small: true, tiny: true }
    }
    case 'set': {
      const routine = random.pick(catalog.setFunctions)
      const given = routine.arguments.map((type) => writing.expression(type, inClauses(writing.phi, random), 1, lateral ? outer : { relations: [], outer: outer.outer }))
      return { sql: `${lateral ? 'lateral ' : ''}${routine.name}(${given.map(({ sql }) => sql).join(', ')}) as ${alias}(v)`, relation: { ...of([{ name: 'v', type: routine.result, phi: given.some(({ phi }) => phi) }]), row: false }, small: true }
    }
    case 'unnest': {
      const list = writing.expression('text[]', inClauses(writing.phi, random), 1, lateral ? outer : { relations: [], outer: outer.outer })
      return { sql: `unnest(${list.sql}) as ${alias}(e)`, relation: of([{ name: 'e', type: 'text', phi: list.phi }]), small: true, tiny: true }
    }
    case 'records': {
      const value = writing.expression('jsonb', inClauses(writing.phi, random), 1, lateral ? outer : { relations: [], outer: outer.outer })
      return { sql: `jsonb_to_recordset(jsonb_build_array(${value.sql})) as ${alias}(a int, b text)`, relation: of([{ name: 'a', type: 'int4', phi: value.phi }, { name: 'b', type: 'text', phi: value.phi }]), small: true, tiny: true }
    }
    default: return table(writing, alias, lockable)
  }
}

/** Clean tables and tables with PHI alike; a little of the system catalogs. */
function table({ random, catalog }: Writing, alias: string, lockable: string[]): Item {
  const { group } = random.pickWeighted([{ group: 'small', weight: 38 }, { group: 'phi', weight: 52 }, { group: 'catalog', weight: 6 }, { group: 'any', weight: 4 }] as const)
  const list = catalog.relations.filter(({ name, kind }) => (group === 'any' ? true : group === 'catalog' ? kind === 'catalog' : group === 'small' ? SMALL.test(name) : kind !== 'catalog' && !SMALL.test(name)))
  const chosen: Relation = random.pick(list.length > 0 ? list : catalog.relations)
  const sample = chosen.kind === 'table' && random.chance(0.04) ? ` tablesample ${random.pick(['bernoulli', 'system'])} (${random.integer(5, 90)}) repeatable (${random.integer(1, 9)})` : ''
  const only = chosen.kind === 'table' && random.chance(0.06) ? 'only ' : ''
  if (chosen.kind === 'table' && SMALL.test(chosen.name)) lockable.push(alias)
  return {
    sql: `${only}${chosen.name} as ${alias}${sample}`, small: SMALL.test(chosen.name),
    relation: { alias, row: chosen.kind !== 'catalog', phi: chosen.columns.some(({ phi }) => phi), columns: chosen.columns.map(({ name, type, phi, sql }) => ({ sql: sql?.replaceAll('@', alias) ?? `${alias}.${name}`, type, phi })) },
  }
}

/** Equality of two clean whole numbers, now and then something else; undefined: nothing to join on. */
function joinCondition(writing: Writing, before: readonly ScopeRelation[], next: ScopeRelation, bothSmall: boolean, scope: Scope): string | undefined {
  const { random } = writing
  const keys = (relations: readonly ScopeRelation[]): readonly string[] => relations.flatMap(({ columns }) => columns.filter(({ type, phi }) => KEYS.includes(type) && !phi).map(({ sql }) => sql))
  const [left, right] = [keys(before), keys([next])]
  const phi = inClauses(writing.phi, random)
  if (bothSmall && random.chance(0.3)) return writing.expression('bool', phi, 2, scope).sql
  if (left.length === 0 || right.length === 0) return undefined
  const equal = `${random.pick(left)} = ${random.pick(right)}`
  return random.chance(0.2) ? `${equal} and ${writing.expression('bool', phi, 1, scope).sql}` : equal
}

/** `VALUES` on its own, as a query. */
export function valuesQuery(writing: Writing, wish: QueryWish, scope: Scope): WrittenQuery {
  const types = wish.types ?? [writing.random.pick(['int4', 'text', 'date'] as const), 'text']
  const rows = Array.from({ length: wish.single === true ? 1 : writing.random.integer(1, 3) }, () => types.map((type) => writing.expression(type, wish.phi, 1, scope)))
  return {
    sql: `values ${rows.map((row) => `(${row.map(({ sql }) => sql).join(', ')})`).join(', ')}`,
    columns: types.map((type, at) => ({ name: `column${at + 1}`, type, phi: rows.some((row) => row[at]?.phi === true) })),
  }
}

/** A literal of the type, never a parameter. */
export function literal({ random }: Writing, type: TypeName): string {
  return random.chance(0.05) ? `null::${written(type)}` : random.pick<string>(LITERALS[type])
}
