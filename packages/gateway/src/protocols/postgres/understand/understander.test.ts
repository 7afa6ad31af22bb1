/**
 * What is kept between two uses of a text, and when it is doubted: with the real grammar and understanding, over a connection and a catalog that
 * answer what a test says.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { bindClassification, DEFAULT_TEXT_LIMITS, startTextReader, type Analysed, type AnalysisError, type Catalog, type Piece, type SessionView, type TextReader } from '@doorward/sql'
import { turns } from '@doorward/testkit'
import type { AnalysisConnection, Standing } from './analysis-connection.ts'
import type { AnalysisPool } from './analysis-pool.ts'
import type { CatalogLoader } from './catalog-loader.ts'
import { Understander } from './understander.ts'
import { UnderstandFault } from './understand-fault.ts'

let reader: TextReader
before(async () => { reader = await startTextReader() })
after(() => { reader.close() })

/** As PostgreSQL 18 prints `select 1 as one`. */
const TREE = '({QUERY :commandType 1 :querySource 0 :canSetTag true :utilityStmt <> :resultRelation 0 :hasAggs false :hasWindowFuncs false :hasTargetSRFs false :hasSubLinks false :hasDistinctOn false :hasRecursive false :hasModifyingCTE false :hasForUpdate false :hasRowSecurity false :hasGroupRTE false :isReturn false :cteList <> :rtable ({RANGETBLENTRY :alias <> :eref {ALIAS :aliasname *RESULT* :colnames <>} :rtekind 8 :lateral false :inFromCl false :securityQuals <>}) :rteperminfos <> :jointree {FROMEXPR :fromlist ({RANGETBLREF :rtindex 1}) :quals <>} :mergeActionList <> :mergeTargetRelation 0 :mergeJoinCondition <> :targetList ({TARGETENTRY :expr {CONST :consttype 23 :consttypmod -1 :constcollid 0 :constlen 4 :constbyval true :constisnull false :location 7 :constvalue 4 [ 1 0 0 0 0 0 0 0 ]} :resno 1 :resname one :ressortgroupref 0 :resorigtbl 0 :resorigcol 0 :resjunk false}) :override 0 :onConflict <> :returningOldAlias <> :returningNewAlias <> :returningList <> :groupClause <> :groupDistinct false :groupingSets <> :havingQual <> :windowClause <> :distinctClause <> :sortClause <> :limitOffset <> :limitCount <> :limitOption 0 :rowMarks <> :setOperations <> :constraintDeps <> :withCheckOptions <> :stmt_location 0 :stmt_len 0})'
const FIELDS = [{ name: 'one', tableOid: 0, attribute: 0, typeOid: 23, typeSize: 4, typeModifier: -1 }]

const NOTHING: Catalog = { serverMajor: 18, relation: () => undefined, relationNamed: () => undefined, function: () => undefined, functionName: () => undefined, operator: () => undefined, type: () => undefined, checkedDomains: () => [], typesNamed: () => [], hasOwnFunction: () => false, hasOwnOperator: () => false, inputs: undefined }

interface Stage {
  readonly understander: Understander
  /** Texts that were analysed, with the schemas. */
  readonly asked: string[]
  readonly forgotten: string[]
  answer: () => Promise<Analysed | AnalysisError>
  standing: Standing
  refresh: 'fresh' | 'changed'
  version: string
  probed: string
  stale: number
}

