/** Statements that write: to the two tables that the principal may write, and, now and then, to those it may not. All are rolled back. */
import { fromClause, literal } from './from-clause.ts'
import { inClauses, type Scope, type Writing } from './scope.ts'

const COLUMNS = { 'clinic.scratch': [['id', 'int8'], ['a', 'text'], ['b', 'text'], ['n', 'numeric']], 'clinic.rooms': [['id', 'int4'], ['name', 'text'], ['floor', 'int4']] } as const
type Target = keyof typeof COLUMNS

/** COPY FROM STDIN into the table that may be written: whole, cut short, of the wrong width, with a value that does not fit. */
export function copyInOf({ random }: Writing): { readonly statement: string; readonly data: string } {
  const lines = Array.from({ length: random.integer(0, 4) }, (_, at) => random.pick([`${900 + at}\tcopied\tdraft\t1.5`, `${900 + at}\t\\N\t\\N\t\\N`, `${900 + at}\ttoo\tmany\t1\t2`, `x\tno number\td\t1`, `${900 + at}\tfew`]))
  return { statement: random.pick(['copy clinic.scratch from stdin', 'copy clinic.scratch (id, a, b, n) from stdin', 'copy clinic.scratch from stdin (null \'x\')', 'copy clinic.patients (id, ssn) from stdin', 'copy clinic.rooms from stdin']), data: `${lines.join('\n')}\n` }
}

export function writeOf(writing: Writing): string {
  const { random } = writing
  const target: Target = random.chance(0.65) ? 'clinic.scratch' : 'clinic.rooms'
  const { kind } = random.pickWeighted([
    { kind: 'insert', weight: 30 }, { kind: 'insert-select', weight: 18 }, { kind: 'update', weight: 22 }, { kind: 'delete', weight: 10 }, { kind: 'conflict', weight: 7 }, { kind: 'merge', weight: 5 },
    { kind: 'with', weight: 8 }, { kind: 'forbidden', weight: 3 },
  ] as const)
  switch (kind) {
    case 'insert': return insert(writing, target)
    case 'insert-select': return insertSelect(writing, target)
    case 'update': return update(writing, target)
    case 'delete': return remove(writing, target)
    case 'conflict': return conflict(writing)
    case 'merge': return merge(writing, target)
    case 'with': {
      const inner = random.pick([insert, update, remove])(writing, target, 'id')
      const name = writing.next('w')
      writing.ctes.push({ name, columns: [{ name: 'id', type: target === 'clinic.rooms' ? 'int4' : 'int8', phi: false }] })
      return `with ${name} as (${inner}) ${writing.query({ depth: 1, phi: writing.phi === 'nowhere' ? 'never' : 'maybe', top: true }, { relations: [], outer: undefined }).sql}`
    }
    case 'forbidden': return random.pick([
      "update clinic.patients set sex = 'x' where id = 3", 'delete from clinic.notes where id = 1', "insert into clinic.labs (id, patient_id) values (9999, 1)", "insert into clinic.scratch (a) select ssn from clinic.patients where id = 4",
      'update clinic.scratch set a = (select last_name from clinic.patients where id = 2) where id = 1', 'truncate clinic.scratch', "update clinic.encounters set reason = null where id = 5 returning *",
    ])
  }
}

function alone(target: Target, alias: string): Scope {
  return { relations: [{ alias, phi: false, row: true, columns: COLUMNS[target].map(([name, type]) => ({ sql: `${alias}.${name}`, type, phi: false })) }], outer: undefined }
}

/** @param fixed The RETURNING list that another part of the statement counts on. */
function returning(writing: Writing, scope: Scope, fixed: string | undefined): string {
  const { random } = writing
  if (fixed !== undefined) return ` returning ${scope.relations[0]?.alias ?? ''}.${fixed}`
  if (random.chance(0.4)) return ''
  if (random.chance(0.3)) return ' returning *'
  return ` returning ${Array.from({ length: random.integer(1, 3) }, () => writing.expression(random.pick(['text', 'int4', 'numeric', 'jsonb']), writing.phi === 'nowhere' ? 'never' : 'maybe', 1, scope).sql).join(', ')}`
}

