/**
 * What the generator knows of the database, read from the database itself: tables and views with their columns, functions, operators, casts
 * and aggregates over the types it speaks. What PHI is, it knows from the corpus's classification.
 */
import { readFileSync } from 'node:fs'
import type { PgClient } from '@doorward/testkit'
import { PRINCIPALS } from './gateway-files.ts'
import { isSpoken, type TypeName } from './types.table.ts'
import type { Lane } from './worlds.ts'

/** @property sql How it is read, with `@` for the relation's alias; absent: by its name. */
export interface Column { readonly name: string; readonly type: TypeName; readonly phi: boolean; readonly sql?: string }

export interface Relation { readonly name: string; readonly kind: 'table' | 'view' | 'catalog'; readonly columns: readonly Column[]; /** A primary key in the first column. */ readonly keyed: boolean }

export interface Routine { readonly name: string; readonly arguments: readonly TypeName[]; readonly result: TypeName; readonly set: boolean }

export interface Operator { readonly name: string; readonly left: TypeName | undefined; readonly right: TypeName; readonly result: TypeName }

export interface ServerCatalog {
  readonly serverMajor: number
  readonly relations: readonly Relation[]
  readonly functions: ReadonlyMap<TypeName, readonly Routine[]>
  readonly setFunctions: readonly Routine[]
  readonly aggregates: ReadonlyMap<TypeName, readonly Routine[]>
  readonly operators: ReadonlyMap<TypeName, readonly Operator[]>
  readonly casts: ReadonlyMap<TypeName, readonly TypeName[]>
}

/**
 * Not generated, because two runs in one database differ: clocks, random numbers, transaction and process ids, snapshots, sequences, counters of
 * activity, the log position, addresses of connections, sizes and ages that other lanes move, the server's own name and start.
 */
const MOVING = new RegExp(`^(now|timeofday|clock_timestamp|statement_timestamp|transaction_timestamp|random|random_normal|gen_random_uuid|uuidv[47]|setseed|txid_.*|pg_xact_.*|pg_current_.*|pg_snapshot.*|pg_backend_pid
|pg_blocking_pids|pg_safe_snapshot_.*|pg_stat_.*|pg_stat(io)?_.*|pg_last_.*|pg_postmaster_start_time|pg_conf_load_time|pg_is_in_.*|pg_wal.*|pg_switch_wal|pg_notification_queue_usage|nextval|currval|lastval|setval
|inet_(client|server)_(addr|port)|pg_my_temp_schema|pg_is_other_temp_schema|current_database|pg_.*_xmin|pg_replication_.*|pg_get_replication_.*|pg_logical_.*|pg_create_.*|pg_drop_.*|pg_sleep.*|pg_terminate_backend
|pg_cancel_backend|pg_reload_conf|pg_rotate_logfile.*|pg_export_snapshot|pg_log_.*|age|mxid_age|pg_ls_.*|pg_control_.*|pg_relation_file.*|pg_filenode_relation|pg_database_size|pg_tablespace_size|pg_current_logfile|pg_advisory_.*|pg_try_advisory_.*|lo_.*|loread|lowrite
|has_.*|pg_has_role|pg_lock_status|pg_prepared_.*|pg_cursor|pg_available_.*|pg_timezone_.*|pg_show_all_.*|pg_config|pg_hba_file_rules|pg_ident_.*|pg_event_trigger_.*|pg_backup_.*|binary_upgrade_.*|brin_.*|gin_.*|pg_collation_actual_version
|pg_database_collation_actual_version|getdatabaseencoding|pg_jit_available|pg_read_.*|pg_stat_file|dblink.*|postgres_fdw.*|pg_sync_.*|pg_import_.*|pg_extension_config_dump|pg_get_shmem_.*|pg_get_backend_.*|pg_(show|get)_replication.*|pg_nextoid|pg_stop_.*|pg_start_.*|pg_get_wait_events|pg_get_aios)$`.replaceAll('\n', ''))

