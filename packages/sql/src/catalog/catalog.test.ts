import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Classification } from '@doorward/core'
import { SqlFault } from '../sql-fault.ts'
import { readRecording, RECORDED_MAJORS } from '../flow/testing/recordings.ts'
import { bindClassification } from './bind-classification.ts'
import type { RelationFacts } from './facts.ts'
import { decodeFunctions, decodeOperators, decodeRelations, decodeTypes, functionsQuery, operatorsQuery, relationsQuery, typesQuery, versionQuery } from './queries.ts'
import { CatalogSnapshot } from './snapshot.ts'

function relation(oid: number, name: string, columns: readonly string[]): RelationFacts {
  return {
    oid, schema: 'w', name, kind: 'r', temporary: false, rowSecurity: false, parents: [], children: [], triggers: [], uniqueKeys: [], foreignKeys: [], referringKeys: [],
    partitionKey: undefined, definition: undefined, writeExpressions: [], ownedBy: undefined, policies: { using: [], check: [] },
    attributes: new Map(columns.map((column, index) => [index + 1, { number: index + 1, name: column, typeOid: 25, generated: 'no', expression: undefined, notNull: false, dropped: false }])),
  }
}

const CLASSIFICATION: Classification = {
  unclassified: 'phi', version: 'v', tables: new Map([['w.p', { patient: undefined, rest: undefined, columns: new Map([['id', 'none'], ['ssn', 'ssn'], ['plain', 'none']]) }]]),
}

test('a column keeps its class when it or its table is renamed', () => {
  const snapshot = new CatalogSnapshot(180_004)
  snapshot.addRelations([relation(20_000, 'p', ['id', 'ssn', 'plain'])])
  const classes = bindClassification(snapshot, CLASSIFICATION)
  classes.bind(snapshot.relations())
  snapshot.addRelations([relation(20_000, 'p', ['id', 'plain', 'ssn'])])
  // What was ssn is called plain now, and what was plain is called ssn: both are ssn from here on.
  assert.deepEqual([1, 2, 3].map(number => classes.classOf(20_000, number)), ['none', 'ssn', 'ssn'])
  snapshot.addRelations([relation(20_000, 'elsewhere', ['id', 'ssn', 'plain'])])
  assert.deepEqual([1, 2, 3].map(number => classes.classOf(20_000, number)), ['phi', 'ssn', 'ssn'])
})

test('two relations that swap their names are both found', () => {
  const snapshot = new CatalogSnapshot(180_004)
  snapshot.addRelations([relation(20_000, 'p', ['id']), relation(20_001, 'q', ['id'])])
  snapshot.addRelations([relation(20_000, 'q', ['id']), relation(20_001, 'p', ['id'])])
  assert.deepEqual(['p', 'q'].map(name => snapshot.relationNamed('w', name)?.oid), [20_001, 20_000])
})

test('what nobody classified has the class of the unclassified, and system columns have none', () => {
  const snapshot = new CatalogSnapshot(180_004)
  snapshot.addRelations([relation(20_001, 'q', ['a'])])
  const classes = bindClassification(snapshot, CLASSIFICATION)
  assert.equal(classes.classOf(20_001, 1), 'phi')
  assert.equal(classes.classOf(20_001, -1), 'none')
  assert.equal(classes.classOf(99_999, 1), 'phi')
})

test('a relation that was renamed is found by its new name only', () => {
  const snapshot = new CatalogSnapshot(150_018)
  snapshot.addRelations([relation(20_000, 'p', ['id'])])
  snapshot.addRelations([relation(20_000, 'r', ['id'])])
  assert.equal(snapshot.relationNamed('w', 'p'), undefined)
  assert.equal(snapshot.relationNamed('w', 'r')?.oid, 20_000)
  assert.equal(snapshot.serverMajor, 15)
})