function stage(): Stage {
  const asked: string[] = []
  const forgotten: string[] = []
  const at: Omit<Stage, 'understander'> = { asked, forgotten, answer: () => Promise.resolve({ kind: 'analysed', trees: [TREE], parameterTypes: [], fields: FIELDS }), standing: 'unchanged', refresh: 'fresh', version: 'v1', probed: 'v1', stale: 0 }
  let names = 0
  const connection = (schemas: readonly string[]) => ({
    isOpen: true, newName: () => { names += 1; return `d${names}` }, forget: (name: string) => { forgotten.push(name) }, standingOf: () => Promise.resolve(at.standing),
    analyse: (_name: string, text: string) => { asked.push(`${schemas.join(',')}:${text}`); return at.answer() },
  })
  const classes = bindClassification(NOTHING, { unclassified: 'phi', tables: new Map(), version: 'c' })
  const catalog = {
    catalog: NOTHING, classes, get version() { return at.version }, load: () => Promise.resolve(), markStale: () => { at.stale += 1 }, probeNames: () => Promise.resolve('as named'), probe: () => Promise.resolve(at.probed),
    refresh: () => { const was = at.refresh; at.refresh = 'fresh'; return Promise.resolve(was) }, estimateRows: (tables: readonly string[]) => Promise.resolve(tables.length * 1_000),
  }
  // What the understander asks of these is all there; the classes hide the rest.
  const understander = new Understander({ reader, textLimits: DEFAULT_TEXT_LIMITS, pool: { connection: (schemas: readonly string[]) => Promise.resolve(connection(schemas) as unknown as AnalysisConnection) } as unknown as AnalysisPool, catalog: catalog as unknown as CatalogLoader })
  return Object.assign(at, { understander })
}

const VIEW: SessionView = { schemas: ['pg_catalog', 'clinic'], prepared: () => undefined, cursor: () => undefined }

async function pieceOf(s: Stage, text: string): Promise<Piece> {
  const cut = await s.understander.cut(Buffer.from(text))
  assert.ok(cut.kind === 'cut')
  const [piece] = cut.pieces
  assert.ok(piece !== undefined)
  return piece
}

async function understand(s: Stage, text = 'select 1 as one', view = VIEW) {
  const understood = await s.understander.understand(await pieceOf(s, text), [], view, undefined)
  assert.ok(understood.kind === 'plan', JSON.stringify(understood))
  return understood
}

test('a text is analysed once for each list of schemas, and confirmed from then on', async () => {
  const s = stage()
  const first = await understand(s)
  assert.equal(first.plan.understanding.kind, 'understood')
  assert.deepEqual([first.plan.tags, first.plan.fields, first.confirm], [['SELECT'], FIELDS, 'needed'])
  const second = await understand(s)
  assert.deepEqual([second.plan, second.confirm, await second.confirmUnchanged()], [first.plan, 'needed', 'unchanged'])
  await understand(s, 'select 1 as one', { ...VIEW, schemas: ['pg_catalog'] })
  assert.deepEqual(s.asked, ['pg_catalog,clinic:select 1 as one', 'pg_catalog:select 1 as one'])
})

test('who comes while a text is being analysed shares the answer, and confirms it', async () => {
  const s = stage()
  const gate = Promise.withResolvers<void>()
  const { answer } = s
  s.answer = async () => { await gate.promise; return answer() }
  const both = Promise.all([understand(s), understand(s)])
  await turns(3)
  gate.resolve()
  const [one, two] = await both
  assert.equal(s.asked.length, 1)
  assert.deepEqual([one.confirm, two.confirm].toSorted(), ['needed', 'needed'])
})

test('what the session alone can analyse is asked there, and not kept', async () => {
  const s = stage()
  const own: string[] = []
  for (let times = 0; times < 2; times += 1) {
    const understood = await s.understander.understand(await pieceOf(s, 'select 1 as one'), [], VIEW, { analyse: (text) => { own.push(text); return s.answer() }, facts: () => Promise.resolve(undefined) })
    assert.ok(understood.kind === 'plan' && understood.confirm === 'done')
  }
  assert.deepEqual([own.length, s.asked], [2, []])
})

test('a change of definitions drops what is kept and is told to sessions', async () => {
  const s = stage()
  await understand(s)
  const { generation } = s.understander
  s.refresh = 'changed'
  await understand(s)
  assert.deepEqual([s.asked.length, s.forgotten], [2, ['d1']])
  assert.ok(s.understander.generation > generation)
  s.understander.invalidate()
  await understand(s)
  assert.deepEqual([s.asked.length, s.stale], [3, 1])
  assert.ok(s.understander.generation > generation + 1)
})