/** Rows that two lanes, two runs or the mere passing of time change. */
const MOVING_RELATIONS = /^pg_(stat|locks|cursors|prepared|database|settings|replication|backend|shmem|hba|ident|file_settings|config|timezone|available|user|roles|shadow|group|authid|auth_members|db_role|subscription|tablespace|aios|wait|publication|seclabel|shseclabel|shdep|shdesc|parameter_acl|file)/

interface Classified { readonly [column: string]: string }

export async function readServerCatalog(client: PgClient, { principal, values }: Pick<Lane, 'principal' | 'values'>): Promise<ServerCatalog> {
  const rows = async (sql: string): Promise<readonly (readonly string[])[]> => ((await client.query(sql)).at(-1)?.rows ?? []).map((row) => row.map((cell) => cell ?? ''))
  const [[version = '']] = await rows('show server_version_num') as [readonly string[]]
  const typeName = `case when t.typelem <> 0 and t.typlen = -1 and t.typcategory = 'A' then (select e.typname || '[]' from pg_type e where e.oid = t.typelem) else t.typname end`
  const columnRows = await rows(`select n.nspname || '.' || c.relname, c.relkind, a.attname, ${typeName}, exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped join pg_type t on t.oid = a.atttypid
    where c.relkind in ('r', 'v', 'm', 'p') and (n.nspname in ('clinic', 'billing') or n.nspname = 'pg_catalog' and c.relname in ('pg_class', 'pg_attribute', 'pg_type', 'pg_namespace', 'pg_index', 'pg_constraint', 'pg_tables', 'pg_views', 'pg_matviews', 'pg_enum'))
    order by 1, a.attnum`)
  const classes = readClassification()
  const shown = new Set(PRINCIPALS[principal].clearClasses)
  const relations = new Map<string, { kind: Relation['kind']; keyed: boolean; columns: Column[] }>()
  for (const [name = '', kind, column = '', type = '', keyed] of columnRows) {
    const schema = name.split('.')[0] ?? ''
    if (schema === 'pg_catalog' && MOVING_RELATIONS.test(name.slice(schema.length + 1))) continue
    // Rewriting the tables of a rough world gives some objects new ids.
    if (schema === 'pg_catalog' && values === 'rough') continue
    // What moves without a patient's doing: transaction ids, file numbers. And reltuples, which drivers read: docs/phi/limits.md.
    if (schema === 'pg_catalog' && /frozenxid|minmxid|relfilenode|toastrelid|^oid$|reltuples/.test(column)) continue
    const entry = relations.get(name) ?? { kind: schema === 'pg_catalog' ? 'catalog' as const : kind === 'v' || kind === 'm' ? 'view' as const : 'table' as const, keyed: keyed === 't', columns: [] }
    relations.set(name, entry)
    if (type === 'address') for (const field of ['line', 'town']) entry.columns.push({ name: `${column}_${field}`, type: 'text', phi: true, sql: `(@.${column}).${field}` })
    if (!isSpoken(type)) continue
    const phiClass = classes.get(name)?.[column] ?? classes.get(name)?.['*']
    entry.columns.push({ name: column, type, phi: schema === 'pg_catalog' ? false : phiClass === undefined ? VIEW_CLEAN.get(name)?.has(column) !== true : phiClass !== 'none' && !shown.has(phiClass) })
  }
  const spoken = (types: readonly string[]): types is readonly TypeName[] => types.every(isSpoken)
  const argumentsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(' '))
  const routines = (list: readonly (readonly string[])[]): readonly Routine[] => list.flatMap(([name = '', args = '', result = '', set]) => {
    const types = argumentsOf(args)
    return isSpoken(result) && spoken(types) && !MOVING.test(name.replace(/^.*\./, '')) ? [{ name, arguments: types, result, set: set === 't' }] : []
  })
  const argumentTypes = `(select coalesce(string_agg(${typeName}, ' ' order by u.at), '') from unnest(p.proargtypes) with ordinality as u (oid, at) join pg_type t on t.oid = u.oid)`
  const resultType = `(select ${typeName} from pg_type t where t.oid = p.prorettype)`
  const functionRows = await rows(`select case when n.nspname = 'pg_catalog' then quote_ident(p.proname) else quote_ident(n.nspname) || '.' || quote_ident(p.proname) end, ${argumentTypes}, ${resultType}, p.proretset
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.prokind = 'f' and p.provolatile <> 'v' and (n.nspname = 'pg_catalog' or n.nspname = 'clinic') order by 1, 2`)
  const aggregateRows = await rows(`select quote_ident(p.proname), ${argumentTypes}, ${resultType}, false from pg_proc p join pg_aggregate g on g.aggfnoid = p.oid join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'pg_catalog' and g.aggkind = 'n' order by 1, 2`)
  const operatorRows = await rows(`select o.oprname, coalesce((select ${typeName} from pg_type t where t.oid = o.oprleft), ''), (select ${typeName} from pg_type t where t.oid = o.oprright), (select ${typeName} from pg_type t where t.oid = o.oprresult)
    from pg_operator o join pg_proc p on p.oid = o.oprcode where o.oprnamespace = 'pg_catalog'::regnamespace and p.provolatile <> 'v' order by 1, 2, 3`)
  const castRows = await rows(`select (select ${typeName} from pg_type t where t.oid = k.castsource), (select ${typeName} from pg_type t where t.oid = k.casttarget) from pg_cast k order by 1, 2`)
  const plain = routines(functionRows)
  return {
    serverMajor: Math.floor(Number(version) / 10_000),
    relations: [...relations].map(([name, entry]) => ({ name, ...entry, columns: [...entry.columns, ...systemColumns(entry)] })).filter(({ columns }) => columns.length > 0),
    functions: groupBy(plain.filter(({ set }) => !set), ({ result }) => result),
    setFunctions: plain.filter(({ set, arguments: args }) => set && args.length > 0),
    aggregates: groupBy(routines(aggregateRows), ({ result }) => result),
    operators: groupBy(operatorRows.flatMap(([name = '', left = '', right = '', result = '']): readonly Operator[] => (isSpoken(right) && isSpoken(result) && (left === '' || isSpoken(left)) ? [{ name, left: left === '' ? undefined : left, right, result }] : [])), ({ result }) => result),
    casts: new Map([...groupBy(castRows.flatMap(([from = '', to = '']) => (isSpoken(from) && isSpoken(to) ? [{ from, to }] : [])), ({ to }) => to)].map(([to, list]) => [to, list.map(({ from }) => from)])),
  }
}

