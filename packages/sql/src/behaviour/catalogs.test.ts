import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { shownCommentsQuery } from '../catalog/queries.ts'
import { closedColumn, closedFunctionColumn, columnRule, functionColumnRule, isOpenSchema } from './catalogs.ts'
import { CATALOG_COLUMNS } from './catalogs.table.ts'
import { FUNCTION_COLUMNS } from './function-columns.table.ts'
import { askServer, testServers } from './test-servers.ts'

test('statistics, data, credentials and other people\'s statements are closed', () => {
  for (const [relation, column] of [['pg_statistic', 'stavalues1'], ['pg_statistic', 'stawidth'], ['pg_statistic', 'stadistinct'], ['pg_statistic_ext_data', 'stxdmcv'],
    ['pg_largeobject', 'data'], ['pg_authid', 'rolpassword'], ['pg_user_mapping', 'umoptions'], ['pg_subscription', 'subconninfo']] as const) {
    assert.ok(closedColumn('pg_catalog', relation, column), `${relation}.${column}`)
  }
  assert.ok(closedColumn('public', 'pg_stat_statements', 'query'))
  assert.ok(closedFunctionColumn(2022, 6))
  assert.ok(closedFunctionColumn(1371, 9))
})

test('what introspection needs is open, or a text that is delivered redacted', () => {
  for (const [relation, column] of [['pg_class', 'reltuples'], ['pg_class', 'relpages'], ['pg_attribute', 'attname'], ['pg_statistic', 'starelid'], ['pg_foreign_server', 'srvoptions'], ['pg_enum', 'enumlabel']] as const) {
    assert.equal(columnRule('pg_catalog', relation, column), undefined)
  }
  assert.equal(columnRule('pg_catalog', 'pg_proc', 'prosrc')?.kind, 'definition')
  assert.equal(columnRule('pg_catalog', 'pg_description', 'description')?.kind, 'comment')
  assert.equal(columnRule('pg_catalog', 'pg_attrdef', 'adbin')?.kind, 'datum')
  assert.equal(functionColumnRule(6119, 4)?.kind, 'datum')
  assert.equal(closedFunctionColumn(2022, 2), undefined)
})

test('a relation of the same name elsewhere is not the system\'s', () => {
  assert.equal(columnRule('public', 'pg_statistic', 'stavalues1'), undefined)
  assert.deepEqual(['pg_catalog', 'information_schema', 'public', 'pg_toast'].map(isOpenSchema), [true, true, false, false])
})

test('no column has two rules', () => {
  const names = CATALOG_COLUMNS.flatMap(({ relation, columns }) => columns.map(column => `${relation}.${column}`))
  assert.equal(new Set(names).size, names.length)
})

const corpus = [new URL('../../../../corpus/vectors/legit.jsonl', import.meta.url), new URL('../../../../../shared/corpus/vectors/legit.jsonl', import.meta.url)].find(url => existsSync(url))

test('no statement of the legitimate vectors names a closed column', { skip: corpus === undefined ? 'skipped: corpus missing' : false }, () => {
  if (corpus === undefined) return
  const statements = readFileSync(corpus, 'utf8')
  const closed = CATALOG_COLUMNS.filter(({ kind, relation }) => kind === 'closed' && relation !== 'pg_stat_statements' && relation !== 'pg_largeobject').flatMap(({ columns }) => columns)
  assert.deepEqual(closed.filter(column => new RegExp(`\\b${column}\\b`).test(statements)), [])
})

const servers = testServers(process.env)

test('every column of the tables exists on a live server, and every tree column has a rule', { skip: typeof servers === 'string' ? servers : false }, () => {
  if (typeof servers === 'string') return
  for (const { uri } of servers) {
    const columns = new Map(askServer(uri, `select c.relname || '.' || a.attname, format_type(a.atttypid, null) from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'r' and a.attnum > 0`).split('\n').filter(line => line !== '').map(line => line.split('|') as [string, string])) // two columns
    for (const { relation, columns: names } of CATALOG_COLUMNS) for (const name of names) if (relation !== 'pg_stat_statements') assert.ok(columns.has(`${relation}.${name}`), `${relation}.${name}`)
    for (const [column, type] of columns) {
      const [relation = '', name = ''] = column.split('.')
      if (['pg_node_tree', 'anyarray', 'pg_mcv_list', 'pg_ndistinct', 'pg_dependencies'].includes(type)) assert.ok(columnRule('pg_catalog', relation, name), column)
    }
  }
})

test('the closed positions of functions bear their names on a live server', { skip: typeof servers === 'string' ? servers : false }, () => {
  if (typeof servers === 'string') return
  for (const { uri, major } of servers) {
    for (const { function: oid, name, columns } of FUNCTION_COLUMNS) {
      const found = askServer(uri, `select proname, n from (select proname, row_number() over (order by i) as position, n from pg_proc, unnest(proargnames, proargmodes) with ordinality u(n, m, i)
        where oid = ${oid} and m in ('o', 't', 'b')) x where position in (${columns.map(([position]) => position).join(',')}) order by position`).split('\n').filter(line => line !== '')
      if (name === 'pg_get_publication_tables') assert.deepEqual(found, major === 15 ? [`${name}|qual`] : [`${name}|attrs`, `${name}|qual`])
      else assert.deepEqual(found, columns.map(([, column]) => `${name}|${column}`))
    }
  }
})

test('comments that may be shown can be asked for', { skip: typeof servers === 'string' ? servers : false }, () => {
  if (typeof servers === 'string') return
  for (const { uri } of servers) assert.ok(askServer(uri, shownCommentsQuery()).split('\n').includes('standard public schema'))
})
