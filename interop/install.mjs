/**
 * Which clients are here, and how each is started. What can be fetched without asking anybody is fetched into node_modules/.cache/interop;
 * as root where apt-get is, system packages are installed too, so that CI runs them. What cannot be had is missing, and never a failure.
 * DOORWARD_INTEROP_INSTALL=no: nothing is fetched or installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CACHE = join(ROOT, 'node_modules', '.cache', 'interop')
const PGJDBC = '42.7.14'
const FETCH_MS = 300_000
const BUILD_MS = 300_000

const mayInstall = process.env.DOORWARD_INTEROP_INSTALL !== 'no'

/** @typedef {{ name: string, command: string, args: string[], env?: Record<string, string>, cwd?: string }} Client */
/** @typedef {{ name: string, missing: string }} Missing */

/** In the order in which they run. */
export const CLIENT_NAMES = ['psql', 'pg_dump', 'node-postgres', 'postgres.js', 'psycopg', 'pgjdbc', 'pgx']

/** @returns {(Client | Missing)[]} one or more for each name: every version of psql that is installed counts. */
export function findClient(name) {
  mkdirSync(CACHE, { recursive: true })
  switch (name) {
    case 'psql': return findSystemClient(name, 'IT_PSQL', 'psql/psql.mjs')
    case 'pg_dump': return findSystemClient(name, 'IT_PG_DUMP', 'pg-dump/pg-dump.mjs')
    case 'node-postgres': return [findNpm(name, ['pg', 'pg-cursor', 'pg-copy-streams'], 'node-postgres/node-postgres.mjs')]
    case 'postgres.js': return [findNpm(name, ['postgres'], 'postgres-js/postgres-js.mjs')]
    case 'psycopg': return [findPsycopg()]
    case 'pgjdbc': return [findPgjdbc()]
    case 'pgx': return [findPgx()]
    default: throw new Error(`no client of the name ${name}: expected one of ${CLIENT_NAMES.join(', ')}`)
  }
}

/** Every version of it that the system has, and what the variable names. */
function findSystemClient(name, variable, file) {
  if (!run(name, ['--version']).works) installPackages('postgresql-client')
  const found = new Map()
  for (const path of [name, ...globSync(`/usr/lib/postgresql/*/bin/${name}`), `/usr/local/pgsql/bin/${name}`, ...(process.env[variable] === undefined ? [] : [process.env[variable]])]) {
    const { works, out } = run(path, ['--version'])
    const version = /\d+(\.\d+)?/.exec(out)?.[0]
    if (works && version !== undefined && !found.has(version)) found.set(version, path)
  }
  if (found.size === 0) return [{ name, missing: `${name} missing` }]
  return [...found].map(([version, path]) => ({ name: `${name} ${version}`, command: process.execPath, args: [join(HERE, file)], env: { [variable]: path } }))
}

function findNpm(name, packages, file) {
  const absent = packages.find((each) => !existsSync(join(ROOT, 'node_modules', each)))
  return absent === undefined ? { name, command: process.execPath, args: [join(HERE, file)] } : { name, missing: `${absent} missing` }
}

function findPsycopg() {
  const name = 'psycopg'
  const start = (python) => ({ name, command: python, args: [join(HERE, 'psycopg/main.py')], env: { PYTHONDONTWRITEBYTECODE: '1' } })
  const wanted = readFileSync(join(HERE, 'psycopg/requirements.txt'), 'utf8')
  const venv = join(CACHE, 'psycopg')
  const python = join(venv, 'bin', 'python')
  const isReady = () => run(python, ['-c', 'import psycopg, psycopg_pool, importlib.metadata as m, sys; sys.exit(any(m.version(w.split("==")[0].split("[")[0]) != w.split("==")[1] for w in sys.argv[1].split()))', wanted]).works
  if (isReady()) return start(python)
  if (!mayInstall) return run('python3', ['-c', 'import psycopg, psycopg_pool']).works ? start('python3') : { name, missing: 'psycopg missing' }
  // Debian's python3 comes without what makes a virtual environment.
  if (!run('python3', ['-c', 'import venv, ensurepip']).works) installPackages('python3', 'python3-venv')
  rmSync(venv, { recursive: true, force: true })
  if (!run('python3', ['-m', 'venv', venv], { ms: FETCH_MS }).works) return { name, missing: 'python3 with venv missing' }
  const fetched = run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '-r', join(HERE, 'psycopg/requirements.txt')], { ms: FETCH_MS })
  return fetched.works && isReady() ? start(python) : { name, missing: 'psycopg missing: pip could not fetch it' }
}