/** Where a row lies follows from the lengths of all values before it. Transaction ids (xmin, ...) move by themselves and are left out. */
function systemColumns({ kind, columns }: { readonly kind: Relation['kind']; readonly columns: readonly Column[] }): readonly Column[] {
  const phi = columns.some((column) => column.phi)
  return kind === 'table' ? [{ name: 'place', type: 'text', phi, sql: '@.ctid::text' }, { name: 'table_name', type: 'regclass', phi: false, sql: '@.tableoid::regclass' }] : []
}

/** What a view shows that is not PHI; all else in a view is. */
const VIEW_CLEAN: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['clinic.patient_directory', new Set(['pid'])],
  ['clinic.recent_notes', new Set(['id', 'patient_id', 'author_id'])],
])

function groupBy<T, K>(list: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of list) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return groups
}

/** The corpus's classification, in the one form that it is written in: `table: { ..., columns: { name: class, ... } }`. */
function readClassification(): ReadonlyMap<string, Classified> {
  const text = readFileSync(new URL('../../corpus/clinic.phi.yaml', import.meta.url), 'utf8')
  const tables = new Map<string, Classified>()
  for (const [, table = '', columns = ''] of text.matchAll(/^ {2}([a-z_.0-9]+):\s[\s\S]*?columns: \{([\s\S]*?)\}/gm)) {
    tables.set(table, Object.fromEntries(columns.split(',').map((pair) => pair.split(':').map((part) => part.trim().replaceAll("'", '')) as [string, string])))
  }
  return tables
}
