/**
 * Real clients through Doorward to a real PostgreSQL. One server and two gateways (TLS, plaintext on loopback) for all clients; each client's
 * test is a process of its own with a time limit, and prints a line per check. Once with the PostgreSQL of the npm package, and once with
 * each older one that the system has. Arguments: names of clients, and `--server MAJOR` for one server only.
 * The last line is `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isPostgresInstalled } from '@doorward/testkit'
import { CLIENT_NAMES, findClient } from './install.mjs'
import { startWorld } from './world/start-world.ts'

/** The longest takes 40 s on two busy cores. */
const CLIENT_MS = 300_000
/** As many as a small machine has cores; what one client does to definitions the other must not notice. */
const AT_ONCE = 2
/** Served besides the npm package's own. */
const SYSTEM_SERVERS = [15, 16, 17].map((major) => ({ major, binDir: `/usr/lib/postgresql/${major}/bin` }))

const { values, positionals } = parseArgs({ allowPositionals: true, options: { server: { type: 'string' } } })
const totals = { passed: 0, failed: 0, skipped: 0 }

function report(kind, line) {
  totals[kind] += 1
  console.log(line)
}

/** Runs one client's test and counts its lines. */
function runClient(client, world) {
  return new Promise((resolve) => {
    const started = Date.now()
    const label = `${world.major} ${client.name}`
    const child = spawn(client.command, client.args, { cwd: client.cwd, env: { ...process.env, ...world.env, ...client.env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const late = setTimeout(() => { child.kill('SIGKILL'); report('failed', `FAIL ${label}: did not end within ${CLIENT_MS / 1000} s`) }, CLIENT_MS)
    let rest = ''
    let noise = ''
    let failed = 0
    const line = (text) => {
      if (text.startsWith('ok ')) report('passed', `ok   ${label}: ${text.slice(3)}`)
      else if (text.startsWith('FAIL ')) { failed += 1; report('failed', `FAIL ${label}: ${text.slice(5)}`) }
      else if (text.startsWith('skipped: ')) report('skipped', `skipped: ${label}: ${text.slice(9)}`)
      else if (text.startsWith('version ')) console.log(`     ${label}: ${text.slice(8)}`)
      else noise += `${text}\n`
    }
    child.stdout.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const text of lines) line(text)
    })
    child.stderr.on('data', (chunk) => { noise += chunk })
    child.on('error', (error) => { report('failed', `FAIL ${label}: ${error.message}`) })
    child.on('close', (code) => {
      clearTimeout(late)
      if (rest !== '') line(rest)
      if (code !== 0 && failed === 0) report('failed', `FAIL ${label}: ended with ${code}`)
      if (code !== 0 && noise !== '') console.log(noise.slice(-4_000))
      console.log(`     ${label}: ${((Date.now() - started) / 1000).toFixed(0)} s`)
      resolve()
    })
  })
}

async function runServer(binDir, clients) {
  const world = await startWorld({ binDir, nowMs: Date.now() })
  const interrupted = () => { void world.stop().then(() => { process.exit(130) }) }
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupted)
  try {
    console.log(`\nPostgreSQL ${world.major}`)
    const waiting = [...clients]
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (let client = waiting.shift(); client !== undefined; client = waiting.shift()) {
        if ('missing' in client) report('skipped', `skipped: ${world.major} ${client.name}: ${client.missing}`)
        else await runClient(client, world)
      }
    }))
    for (const { name, problem } of await world.examine()) {
      if (problem === undefined) report('passed', `ok   ${world.major} afterwards: ${name}`)
      else report('failed', `FAIL ${world.major} afterwards: ${name}: ${problem}`)
    }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, interrupted)
    await world.stop()
  }
}

const clients = (positionals.length === 0 ? CLIENT_NAMES : positionals).flatMap((name) => findClient(name))
const servers = [...(isPostgresInstalled() ? [{ major: 18, binDir: undefined }] : []), ...SYSTEM_SERVERS.filter(({ binDir }) => existsSync(`${binDir}/initdb`))]
const chosen = servers.filter(({ major }) => values.server === undefined || String(major) === values.server)
if (chosen.length === 0) report('skipped', `skipped: PostgreSQL ${values.server ?? ''} missing`)
for (const { binDir } of chosen) await runServer(binDir, clients)
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exit(totals.failed === 0 ? 0 : 1)
