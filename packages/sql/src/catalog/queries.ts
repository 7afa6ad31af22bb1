/**
 * The questions Doorward asks a PostgreSQL catalog, and the decoding of their answers. They run over the analysis connection, whose
 * search_path is the session's: so every function, type and operator is named with pg_catalog, and nothing that resolves an
 * operator by itself (IN, CASE x WHEN, USING) is used. Catalogs only; no right on any table is needed. PostgreSQL 15 to 18.
 */
import { SqlFault } from '../sql-fault.ts'
import type {
  AttributeFacts, ForeignKeyFacts, FunctionFacts, OperatorFacts, ParameterFacts, ReferringKeyFacts, RelationFacts, TriggerFacts, TypeFacts, UniqueKeyFacts,
} from './facts.ts'

/** A row of a simple query's answer: text, or null for SQL NULL. */
export type TextRow = readonly (string | null)[]

/** `user`: everything made after initdb. */
export type Selection = 'user' | readonly number[]

const EQ = 'operator(pg_catalog.=)'
/** PostgreSQL, access/transam.h, FirstNormalObjectId: below it is what initdb made. */
export const FIRST_USER_OID = 16384

function selected(column: string, selection: Selection): string {
  if (selection === 'user') return `${column} operator(pg_catalog.>=) ${FIRST_USER_OID}::pg_catalog.oid`
  return `${column} ${EQ} any ('{${selection.map(oid => oidText(oid)).join(',')}}'::pg_catalog.oid[])`
}

function oidText(oid: number): string {
  if (!Number.isInteger(oid) || oid < 0 || oid > 0xffff_ffff) throw new RangeError('oid: expected an integer of 32 bits')
  return String(oid)
}

const list = (value: string, order: string): string => `pg_catalog.json_agg(${value} order by ${order})`

/** Relations with all that writing and reading them brings with it. Decode with {@link decodeRelations}. */
export function relationsQuery(selection: Selection): string {
  return `
select c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.relrowsecurity,
  (select ${list('pg_catalog.json_build_array(a.attnum, a.attname, a.atttypid::pg_catalog.int8, a.attgenerated, a.attisdropped, a.attnotnull, (select d.adbin::pg_catalog.text from pg_catalog.pg_attrdef d where d.adrelid operator(pg_catalog.=) a.attrelid and d.adnum operator(pg_catalog.=) a.attnum and a.attgenerated::pg_catalog.text operator(pg_catalog.=) \'v\'::pg_catalog.text))', 'a.attnum')}
    from pg_catalog.pg_attribute a where a.attrelid ${EQ} c.oid and a.attnum operator(pg_catalog.>) 0::pg_catalog.int2),
  (select ${list('i.inhparent::pg_catalog.int8', 'i.inhseqno')} from pg_catalog.pg_inherits i where i.inhrelid ${EQ} c.oid),
  (select ${list('i.inhrelid::pg_catalog.int8', 'i.inhrelid')} from pg_catalog.pg_inherits i where i.inhparent ${EQ} c.oid and c.relkind operator(pg_catalog.<>) 'I'::pg_catalog."char"),
  (select ${list('pg_catalog.json_build_array(t.tgfoid::pg_catalog.int8, t.tgtype)', 't.tgname')} from pg_catalog.pg_trigger t
    where t.tgrelid ${EQ} c.oid and not t.tgisinternal and t.tgenabled operator(pg_catalog.<>) 'D'::pg_catalog."char"),
  (select ${list('pg_catalog.json_build_array(x.indkey::pg_catalog.text, x.indnkeyatts, x.indisprimary)', 'x.indexrelid')} from pg_catalog.pg_index x
    where x.indrelid ${EQ} c.oid and (x.indisunique or x.indisexclusion)),
  (select ${list('pg_catalog.json_build_array(f.conkey, f.confrelid::pg_catalog.int8, f.confkey)', 'f.oid')} from pg_catalog.pg_constraint f
    where f.conrelid ${EQ} c.oid and f.contype ${EQ} 'f'::pg_catalog."char"),
  (select ${list('pg_catalog.json_build_array(f.conrelid::pg_catalog.int8, f.conkey, f.confkey, f.confdeltype, f.confupdtype)', 'f.oid')} from pg_catalog.pg_constraint f
    where f.confrelid ${EQ} c.oid and f.contype ${EQ} 'f'::pg_catalog."char"),
  (select p.partattrs::pg_catalog.text from pg_catalog.pg_partitioned_table p where p.partrelid ${EQ} c.oid),
  (select r.ev_action::pg_catalog.text from pg_catalog.pg_rewrite r
    where r.ev_class ${EQ} c.oid and r.rulename::pg_catalog.text ${EQ} '_RETURN'::pg_catalog.text and c.relkind ${EQ} 'm'::pg_catalog."char"),
  (select ${list('w.tree', 'w.tree')} from (
    select k.conbin::pg_catalog.text as tree from pg_catalog.pg_constraint k where k.conrelid ${EQ} c.oid and k.conbin is not null
    union all select d.adbin::pg_catalog.text from pg_catalog.pg_attrdef d, pg_catalog.pg_attribute a
      where d.adrelid ${EQ} c.oid and a.attrelid ${EQ} c.oid and a.attnum ${EQ} d.adnum and a.attgenerated ${EQ} 's'::pg_catalog."char"
    union all select x.indexprs::pg_catalog.text from pg_catalog.pg_index x where x.indrelid ${EQ} c.oid and x.indexprs is not null
    union all select x.indpred::pg_catalog.text from pg_catalog.pg_index x where x.indrelid ${EQ} c.oid and x.indpred is not null) w),
  (select pg_catalog.min(o.refobjid) from pg_catalog.pg_depend o where o.objid ${EQ} c.oid and c.relkind ${EQ} 'S'::pg_catalog."char"
    and o.classid ${EQ} 'pg_catalog.pg_class'::pg_catalog.regclass and o.refclassid ${EQ} 'pg_catalog.pg_class'::pg_catalog.regclass
    and o.deptype ${EQ} any ('{a,i}'::pg_catalog."char"[])),
  (select ${list('y.polqual::pg_catalog.text', 'y.polname')} from pg_catalog.pg_policy y where y.polrelid ${EQ} c.oid and c.relrowsecurity and y.polqual is not null),
  (select ${list('y.polwithcheck::pg_catalog.text', 'y.polname')} from pg_catalog.pg_policy y where y.polrelid ${EQ} c.oid and c.relrowsecurity and y.polwithcheck is not null)
from pg_catalog.pg_class c, pg_catalog.pg_namespace n
where n.oid ${EQ} c.relnamespace and ${selected('c.oid', selection)}
  and c.relkind ${EQ} any ('{r,v,m,p,f,S,c,t}'::pg_catalog."char"[])`
}

