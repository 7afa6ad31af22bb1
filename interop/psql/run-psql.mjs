// Starts psql, the way a person does: connection string, password in the environment, commands on standard input or from a file.
import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from '../check.mjs'

const SECRETS = { ada: 'ADA', dana: 'DANA', evan: 'EVAN', scout: 'SCOUT', hana: 'HANA' }

/** Where psql goes: the gateway with TLS, the gateway in plaintext, or the server itself. */
export function conninfo(user, to = 'tls', more = '') {
  if (to === 'direct') return `host=127.0.0.1 port=${env('DIRECT_PORT')} user=${env('DIRECT_USER')} dbname=clinic sslmode=verify-full sslrootcert=${env('DIRECT_CA')} ${more}`
  if (to === 'plain') return `host=localhost hostaddr=127.0.0.1 port=${env('PLAIN_PORT')} user=${user} dbname=clinic sslmode=disable ${more}`
  return `host=localhost hostaddr=127.0.0.1 port=${env('TLS_PORT')} user=${user} dbname=clinic sslmode=verify-full sslrootcert=${env('CA')} ${more}`
}

/**
 * @param {{ user?: string, to?: string, more?: string, script?: string, args?: string[], password?: string, options?: string, interrupt?: RegExp, conn?: string }} how
 *   `script`: on standard input with ON_ERROR_STOP off, echoing nothing. `interrupt`: Ctrl-C once the output matches.
 * @returns {Promise<{ code: number, out: string, err: string, all: string }>}
 */
export function psql(how) {
  const { user = 'ada', to = 'tls', more = '', script, args = [], password, options, conn } = how
  const child = spawn(process.env.IT_PSQL ?? 'psql', ['-X', '-d', conn ?? conninfo(user, to, more), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env, LC_ALL: 'C.UTF-8', PGCLIENTENCODING: 'UTF8', PSQL_PAGER: '', PAGER: '', PGCONNECT_TIMEOUT: '20', PGTZ: 'UTC',
      PGPASSWORD: password ?? (to === 'direct' ? env('DIRECT_PASSWORD') : env(`SECRET_${SECRETS[user] ?? 'ADA'}`)), ...(options === undefined ? {} : { PGOPTIONS: options }),
    },
  })
  return new Promise((resolve, reject) => {
    let out = ''
    let err = ''
    let all = ''
    let interrupted = false
    const look = () => { if (how.interrupt?.test(all) === true && !interrupted) { interrupted = true; child.kill('SIGINT') } }
    child.stdout.on('data', (chunk) => { out += chunk; all += chunk; look() })
    child.stderr.on('data', (chunk) => { err += chunk; all += chunk; look() })
    child.on('error', reject)
    child.on('close', (code) => { resolve({ code: code ?? -1, out, err, all }) })
    child.stdin.on('error', () => undefined)
    child.stdin.end(script ?? '')
  })
}

/** A folder for the files that \copy and -f read and write. */
export function scratchFolder() {
  const dir = mkdtempSync(join(tmpdir(), 'doorward-psql-'))
  return { dir, write: (name, text) => { writeFileSync(join(dir, name), text); return join(dir, name) }, path: (name) => join(dir, name) }
}