function findPgjdbc() {
  const name = 'pgjdbc'
  if (!run('javac', ['-version']).works || !run('java', ['-version']).works) return { name, missing: 'java and javac missing' }
  const jar = findDriver()
  if (jar === undefined) return { name, missing: 'pgjdbc missing: neither mvn nor a system package has it' }
  const classes = join(CACHE, 'pgjdbc', 'classes')
  rmSync(classes, { recursive: true, force: true })
  mkdirSync(classes, { recursive: true })
  const built = run('javac', ['-encoding', 'UTF-8', '-d', classes, '-cp', jar, ...globSync(join(HERE, 'pgjdbc/*.java'))], { ms: BUILD_MS })
  if (!built.works) return failing(name, built.out)
  return { name, command: 'java', args: ['-Dfile.encoding=UTF-8', '-cp', `${jar}:${classes}`, 'Main'] }
}

/** @returns the driver's jar: fetched before, fetched now, or the system's. */
function findDriver() {
  const folder = join(CACHE, 'pgjdbc')
  const jar = join(folder, `postgresql-${PGJDBC}.jar`)
  if (existsSync(jar)) return jar
  mkdirSync(folder, { recursive: true })
  if (mayInstall && run('mvn', ['-version']).works) {
    run('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=org.postgresql:postgresql:${PGJDBC}`, `-DoutputDirectory=${folder}`], { ms: FETCH_MS, cwd: folder })
    if (existsSync(jar)) return jar
  }
  const system = '/usr/share/java/postgresql.jar'
  if (!existsSync(system)) installPackages('libpostgresql-jdbc-java')
  return existsSync(system) ? system : undefined
}

function findPgx() {
  const name = 'pgx'
  const cwd = join(HERE, 'pgx')
  if (!run('go', ['version']).works) return { name, missing: 'go missing' }
  if (!run('go', ['mod', 'download'], { cwd, ms: FETCH_MS, ...(mayInstall ? {} : { env: { GOPROXY: 'off' } }) }).works) return { name, missing: 'pgx missing: go could not fetch it' }
  const program = join(CACHE, 'pgx-test')
  const built = run('go', ['build', '-o', program, '.'], { cwd, ms: BUILD_MS })
  return built.works ? { name, command: program, args: [] } : failing(name, built.out)
}

/** A test that cannot be built is a failure, not a client that is missing. */
function failing(name, why) {
  return { name, command: process.execPath, args: ['-e', 'console.log(`FAIL builds: ${process.argv[1]}`); process.exit(1)', why.replaceAll(/\s*\n\s*/g, ' | ').slice(0, 1000)] }
}

let indexed = false

/** As root, where apt-get is. Whether it worked is for the caller to see. */
function installPackages(...packages) {
  if (!mayInstall || process.getuid?.() !== 0 || !run('apt-get', ['--version']).works) return
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  if (!indexed) run('apt-get', ['update', '-q'], { ms: FETCH_MS, env })
  indexed = true
  console.log(`installing ${packages.join(' ')}`)
  run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { ms: FETCH_MS, env })
}

function run(command, args, { ms = 60_000, cwd, env = {} } = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: ms, cwd, env: { ...process.env, ...env }, maxBuffer: 16 * 1024 * 1024 })
  return { works: status === 0, out: `${stdout ?? ''}${stderr ?? ''}` }
}