function insert(writing: Writing, target: Target, fixed?: string): string {
  const alias = writing.next('t')
  const rows = Array.from({ length: writing.random.integer(1, 3) }, (_, at) => `(${COLUMNS[target].map(([name, type]) => (name === 'id' ? String(1000 + at + writing.random.integer(0, 5) * 10) : writing.random.chance(0.1) ? 'default' : writing.expression(type, 'never', 1, { relations: [], outer: undefined }).sql)).join(', ')})`)
  return `insert into ${target} as ${alias} (${COLUMNS[target].map(([name]) => name).join(', ')}) values ${rows.join(', ')}${returning(writing, alone(target, alias), fixed)}`
}

function insertSelect(writing: Writing, target: Target): string {
  const alias = writing.next('t')
  // What is derived from PHI and stored in a clean table would be shown there in clear: refused, so not asked for all the time.
  const phi = writing.phi === 'anywhere' && writing.random.chance(0.3) ? 'maybe' : 'never'
  const query = writing.query({ depth: 1, types: COLUMNS[target].map(([, type]) => type), phi }, { relations: [], outer: undefined })
  return `insert into ${target} as ${alias} (${COLUMNS[target].map(([name]) => name).join(', ')}) ${query.sql}${returning(writing, alone(target, alias), undefined)}`
}

function update(writing: Writing, target: Target, fixed?: string): string {
  const { random } = writing
  const alias = writing.next('t')
  const own = alone(target, alias)
  const { from, scope } = otherTables(writing, own)
  const clause = inClauses(writing.phi, random)
  const sets = COLUMNS[target].filter(([name]) => name !== 'id').filter(() => random.chance(0.6))
  const set = sets.length === 0 ? `${COLUMNS[target][1][0]} = default` : sets.map(([name, type]) => `${name} = ${writing.expression(type, clause, 1, scope).sql}`).join(', ')
  const where = random.chance(0.85) ? ` where ${from === '' ? writing.expression('bool', clause, 1, scope).sql : `${alias}.id = ${random.integer(1, 8)}`}` : ''
  return `update ${target} as ${alias} set ${set}${from === '' ? '' : ` from ${from}`}${where}${returning(writing, scope, fixed)}`
}

function remove(writing: Writing, target: Target, fixed?: string): string {
  const { random } = writing
  const alias = writing.next('t')
  const { from, scope } = otherTables(writing, alone(target, alias))
  const where = from === '' ? writing.expression('bool', inClauses(writing.phi, random), 1, scope).sql : `${alias}.id < ${random.integer(1, 6)}`
  return `delete from ${target} as ${alias}${from === '' ? '' : ` using ${from}`} where ${where}${returning(writing, scope, fixed)}`
}

function otherTables(writing: Writing, own: Scope): { readonly from: string; readonly scope: Scope } {
  if (!writing.random.chance(0.25)) return { from: '', scope: own }
  const { sql, relations } = fromClause(writing, { depth: 0, phi: 'never' }, { relations: [], outer: undefined })
  return { from: sql, scope: { relations: [...own.relations, ...relations], outer: undefined } }
}

function conflict(writing: Writing): string {
  const { random } = writing
  const what = random.pick(['do nothing', 'do nothing', "do update set name = excluded.name || '!'", 'do update set floor = r.floor + excluded.floor where r.floor > 1'])
  return `insert into clinic.rooms as r (id, name, floor) values (${random.integer(1, 14)}, ${literal(writing, 'text')}, ${random.integer(0, 4)}) on conflict (id) ${what}${random.pick(['', ' returning *', ' returning r.id, r.name'])}`
}

function merge(writing: Writing, target: Target): string {
  const { random, catalog } = writing
  const source = random.pick(['(values (1, \'m\'), (77, \'n\')) as s(id, v)', "(select id, name as v from clinic.providers) as s", '(select id, kind as v from clinic.encounters where id < 9) as s', '(select id, last_name as v from clinic.patients where id < 5) as s'])
  const column = target === 'clinic.rooms' ? 'name' : 'a'
  const back = catalog.serverMajor >= 17 ? random.pick(['', ' returning merge_action(), t.*']) : ''
  return `merge into ${target} as t using ${source} on t.id = s.id when matched ${random.pick(['', 'and t.id > 2 '])}then ${random.pick([`update set ${column} = s.v`, 'delete', 'do nothing'])} when not matched then ${random.pick([`insert (id, ${column}) values (s.id, s.v)`, 'do nothing'])}${back}`
}