/** Functions and procedures, with bodies. Decode with {@link decodeFunctions}. */
export function functionsQuery(oids: readonly number[]): string {
  return `
select p.oid, n.nspname, p.proname, p.prokind, l.lanname, p.provolatile, p.proisstrict, p.proretset, p.prorettype, p.proargtypes::pg_catalog.text,
  p.prosecdef, p.proconfig is not null, p.prosrc, p.prosqlbody::pg_catalog.text,
  (select pg_catalog.json_build_array(g.aggtransfn::pg_catalog.oid::pg_catalog.int8, g.aggfinalfn::pg_catalog.oid::pg_catalog.int8,
    g.aggcombinefn::pg_catalog.oid::pg_catalog.int8, g.aggserialfn::pg_catalog.oid::pg_catalog.int8, g.aggdeserialfn::pg_catalog.oid::pg_catalog.int8,
    g.aggmtransfn::pg_catalog.oid::pg_catalog.int8, g.aggminvtransfn::pg_catalog.oid::pg_catalog.int8, g.aggmfinalfn::pg_catalog.oid::pg_catalog.int8)
    from pg_catalog.pg_aggregate g where g.aggfnoid::pg_catalog.oid ${EQ} p.oid),
  pg_catalog.to_json(p.proargnames), pg_catalog.to_json(p.proargmodes), p.proargdefaults::pg_catalog.text, pg_catalog.to_json(p.proallargtypes)
from pg_catalog.pg_proc p, pg_catalog.pg_namespace n, pg_catalog.pg_language l
where n.oid ${EQ} p.pronamespace and l.oid ${EQ} p.prolang and ${selected('p.oid', oids)}`
}

/** Names of all built-in functions, for messages. Decode with {@link decodeNames}. */
export function functionNamesQuery(): string {
  return `
select p.oid, n.nspname, p.proname from pg_catalog.pg_proc p, pg_catalog.pg_namespace n
where n.oid ${EQ} p.pronamespace and p.oid operator(pg_catalog.<) ${FIRST_USER_OID}::pg_catalog.oid`
}