for (const major of RECORDED_MAJORS) {
  test(`decodes what PostgreSQL ${major} says of the ward`, () => {
    const recording = readRecording(major)
    const snapshot = new CatalogSnapshot(recording.serverVersion)
    for (const load of snapshot.initialLoads()) load.take(recording.rows[load.what] ?? [])
    const patients = snapshot.relationNamed('ward', 'patients')
    const visits = snapshot.relationNamed('ward', 'visits')
    const archived = snapshot.relationNamed('ward', 'archived')
    assert.ok(patients && visits && archived)
    assert.deepEqual([...patients.attributes.values()].slice(0, 3).map(({ name }) => name), ['id', 'mrn', 'name'])
    assert.deepEqual(patients.children, [archived.oid])
    assert.deepEqual(archived.parents, [patients.oid])
    assert.deepEqual(patients.uniqueKeys, [{ columns: [1], primary: true }, { columns: [2], primary: false }])
    assert.deepEqual(patients.referringKeys, [{ relation: visits.oid, columns: [2], referenced: [1], onDelete: 'delete', onUpdate: 'refuse' }])
    assert.equal(patients.writeExpressions.length, 1)
    assert.equal(snapshot.relationNamed('ward', 'notes')?.attributes.get(4)?.generated, 'stored')
    assert.deepEqual(snapshot.relationNamed('ward', 'watched')?.triggers.map(({ events }) => events), [['insert']])
    assert.deepEqual(snapshot.relationNamed('ward', 'by_code')?.partitionKey, [2])
    assert.equal(snapshot.relationNamed('ward', 'guarded')?.rowSecurity, true)
    assert.equal(snapshot.relationNamed('ward', 'guarded')?.policies.using.length, 2)
    assert.ok(snapshot.relationNamed('ward', 'zip_counts')?.definition?.startsWith('({QUERY'))
    assert.equal(snapshot.relationNamed('ward', 'tickets_id_seq')?.ownedBy, snapshot.relationNamed('ward', 'tickets')?.oid)
    assert.equal(snapshot.relationNamed('ward', 'numbers')?.ownedBy, undefined)
    assert.equal(snapshot.functionName(67), 'pg_catalog.texteq')
    assert.equal(snapshot.operator(98)?.name, '=')
  })
}

test('a row of another shape is a fault, not a guess', () => {
  for (const decode of [decodeRelations, decodeFunctions, decodeTypes, decodeOperators]) {
    assert.throws(() => decode([['1', 'x']]), (fault) => fault instanceof SqlFault && fault.code === 'catalog-row')
    assert.throws(() => decode([Array.from({ length: 19 }, () => null)]), SqlFault)
  }
})

test('every name in the catalog queries is qualified, and no operator is looked up by search_path', () => {
  for (const sql of [relationsQuery('user'), relationsQuery([1]), functionsQuery([1]), typesQuery('user'), operatorsQuery('all'), versionQuery()]) {
    // A name that WITH gives goes before every table's.
    const bare = sql.replaceAll(/'[^']*'/g, "''").replaceAll('select t.oid from t', '')
    assert.doesNotMatch(bare, /(?:from|join)\s+(?!pg_catalog\.|\()[a-z_]+/i)
    assert.doesNotMatch(bare, /::(?!pg_catalog\.)/)
    assert.doesNotMatch(bare, /\s(?:=|<>|<|>|<=|>=)\s|\bin \(|\blike\b|\|\|/i)
    for (const [, called] of bare.matchAll(/(?<![.\w])([a-z_]+)\(/g)) assert.ok(['operator', 'any', 'all', 'array', 'exists', 'select', 'concat_ws'].includes(called ?? ''), `${called} is not qualified`)
  }
})

test('an OID in a query is a number, whatever is handed in', () => {
  assert.throws(() => relationsQuery([Number.NaN]), RangeError)
  assert.throws(() => relationsQuery([-1]), RangeError)
  assert.throws(() => functionsQuery([1.5]), RangeError)
})

test('a later snapshot takes over what initdb made, and asks for the rest', () => {
  const first = new CatalogSnapshot(180_004)
  const answers = new Map<string, readonly (readonly string[])[]>([
    ['operators all', [['96', 'pg_catalog', '=', '65'], ['20000', 'w', '===', '20001']]], ['function names', [['65', 'pg_catalog', 'int4eq']]], ['shown comments', [['equal']]],
  ])
  for (const load of first.initialLoads()) load.take(answers.get(load.what) ?? [])
  const second = new CatalogSnapshot(180_004, first)
  assert.deepEqual(second.initialLoads().map(load => load.what), ['relations user', 'types user', 'own function names', 'operators user', 'shown comments user'])
  assert.deepEqual([96, 20_000].map(oid => second.operator(oid)?.name), ['=', undefined])
  assert.equal(second.functionName(65), 'pg_catalog.int4eq')
  assert.ok(second.isShownComment('equal'))
  // One that was never filled has nothing to hand on.
  assert.equal(new CatalogSnapshot(180_004, new CatalogSnapshot(180_004)).initialLoads().length, 6)
})

test('a class that was bound is bound in every view, and a view binds for itself alone', () => {
  const shared = new CatalogSnapshot(180_004)
  shared.addRelations([relation(20_000, 'p', ['id', 'ssn', 'plain'])])
  const classes = bindClassification(shared, CLASSIFICATION)
  classes.bind(shared.relations())
  // As a session sees it that has renamed ssn to plain, and not committed.
  const own = new CatalogSnapshot(180_004, shared)
  own.addRelations([relation(20_000, 'p', ['id', 'plain', 'other']), relation(20_001, 'made', ['a'])])
  const ownClasses = classes.over(own)
  assert.deepEqual([1, 2, 3].map(number => ownClasses.classOf(20_000, number)), ['none', 'ssn', 'phi'])
  assert.equal(ownClasses.classOf(20_001, 1), 'phi')
  assert.equal(classes.classOf(20_000, 3), 'none')
})
