// pg_dump through the gateway: a snapshot, a hundred catalog questions, LOCK TABLE, COPY of every table.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { check, env, finish, skip } from '../check.mjs'

const program = process.env.IT_PG_DUMP ?? 'pg_dump'
/** Other clients' tests write and make these while a dump runs: two dumps of them differ. */
const OTHERS_WRITE = ['--exclude-table=clinic.scratch*', '--exclude-table=clinic.psycopg*']

function dump(user, more = [], options) {
  const direct = user === undefined
  const conn = direct
    ? `host=localhost hostaddr=127.0.0.1 port=${env('DIRECT_PORT')} user=${env('DIRECT_USER')} dbname=clinic sslmode=verify-full sslrootcert=${env('DIRECT_CA')}`
    : `host=localhost hostaddr=127.0.0.1 port=${env('TLS_PORT')} user=${user} dbname=clinic sslmode=verify-full sslrootcert=${env('CA')}`
  const { status, stdout, stderr } = spawnSync(program, ['-d', conn, '-n', 'clinic', ...OTHERS_WRITE, ...more], {
    encoding: 'latin1', maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C.UTF-8', PGPASSWORD: direct ? env('DIRECT_PASSWORD') : env(`SECRET_${user.toUpperCase()}`), ...(options === undefined ? {} : { PGOPTIONS: options }) },
  })
  // A key that pg_dump draws anew each time.
  return { code: status, out: stdout.replaceAll(/^\\(un)?restrict .*$/gm, ''), err: stderr }
}

const version = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.trim()
console.log(`version ${version}`)
const major = Number(/\d+/.exec(version)?.[0])
if (major < Number(env('MAJOR'))) {
  skip('dumps', `pg_dump ${major} does not dump a server ${env('MAJOR')}`)
  finish()
}
const direct = dump()
for (const more of [[], ['--format=custom'], ['--schema-only'], ['--data-only', '--column-inserts', '--exclude-table=clinic.readings']]) {
  await check(`a dump is the server's own (${more.join(' ') || 'plain'})`, () => {
    const [expected, actual] = [dump(undefined, more), dump('ada', more)]
    assert.equal(actual.code, 0, actual.err)
    assert.ok(expected.out.length > 5_000)
    // The custom format holds its own date.
    if (more[0] === '--format=custom') assert.ok(Math.abs(actual.out.length - expected.out.length) < 200)
    // The order of rows in a heap is nobody's promise, and other clients' tests have written to this one.
    else assert.deepEqual(actual.out.split('\n').toSorted(), expected.out.split('\n').toSorted())
  })
}
await check('a masked principal dumps masked data, of the same shape', () => {
  const { code, out, err } = dump('evan')
  assert.equal(code, 0, err)
  assert.doesNotMatch(out, /Invented|-00-00\d\d|chart \d/)
  assert.equal(out.split('\n').length, direct.out.split('\n').length)
})
await check('a limit of rows ends the dump', () => {
  const { code, err } = dump('scout')
  assert.equal(code, 1)
  assert.match(err, /refused: .*50 rows.*\(receipt \d+\)/)
})
finish()