/** Names that functions somebody made have. One column. Decode with {@link decodeTexts}. */
export function ownFunctionNamesQuery(): string {
  return `
select distinct p.proname::pg_catalog.text from pg_catalog.pg_proc p where p.oid operator(pg_catalog.>=) ${FIRST_USER_OID}::pg_catalog.oid`
}

/**
 * The comments that a masked caller is shown. Those of built-in objects, which only a superuser can change. Those of extensions and what they
 * bring along. And those of schemas: a schema is no place for a row's values, every browser of databases shows its comment, and what its
 * owner writes there is for all who may connect (docs/phi/limits.md). `user`: without those of built-in objects. One column. Decode with {@link decodeTexts}.
 */
export function shownCommentsQuery(selection: 'all' | 'user' = 'all'): string {
  if (selection === 'user') {
    return `
select d.description from pg_catalog.pg_description d
where d.classoid ${EQ} any('{pg_catalog.pg_namespace,pg_catalog.pg_extension}'::pg_catalog.regclass[])
  or (d.objoid operator(pg_catalog.>=) ${FIRST_USER_OID}::pg_catalog.oid
    and exists (select from pg_catalog.pg_depend e where e.classid ${EQ} d.classoid and e.objid ${EQ} d.objoid and e.deptype ${EQ} 'e'))`
  }
  return `
select x.description from pg_catalog.pg_shdescription x where x.objoid operator(pg_catalog.<) ${FIRST_USER_OID}::pg_catalog.oid union
select d.description from pg_catalog.pg_description d
where d.objoid operator(pg_catalog.<) ${FIRST_USER_OID}::pg_catalog.oid
  or d.classoid ${EQ} any('{pg_catalog.pg_namespace,pg_catalog.pg_extension}'::pg_catalog.regclass[])
  or exists (select from pg_catalog.pg_depend e where e.classid ${EQ} d.classoid and e.objid ${EQ} d.objoid and e.deptype ${EQ} 'e')`
}

/** Types. Decode with {@link decodeTypes}. */
export function typesQuery(selection: Selection): string {
  return `
select t.oid, n.nspname, t.typname, t.typtype, t.typelem, t.typbasetype, t.typrelid, t.typinput::pg_catalog.oid, t.typoutput::pg_catalog.oid,
  (select ${list('k.conbin::pg_catalog.text', 'k.conname')} from pg_catalog.pg_constraint k where k.contypid ${EQ} t.oid and k.conbin is not null)
from pg_catalog.pg_type t, pg_catalog.pg_namespace n
where n.oid ${EQ} t.typnamespace and ${selected('t.oid', selection)}`
}

/** Operators; `all` is some 800 rows of a fresh database. Decode with {@link decodeOperators}. */
export function operatorsQuery(selection: 'all' | Selection): string {
  return `
select o.oid, n.nspname, o.oprname, o.oprcode::pg_catalog.oid from pg_catalog.pg_operator o, pg_catalog.pg_namespace n
where n.oid ${EQ} o.oprnamespace${selection === 'all' ? '' : ` and ${selected('o.oid', selection)}`}`
}

/**
 * A text that changes whenever definitions do: one row, one column. It reads the catalogs' own row versions, user objects only and
 * without temporary ones; a few milliseconds for thousands of columns.
 */
export function versionQuery(): string {
  const of = (catalog: string, condition: string): string => `(select ${ROW_VERSIONS} from pg_catalog.${catalog} x where ${condition})`
  const user = (column: string): string => `x.${column} operator(pg_catalog.>=) ${FIRST_USER_OID}::pg_catalog.oid`
  const lasting = (column: string): string => `x.${column} operator(pg_catalog.<>) all (array(select t.oid from t))`
  const durable = (column: string): string => `${user(column)} and ${lasting(column)}`
  const durableOwn = (column: string): string => `${user('oid')} and ${lasting(column)}`
  return `with t as materialized (select c.oid from pg_catalog.pg_class c where c.relpersistence ${EQ} 't'::pg_catalog."char") select pg_catalog.concat_ws(' ', ${[
    of('pg_class', `${user('oid')} and x.relpersistence operator(pg_catalog.<>) 't'::pg_catalog."char"`),
    of('pg_attribute', `${durable('attrelid')} and x.attnum operator(pg_catalog.>) 0::pg_catalog.int2`),
    of('pg_attrdef', durable('adrelid')), of('pg_constraint', durableOwn('conrelid')),
    of('pg_index', durable('indrelid')), of('pg_inherits', durable('inhrelid')),
    of('pg_proc', user('oid')), of('pg_rewrite', durableOwn('ev_class')), of('pg_trigger', durableOwn('tgrelid')), of('pg_policy', user('oid')),
    of('pg_operator', user('oid')), of('pg_cast', user('oid')), of('pg_namespace', `${user('oid')} and not x.nspname operator(pg_catalog.~) '^pg_(toast_)?temp_'`), of('pg_partitioned_table', user('partrelid')), of('pg_aggregate', `x.aggfnoid::pg_catalog.oid operator(pg_catalog.>=) ${FIRST_USER_OID}::pg_catalog.oid`),
  ].join(', ')})`
}

