/** Queries: SELECT with all of its clauses, set operations, VALUES, and WITH in front. */
import { EVERYDAY, UNORDERED, type TypeName } from '../types.table.ts'
import { call } from './expression.ts'
import { fromClause, valuesQuery } from './from-clause.ts'
import { inClauses, visible, type QueryWish, type Scope, type Writing, type Written, type WrittenQuery } from './scope.ts'

export function queryOf(writing: Writing, wish: QueryWish, scope: Scope): WrittenQuery {
  const { random } = writing
  const { kind } = random.pickWeighted([{ kind: 'select', weight: 84 }, { kind: 'set', weight: wish.depth > 0 ? 9 : 0 }, { kind: 'values', weight: 3 }, { kind: 'grouped', weight: 14 }] as const)
  if (kind === 'values') return valuesQuery(writing, wish, scope)
  if (kind === 'set') return setOperation(writing, wish, scope)
  if (kind === 'grouped') return grouped(writing, wish, scope)
  return select(writing, wish, scope)
}

interface Item extends Written { readonly name: string; readonly type: TypeName }

function select(writing: Writing, wish: QueryWish, outer: Scope): WrittenQuery {
  const { random } = writing
  const clause = inClauses(writing.phi, random)
  const distinct = wish.single !== true && random.chance(0.09)
  const shown = distinct && clause === 'never' ? 'never' : wish.phi
  if (wish.types !== undefined && random.chance(0.12)) {
    const items = wish.types.map((type): Item => ({ ...writing.expression(type, shown, Math.min(wish.depth, 1), outer), name: writing.next('c'), type }))
    return { sql: `select ${items.map(({ sql, name }) => `${sql} as ${name}`).join(', ')}`, columns: items }
  }
  const { sql: from, relations, lockable } = fromClause(writing, wish, outer)
  const scope: Scope = { relations, outer }
  const items = selectList(writing, wish, shown, scope, relations)
  const parts: string[] = []
  const orderable = items.filter(({ type }) => !UNORDERED.has(type))
  const distinctOn = distinct && random.chance(0.4) ? columnsFor(writing, clause, scope, 2) : []
  // json and the like cannot be compared.
  const isDistinct = distinct && (distinctOn.length > 0 || orderable.length === items.length)
  parts.push(`select ${isDistinct ? (distinctOn.length > 0 ? `distinct on (${distinctOn.join(', ')}) ` : 'distinct ') : ''}${items.map(({ sql, name }) => (name === '*' ? sql : `${sql} as ${name}`)).join(', ')} from ${from}`)
  if (random.chance(0.55)) parts.push(`where ${writing.expression('bool', clause, Math.max(1, wish.depth), scope).sql}`)
  if (random.chance(0.06)) parts.push(`window w as (${windowOf(writing, clause, scope)})`)
  if (distinctOn.length > 0 && isDistinct) parts.push(`order by ${distinctOn.join(', ')}`)
  else if (random.chance(0.4)) {
    const keys = Array.from({ length: random.integer(1, 2) }, () => {
      const [first] = isDistinct ? [] : columnsFor(writing, clause, scope, 1)
      const byPosition = orderable.filter(({ phi, name }) => name !== '*' && (clause === 'maybe' || !phi))
      if (first === undefined || random.chance(0.3)) return byPosition.length === 0 ? undefined : String(items.indexOf(random.pick(byPosition)) + 1)
      return random.chance(0.2) && !isDistinct ? writing.expression(random.pick(['int4', 'text', 'numeric']), clause, 1, scope).sql : first
    }).filter((key) => key !== undefined && !/^'|^-?\d+\.|^null|^\$/i.test(key))
    if (keys.length > 0) parts.push(`order by ${keys.map((key) => `${key}${random.pick(['', '', ' desc', ' nulls first', ' desc nulls last'])}`).join(', ')}`)
  }
  if (wish.single === true) parts.push('limit 1')
  else if (random.chance(0.02)) parts.push(`${random.pick(['limit', 'offset'])} ${bound(writing, clause)}`)
  else if (random.chance(0.75)) parts.push(`limit ${random.integer(0, 9)}${random.chance(0.2) ? ` offset ${random.integer(0, 3)}` : ''}`)
  else if (random.chance(0.1)) parts.push(`offset 1 fetch first ${random.integer(1, 5)} rows only`)
  if (wish.top === true && !isDistinct && lockable.length > 0 && random.chance(0.05) && !/over \(|over w/.test(parts[0] ?? '')) parts.push(`for ${random.pick(['update', 'share', 'no key update', 'key share'])} of ${random.pick(lockable)}${random.pick(['', ' skip locked'])}`)
  return { sql: parts.join(' '), columns: items.filter(({ name }) => name !== '*') }
}

/** How many rows, from somewhere else. */
function bound(writing: Writing, phi: 'never' | 'maybe'): string {
  const { sql } = writing.query({ depth: 0, types: ['int4'], phi, single: true }, { relations: [], outer: undefined })
  return writing.random.chance(0.5) ? `(${sql})` : `greatest(0, (${sql}))`
}

/** Columns to sort or group by. */
function columnsFor({ random }: Writing, phi: 'never' | 'maybe', scope: Scope, most: number): readonly string[] {
  const columns = visible({ relations: scope.relations, outer: undefined }, phi).filter(({ type }) => !UNORDERED.has(type))
  return columns.length === 0 ? [] : Array.from({ length: random.integer(1, most) }, () => random.pick(columns).sql)
}

function selectList(writing: Writing, wish: QueryWish, phi: 'never' | 'maybe', scope: Scope, relations: Scope['relations']): readonly Item[] {
  const { random } = writing
  const clause = inClauses(writing.phi, random)
  const item = (type: TypeName): Item => {
    const named = (written: Written): Item => ({ ...written, name: writing.next('c'), type })
    if (wish.depth > 0 && (type === 'int8' || random.chance(0.05)) && random.chance(0.3)) return named(windowCall(writing, type, phi, clause, scope))
    if (wish.top === true && random.chance(0.03)) { const rows = rowsOf(writing, type, phi, scope); if (rows !== undefined) return named(rows) }
    // A plain column is what most select lists hold.
    const plain = visible({ relations: scope.relations, outer: undefined }, phi).filter((column) => column.type === type)
    if (plain.length > 0 && random.chance(0.5)) return named(random.pick(plain))
    return named(writing.expression(type, phi, wish.depth, scope))
  }
  if (wish.types !== undefined) return wish.types.map(item)
  const stars = relations.filter((relation) => relation.row && (phi === 'maybe' || !relation.phi))
  const reachable = visible({ relations: scope.relations, outer: undefined }, phi)
  const items = Array.from({ length: random.integer(1, 4) }, () => item(reachable.length > 0 && random.chance(0.7) ? random.pick(reachable).type : random.pick(EVERYDAY)))
  if (wish.top === true && stars.length > 0 && random.chance(0.12)) { const { alias, phi: has } = random.pick(stars); items.unshift({ sql: `${alias}.*`, phi: has, name: '*', type: 'text' }) }
  return items
}

/** A function in the select list that makes several rows of one. */
function rowsOf(writing: Writing, type: TypeName, phi: 'never' | 'maybe', scope: Scope): Written | undefined {
  const over = (of: TypeName, sql: (value: string) => string): Written => { const value = writing.expression(of, phi, 1, scope); return { sql: sql(value.sql), phi: value.phi } }
  switch (type) {
    case 'int4': return over('int4', (value) => `generate_series(1, least(${value}, 3))`)
    case 'text': return writing.random.pick([() => over('text[]', (value) => `unnest(${value})`), () => over('text', (value) => `regexp_split_to_table(${value}, '-')`), () => over('jsonb', (value) => `jsonb_object_keys(${value})`), () => over('text', (value) => `string_to_table(${value}, ' ')`)])()
    case 'jsonb': return over('jsonb', (value) => `jsonb_path_query(${value}, '$.*')`)
    default: return undefined
  }
}

function windowOf(writing: Writing, phi: 'never' | 'maybe', scope: Scope): string {
  const { random } = writing
  const [partition] = random.chance(0.4) ? columnsFor(writing, phi, scope, 1) : []
  const [order] = random.chance(0.8) ? columnsFor(writing, phi, scope, 1) : []
  const frame = order === undefined || random.chance(0.6) ? '' : ` ${random.pick(['rows', 'groups'])} between ${random.pick(['unbounded preceding', '1 preceding', 'current row'])} and ${random.pick(['current row', '2 following', 'unbounded following'])}${random.pick(['', ' exclude current row', ' exclude ties'])}`
  return `${partition === undefined ? '' : `partition by ${partition} `}${order === undefined ? '' : `order by ${order}`}${frame}`
}

function windowCall(writing: Writing, type: TypeName, phi: 'never' | 'maybe', clause: 'never' | 'maybe', scope: Scope): Written {
  const { random } = writing
  const over = `over (${windowOf(writing, clause, scope)})`
  if (type === 'int8') return { sql: `${random.pick(['row_number()', 'rank()', 'dense_rank()', 'count(*)'])} ${over}`, phi: false }
  const value = writing.expression(type, phi, 1, scope)
  const name = random.pick(['lag', 'lead', 'first_value', 'last_value', 'nth_value'])
  return { sql: `${name}(${value.sql}${name === 'nth_value' ? ', 2' : ''}) ${over}`, phi: value.phi }
}

const AGGREGATED: readonly TypeName[] = ['int8', 'int8', 'int8', 'numeric', 'text', 'bool', 'jsonb', 'int4', 'date', 'text[]', 'float8', 'timestamptz']

function grouped(writing: Writing, wish: QueryWish, outer: Scope): WrittenQuery {
  const { random } = writing
  const clause = inClauses(writing.phi, random)
  const { sql: from, relations } = fromClause(writing, wish, outer)
  const scope: Scope = { relations, outer }
  const keys = wish.types === undefined && random.chance(0.75) ? visible({ relations, outer: undefined }, clause).filter(({ type }) => !UNORDERED.has(type)) : []
  const groups = keys.length === 0 ? [] : [...new Map(Array.from({ length: random.integer(1, 2) }, () => random.pick(keys)).map((key) => [key.sql, key])).values()]
  const types = wish.types ?? Array.from({ length: random.integer(1, 2) }, () => random.pick(AGGREGATED))
  const aggregates = types.map((type): Item => ({ ...aggregateOf(writing, type, wish.phi, clause, scope), name: writing.next('c'), type }))
  const items: readonly Item[] = [...groups.map(({ sql, type, phi }): Item => ({ sql, type, phi, name: writing.next('c') })), ...aggregates]
  const names = groups.map(({ sql }) => sql)
  const by = names.length === 0 ? '' : ` group by ${random.chance(0.75) ? names.join(', ') : random.pick([`rollup (${names.join(', ')})`, `cube (${names.join(', ')})`, `grouping sets ((${names.join(', ')}), ())`])}`
  const where = random.chance(0.35) ? ` where ${writing.expression('bool', clause, 1, scope).sql}` : ''
  const having = random.chance(0.2) ? ` having ${aggregateOf(writing, 'int8', 'never', clause, scope).sql} > ${random.integer(0, 3)}` : ''
  const order = names.length > 0 && random.chance(0.5) ? ` order by ${random.pick(names)}` : ''
  const limit = wish.single === true ? ' limit 1' : random.chance(0.5) ? ` limit ${random.integer(1, 9)}` : ''
  return { sql: `select ${items.map(({ sql, name }) => `${sql} as ${name}`).join(', ')} from ${from}${where}${by}${having}${order}${limit}`, columns: items }
}

function aggregateOf(writing: Writing, type: TypeName, phi: 'never' | 'maybe', clause: 'never' | 'maybe', scope: Scope): Written {
  const { random, catalog } = writing
  // An aggregate of PHI is refused without an exception: most are over what is clean, as most of a client's are.
  const over = phi === 'maybe' && random.chance(0.25) ? 'maybe' : 'never'
  const inner = (of: TypeName): Written => writing.expression(of, over, 1, scope)
  const filter = random.chance(0.15) ? ` filter (where ${writing.expression('bool', clause, 1, scope).sql})` : ''
  if (type === 'int8' && random.chance(0.5)) return { sql: `count(*)${filter}`, phi: false }
  const value = (sql: string, ...parts: readonly Written[]): Written => ({ sql: `${sql}${filter}`, phi: parts.some((part) => part.phi) })
  const [sort] = random.chance(0.5) ? columnsFor(writing, clause, scope, 1) : []
  const order = sort === undefined ? '' : ` order by ${sort}`
  if (type === 'text' && random.chance(0.6)) { const one = inner('text'); return value(`string_agg(${one.sql}, ','${order})`, one) }
  if (type === 'text[]') { const one = inner('text'); return value(`array_agg(${one.sql}${order})`, one) }
  if (type === 'jsonb') { const one = inner(random.pick(['text', 'int4', 'date'])); return value(random.chance(0.5) ? `jsonb_agg(${one.sql}${order})` : `jsonb_object_agg(coalesce(${inner('text').sql}, 'k'), ${one.sql})`, one) }
  if (type === 'float8' && random.chance(0.4)) { const one = inner('float8'); return value(`percentile_cont(0.5) within group (order by ${one.sql})`, one) }
  if ((type === 'int4' || type === 'date') && random.chance(0.4)) { const one = inner(type); return value(random.pick([`mode() within group (order by ${one.sql})`, `percentile_disc(0.25) within group (order by ${one.sql})`]), one) }
  if (type === 'int8' && random.chance(0.4)) { const one = inner(random.pick(['text', 'int4', 'date'])); return value(`count(${random.pick(['', 'distinct '])}${one.sql})`, one) }
  const found = call(writing, catalog.aggregates.get(type), inner)
  return found === undefined ? { sql: `min(${writing.expression(type, 'never', 0, scope).sql})`, phi: false } : { sql: `${found.sql}${filter}`, phi: found.phi }
}

function setOperation(writing: Writing, wish: QueryWish, scope: Scope): WrittenQuery {
  const { random } = writing
  const compares = random.chance(0.35)
  const phi = compares && writing.phi !== 'anywhere' ? 'never' : wish.phi
  const types = wish.types ?? Array.from({ length: random.integer(1, 3) }, () => random.pick(EVERYDAY.filter((type) => !UNORDERED.has(type))))
  const arm = (): WrittenQuery => select(writing, { depth: wish.depth - 1, types, phi }, scope)
  const [left, right] = [arm(), arm()]
  const word = compares ? random.pick(['union', 'intersect', 'except', 'intersect all', 'except all']) : 'union all'
  const tail = wish.single === true ? ' limit 1' : random.chance(0.3) && (phi === 'never' || writing.phi === 'anywhere') ? ` order by 1 limit ${random.integer(1, 9)}` : ''
  return { sql: `(${left.sql}) ${word} (${right.sql})${tail}`, columns: left.columns.map((column, at) => ({ ...column, phi: column.phi || right.columns[at]?.phi === true })) }
}

/** WITH before a query, now and then: plain, recursive, or kept apart. */
export function withQuery(writing: Writing): WrittenQuery {
  const { random, ctes } = writing
  const wish: QueryWish = { depth: random.pickWeighted([{ depth: 1, weight: 45 }, { depth: 2, weight: 40 }, { depth: 3, weight: 15 }]).depth, phi: writing.phi === 'nowhere' ? 'never' : 'maybe', top: true }
  if (!random.chance(0.16)) return queryOf(writing, wish, { relations: [], outer: undefined })
  const definitions: string[] = []
  let recursive = false
  for (let count = random.integer(1, 2); count > 0; count -= 1) {
    const name = writing.next('q')
    if (random.chance(0.25)) {
      recursive = true
      const start = writing.expression('text', wish.phi, 1, { relations: [], outer: undefined })
      definitions.push(`${name}(n, v) as (select 1, ${start.sql} union all select n + 1, v || '.' from ${name} where n < ${random.chance(0.75) ? random.integer(2, 5) : `least(5, length(${writing.expression('text', inClauses(writing.phi, random), 1, { relations: [], outer: undefined }).sql}))`}${random.chance(0.2) ? ` and length(v) < ${random.integer(3, 12)}` : ''})${random.pick(['', '', ` search depth first by n set o`, ` cycle n set again using path`])}`)
      ctes.push({ name, columns: [{ name: 'n', type: 'int4', phi: false }, { name: 'v', type: 'text', phi: start.phi }] })
      continue
    }
    const query = queryOf(writing, { ...wish, top: false, depth: 1 }, { relations: [], outer: undefined })
    definitions.push(`${name} as ${random.pick(['', '', 'materialized ', 'not materialized '])}(${query.sql})`)
    ctes.push({ name, columns: query.columns })
  }
  const main = queryOf(writing, wish, { relations: [], outer: undefined })
  return { sql: `with ${recursive ? 'recursive ' : ''}${definitions.join(', ')} ${main.sql}`, columns: main.columns }
}
