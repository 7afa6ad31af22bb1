import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gatewayFlags } from '../bin/node-flags.mjs'

const BIN = join(import.meta.dirname, '..', 'bin')
const LIBRARY = join(BIN, 'run-on-node.mjs')

test('knows which versions are new enough', () => {
  const versions = ['16.20.2', '18.0.0', '20.20.2', '22.99.0', '24.0.0', '24.8.9', '24.9.0', 'v24.21.0', '25.0.0', '26.1.0']
  const script = `import { isNewEnough } from ${JSON.stringify(LIBRARY)}; console.log(JSON.stringify(${JSON.stringify(versions)}.filter(isNewEnough)))`
  assert.deepEqual(JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })), ['24.9.0', 'v24.21.0', '25.0.0', '26.1.0'])
})

test('the command runs from its sources and hands its status on', () => {
  const version = spawnSync(process.execPath, [join(BIN, 'doorward.mjs'), '--version'], { encoding: 'utf8' })
  assert.equal(version.status, 0)
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
  assert.equal(spawnSync(process.execPath, [join(BIN, 'doorward.mjs'), 'verify'], { encoding: 'utf8' }).status, 5)
})

test('a gateway has bounded room for what is young, unless its operator says otherwise', () => {
  assert.deepEqual(gatewayFlags({}), ['--max-semi-space-size=16'])
  assert.deepEqual(gatewayFlags({ NODE_OPTIONS: '--max-old-space-size=512' }), ['--max-semi-space-size=16'])
  for (const NODE_OPTIONS of ['--max-semi-space-size=64', '--enable-source-maps --max_semi_space_size 64']) assert.deepEqual(gatewayFlags({ NODE_OPTIONS }), [])
  assert.equal(spawnSync(process.execPath, [...gatewayFlags({}), '-e', '']).status, 0)
})

test('a child is told by its channel that its parent was killed', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'doorward-test-'))
  writeFileSync(join(dir, 'child.mjs'), "process.on('disconnect', () => { console.log('told'); process.exit(0) }); setInterval(() => {}, 1000); console.log('up')")
  const script = `import { runOnNode } from ${JSON.stringify(LIBRARY)}; runOnNode([${JSON.stringify(join(dir, 'child.mjs'))}], ${JSON.stringify(dir)})`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  parent.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
    if (said === 'up\n') parent.kill('SIGKILL')
  })
  // The pipe ends when the child has gone too.
  await once(parent.stdout, 'end')
  assert.equal(said, 'up\ntold\n')
  rmSync(dir, { recursive: true })
})

const OLD = findOldNode()

test('an old Node.js with no other beside it says what to install, and fails', { skip: OLD === undefined ? 'skipped: an old Node.js missing' : false }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'doorward-test-'))
  cpSync(BIN, join(dir, 'bin'), { recursive: true })
  const { status, stderr } = spawnSync(OLD ?? '', [join(dir, 'bin', 'doorward.mjs'), '--version'], { encoding: 'utf8' })
  assert.equal(status, 1)
  assert.match(stderr, /^Doorward needs Node\.js 24\.9 or newer; this is \d+\.\d+\.\d+,\n/)
  assert.match(stderr, /nodejs\.org/)
  rmSync(dir, { recursive: true })
})

/** The system's Node.js, where it is older than ours. */
function findOldNode(): string | undefined {
  return ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
    const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
    return status === 0 && Number(/^v(\d+)/.exec(stdout)?.[1]) < 24
  })
}