const NUMBERED = `filter (where x.xmin operator(pg_catalog.<>) '1'::pg_catalog.xid and x.xmin operator(pg_catalog.<>) '2'::pg_catalog.xid)`

/**
 * How many rows, and the sum of the transactions that made them. age() counts back from the next transaction, the same for all of one statement, and takes
 * half the time of reading an xid as a number by way of its text; but not of those two that stand for no transaction and never change (PostgreSQL, transam.h).
 */
const ROW_VERSIONS = `pg_catalog.concat(pg_catalog.count(*), ':', pg_catalog.count(*) ${NUMBERED} operator(pg_catalog.*) pg_catalog.age('3'::pg_catalog.xid)::pg_catalog.int8 operator(pg_catalog.-) pg_catalog.sum(pg_catalog.age(x.xmin)) ${NUMBERED})`

/**
 * A text that changes whenever definitions do that bear one of these names, or belong to a relation that does: its columns, constraints, indexes,
 * triggers, children, policies, and those of tables that refer to it. And whenever operators, casts or schemas do. For a statement that rests on nothing but the
 * tables, types and functions that its own text names. One row, one column.
 * @param names at most some hundreds; sent as hexadecimal digits, so that none can end a quote.
 */
export function namesVersionQuery(names: readonly string[]): string {
  const listed = `(select n.name from pg_catalog.json_array_elements_text(pg_catalog.convert_from(pg_catalog.decode('${Buffer.from(JSON.stringify(names), 'utf8').toString('hex')}'::pg_catalog.text, 'hex'), 'UTF8')::pg_catalog.json) n(name))`
  const bears = (column: string): string => `x.${column}::pg_catalog.text ${EQ} any (array${listed})`
  const of = (catalog: string, condition: string): string =>
    `(select pg_catalog.concat(pg_catalog.count(*), ':', pg_catalog.sum(x.xmin::pg_catalog.text::pg_catalog.int8)) from pg_catalog.${catalog} x where ${condition})`
  const user = (column: string): string => `x.${column} operator(pg_catalog.>=) ${FIRST_USER_OID}::pg_catalog.oid`
  const ofOne = (column: string): string => `x.${column} ${EQ} any (array(select r.oid from r))`
  return `
with recursive r(oid) as (
  select x.oid from pg_catalog.pg_class x where ${bears('relname')}
  union select e.other from r, (select i.inhparent, i.inhrelid from pg_catalog.pg_inherits i union all select k.confrelid, k.conrelid from pg_catalog.pg_constraint k where k.contype ${EQ} 'f'::pg_catalog."char") e(one, other) where e.one ${EQ} r.oid)
select pg_catalog.concat_ws(' ', ${[
    of('pg_class', ofOne('oid')), of('pg_attribute', `${ofOne('attrelid')} and x.attnum operator(pg_catalog.>) 0::pg_catalog.int2`), of('pg_attrdef', ofOne('adrelid')),
    of('pg_constraint', `(${ofOne('conrelid')} or ${ofOne('confrelid')} or (x.conrelid ${EQ} 0::pg_catalog.oid and ${user('oid')}))`), of('pg_index', ofOne('indrelid')), of('pg_inherits', `(${ofOne('inhrelid')} or ${ofOne('inhparent')})`),
    of('pg_trigger', ofOne('tgrelid')), of('pg_policy', ofOne('polrelid')), of('pg_rewrite', ofOne('ev_class')), of('pg_partitioned_table', ofOne('partrelid')),
    of('pg_proc', bears('proname')), of('pg_type', bears('typname')), of('pg_operator', user('oid')), of('pg_cast', user('oid')),
    of('pg_namespace', `${user('oid')} and not x.nspname operator(pg_catalog.~) '^pg_(toast_)?temp_'`),
  ].join(', ')})`
}