test('a kept plan that the server analysed anew is understood again, and must come to the same', async () => {
  const s = stage()
  await understand(s)
  const kept = await understand(s)
  s.standing = 'changed'
  assert.equal(await kept.confirmUnchanged(), 'unchanged') // only the statistics had changed
  assert.equal(s.asked.length, 2)
  s.answer = () => Promise.resolve({ kind: 'analysed', trees: [TREE], parameterTypes: [], fields: [{ ...FIELDS[0]!, typeOid: 25 }] })
  assert.equal(await kept.confirmUnchanged(), 'changed')
  s.answer = () => Promise.resolve({ kind: 'error', sqlState: '42P01', message: 'gone', fields: new Map() })
  assert.equal(await kept.confirmUnchanged(), 'changed')
})

test('a kept plan behind somebody\'s exclusive lock is confirmed by the version of the catalog', async () => {
  const s = stage()
  await understand(s)
  const kept = await understand(s)
  s.standing = 'locked'
  assert.equal(await kept.confirmUnchanged(), 'unchanged')
  assert.equal(s.asked.length, 1)
  s.probed = 'v2'
  s.answer = () => Promise.resolve({ kind: 'error', sqlState: '55P03', message: 'locked', fields: new Map() })
  assert.equal(await kept.confirmUnchanged(), 'changed')
})

test('the server\'s own error goes back to whoever wrote the text, and nothing of it is kept', async () => {
  const s = stage()
  s.answer = () => Promise.resolve({ kind: 'error', sqlState: '42703', message: 'no such column', fields: new Map([['M', 'no such column']]) })
  for (let times = 1; times <= 2; times += 1) {
    const understood = await s.understander.understand(await pieceOf(s, 'select nothing'), [], VIEW, undefined)
    assert.ok(understood.kind === 'rejected' && understood.error.sqlState === '42703')
    assert.equal(s.asked.length, times)
  }
})

test('a target that cannot be asked fails the statement, and the next asks again', async () => {
  const s = stage()
  const { answer } = s
  s.answer = () => Promise.reject(new UnderstandFault('unreachable', 'closed'))
  await assert.rejects(understand(s), { code: 'unreachable' })
  s.answer = answer
  await understand(s)
})

test('texts that are none are refused before anybody is asked', async () => {
  const s = stage()
  for (const text of [Buffer.from('select \0'), Buffer.from([0x73, 0xc3, 0x28]), Buffer.from(`select ${'+-'.repeat(400)} 1`), Buffer.alloc(DEFAULT_TEXT_LIMITS.maxBytes + 1, 0x20)]) assert.equal((await s.understander.cut(text)).kind, 'refused')
  assert.deepEqual(s.asked, [])
})

test('a text that the grammar does not take has the server\'s words, or none', async () => {
  const s = stage()
  s.answer = () => Promise.resolve({ kind: 'error', sqlState: '42601', message: 'syntax error', fields: new Map() })
  const cut = await s.understander.cut(Buffer.from('selec 1'))
  assert.ok(cut.kind === 'error' && cut.error.sqlState === '42601')
  s.answer = () => Promise.resolve({ kind: 'analysed', trees: [], parameterTypes: [], fields: undefined })
  const odd = await s.understander.cut(Buffer.from('selec 1'))
  assert.ok(odd.kind === 'refused' && odd.rule === 'grammar-unknown')
})

test('pieces are the whole text, and an empty one needs no plan', async () => {
  const s = stage()
  const text = 'select 1; /* nothing */; select 2 -- end'
  const cut = await s.understander.cut(Buffer.from(text))
  assert.ok(cut.kind === 'cut')
  assert.equal(cut.pieces.map((piece) => piece.text).join(''), text)
  const empty = await understand(s, '-- nothing')
  assert.deepEqual([empty.plan.tags, s.asked], [[], []])
})

test('the size of what a statement touches is asked only where nothing restricts it', async () => {
  const s = stage()
  const { plan } = await understand(s)
  assert.equal(await s.understander.estimateRows(plan), undefined)
  const { understanding } = plan
  assert.ok(understanding.kind === 'understood')
  const unrestricted = { ...plan, understanding: { ...understanding, bulk: { restricted: false, estimatedRows: undefined }, effects: [{ action: 'read', object: 'clinic.patients', kind: 'relation', columns: [], classes: [], scope: 'user', note: undefined }] } } as const
  assert.equal(await s.understander.estimateRows(unrestricted), 1_000)
})