// Decoding: each row is checked column by column; a surprise is a fault, since wrong facts are worse than none.

class Row {
  readonly #cells: TextRow
  readonly #what: string
  #at = 0
  constructor(cells: TextRow, what: string, width: number) {
    this.#cells = cells
    this.#what = what
    if (cells.length !== width) throw new SqlFault('catalog-row', `${what}: ${cells.length} columns, expected ${width}`)
  }

  optional(): string | undefined { const cell = this.#cells[this.#at]; this.#at += 1; return cell ?? undefined }
  text(): string { return this.#require(this.optional()) }
  flag(): boolean { const cell = this.text(); if (cell !== 't' && cell !== 'f') throw this.#fault(); return cell === 't' }
  oid(): number { const cell = this.text(); if (!/^\d{1,10}$/.test(cell)) throw this.#fault(); return Number(cell) }
  optionalOid(): number | undefined { const cell = this.optional(); return cell === undefined ? undefined : Number(cell) }
  oneOf<Letter extends string>(letters: readonly Letter[]): Letter {
    const cell = this.text()
    const found = letters.find(letter => letter === cell)
    if (found === undefined) throw this.#fault()
    return found
  }
  /** Numbers separated by blanks: oidvector, int2vector. */
  vector(): readonly number[] { return vectorOf(this.text()) }
  /** json_agg over nothing is NULL. */
  array(): readonly unknown[] {
    const cell = this.optional()
    if (cell === undefined) return []
    const value: unknown = JSON.parse(cell)
    if (value === null) return []
    if (!Array.isArray(value)) throw this.#fault()
    return value
  }
  #require(cell: string | undefined): string { if (cell === undefined) throw this.#fault(); return cell }
  #fault(): SqlFault { return new SqlFault('catalog-row', `${this.#what}: column ${this.#at} is not as expected`) }
}

function vectorOf(text: string): readonly number[] {
  return text === '' ? [] : text.split(' ').map(Number)
}

function tuple(value: unknown, width: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length !== width) throw new SqlFault('catalog-row', `a list of ${width} values was expected`)
  return value
}

function numbers(value: unknown): readonly number[] {
  if (!Array.isArray(value)) throw new SqlFault('catalog-row', 'a list of numbers was expected')
  return value.map(Number)
}

/** @throws {SqlFault} `catalog-row` */
export function decodeRelations(rows: readonly TextRow[]): readonly RelationFacts[] {
  return rows.map(cells => {
    const row = new Row(cells, 'relation', 19)
    const [oid, schema, name, kind] = [row.oid(), row.text(), row.text(), row.oneOf(['r', 'v', 'm', 'p', 'f', 'S', 'c', 't', 'i', 'I'])]
    const temporary = row.text() === 't'
    const rowSecurity = row.flag()
    const attributes = new Map(row.array().map(value => { const facts = attributeOf(value); return [facts.number, facts] }))
    return {
      oid, schema, name, kind, temporary, rowSecurity, attributes,
      parents: row.array().map(Number), children: row.array().map(Number),
      triggers: row.array().map(triggerOf), uniqueKeys: row.array().map(uniqueKeyOf), foreignKeys: row.array().map(foreignKeyOf),
      referringKeys: row.array().map(referringKeyOf),
      partitionKey: optionalVector(row.optional()), definition: row.optional(), writeExpressions: row.array().map(String), ownedBy: row.optionalOid(),
      policies: { using: row.array().map(String), check: row.array().map(String) },
    }
  })
}

function optionalVector(text: string | undefined): readonly number[] | undefined {
  return text === undefined ? undefined : vectorOf(text)
}

function attributeOf(value: unknown): AttributeFacts {
  const [number, name, typeOid, generated, dropped, notNull, expression] = tuple(value, 7)
  return {
    number: Number(number), name: String(name), typeOid: Number(typeOid),
    generated: generated === 's' ? 'stored' : generated === 'v' ? 'virtual' : 'no',
    expression: typeof expression === 'string' ? expression : undefined, notNull: notNull === true, dropped: dropped === true,
  }
}

/** Bits of pg_trigger.tgtype (catalog/pg_trigger.h). */
const EVENT_BITS = [[4, 'insert'], [8, 'delete'], [16, 'update'], [32, 'truncate']] as const

function triggerOf(value: unknown): TriggerFacts {
  const [called, bits] = tuple(value, 2)
  return { function: Number(called), events: EVENT_BITS.flatMap(([bit, event]) => ((Number(bits) & bit) === 0 ? [] : [event])) }
}

function uniqueKeyOf(value: unknown): UniqueKeyFacts {
  const [columns, width, primary] = tuple(value, 3)
  return { columns: vectorOf(String(columns)).slice(0, Number(width)), primary: primary === true }
}

function foreignKeyOf(value: unknown): ForeignKeyFacts {
  const [columns, relation, referenced] = tuple(value, 3)
  return { columns: numbers(columns), relation: Number(relation), referenced: numbers(referenced) }
}

function referringKeyOf(value: unknown): ReferringKeyFacts {
  const [relation, columns, referenced, onDelete, onUpdate] = tuple(value, 5)
  return {
    relation: Number(relation), columns: numbers(columns), referenced: numbers(referenced),
    // pg_constraint.confdeltype: a no action, r restrict, c cascade, n set null, d set default.
    onDelete: onDelete === 'c' ? 'delete' : onDelete === 'n' || onDelete === 'd' ? 'update' : 'refuse',
    onUpdate: onUpdate === 'c' || onUpdate === 'n' || onUpdate === 'd' ? 'update' : 'refuse',
  }
}

/** @throws {SqlFault} `catalog-row` */
export function decodeFunctions(rows: readonly TextRow[]): readonly FunctionFacts[] {
  return rows.map(cells => {
    const row = new Row(cells, 'function', 19)
    const facts = {
      oid: row.oid(), schema: row.text(), name: row.text(), kind: row.oneOf(['f', 'p', 'a', 'w']), language: row.text(), volatility: row.oneOf(['i', 's', 'v']),
      strict: row.flag(), returnsSet: row.flag(), returnTypeOid: row.oid(), argumentTypes: row.vector(), securityDefiner: row.flag(), hasConfiguration: row.flag(),
      source: row.text(), body: row.optional(), supportFunctions: row.array().map(Number).filter(oid => oid !== 0),
    }
    const [names, modes] = [row.array().map(String), row.array().map(String)]
    const argumentDefaults = row.optional()
    const types = row.array().map(Number)
    const parameters = (types.length === 0 ? facts.argumentTypes : types).map((type, index) => ({ name: names[index] ?? '', mode: parameterMode(modes[index]), type }))
    return { ...facts, argumentDefaults, parameters, argumentNames: modes.length === 0 ? names : names.filter((_, index) => /^[ibv]$/.test(modes[index] ?? '')) }
  })
}

/** pg_proc.proargmodes; absent where all are arguments. */
function parameterMode(letter: string | undefined): ParameterFacts['mode'] {
  if (letter === undefined || letter === 'i' || letter === 'v') return 'in'
  if (letter === 'b') return 'inout'
  if (letter === 'o' || letter === 't') return 'out'
  throw new SqlFault('catalog-row', 'function: a parameter of an unknown mode')
}

/** @throws {SqlFault} `catalog-row` */
export function decodeTypes(rows: readonly TextRow[]): readonly TypeFacts[] {
  return rows.map(cells => {
    const row = new Row(cells, 'type', 10)
    return {
      oid: row.oid(), schema: row.text(), name: row.text(), kind: row.oneOf(['b', 'c', 'd', 'e', 'p', 'r', 'm']), elementOid: row.oid(), baseOid: row.oid(),
      relationOid: row.oid(), inputFunction: row.oid(), outputFunction: row.oid(), checks: row.array().map(String),
    }
  })
}

/** @throws {SqlFault} `catalog-row` */
export function decodeOperators(rows: readonly TextRow[]): readonly OperatorFacts[] {
  return rows.map(cells => {
    const row = new Row(cells, 'operator', 4)
    return { oid: row.oid(), schema: row.text(), name: row.text(), function: row.oid() }
  })
}

/** @throws {SqlFault} `catalog-row` */
export function decodeNames(rows: readonly TextRow[]): ReadonlyMap<number, string> {
  return new Map(rows.map(cells => {
    const row = new Row(cells, 'name', 3)
    return [row.oid(), `${row.text()}.${row.text()}`]
  }))
}

/** @throws {SqlFault} `catalog-row` */
export function decodeTexts(rows: readonly TextRow[]): readonly string[] {
  return rows.map(cells => new Row(cells, 'text', 1).text())
}
