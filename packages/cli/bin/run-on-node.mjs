/**
 * Finds a Node.js that is new enough and runs a script on it. Plain JavaScript that Node.js 16 can read: it is what tells somebody
 * with an old one what to do. In a checkout on Linux, npm has put a Node.js 24 into node_modules/.bin (a plain package, no install
 * script); elsewhere the one that runs has to be new enough.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** crypto.argon2 needs 24.7, the certificate's signature algorithm 24.9 (docs: engines in package.json). */
export const OLDEST_NODE = Object.freeze({ major: 24, minor: 9 })

/** Exit status when there is no usable Node.js: what the shell says for "found, but cannot run". */
const NO_NODE_STATUS = 1

/** @param {string} version `24.21.0`, with or without a `v`. */
export function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number)
  return major > OLDEST_NODE.major || (major === OLDEST_NODE.major && minor >= OLDEST_NODE.minor)
}

/**
 * @param {string} from A folder: `node_modules/.bin/node` is looked for there and in every folder above.
 * @returns {string | undefined} The path of a Node.js that is new enough: the running one, or the nearest that npm installed.
 */
export function findNode(from) {
  if (isNewEnough(process.versions.node)) return process.execPath
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', '.bin', 'node')
    if (existsSync(candidate)) {
      // It may be there and not run: built for another C library.
      const answer = spawnSync(candidate, ['--version'], { encoding: 'utf8' })
      if (answer.status === 0 && isNewEnough(answer.stdout.trim())) return candidate
    }
    if (dirname(folder) === folder) return undefined
  }
}

/** What to tell somebody whose Node.js is too old. */
export function describeMissingNode() {
  return [
    `Doorward needs Node.js ${OLDEST_NODE.major}.${OLDEST_NODE.minor} or newer; this is ${process.versions.node},`,
    'and the Node.js 24 that npm brings along on Linux (glibc, x64 and arm64) is not installed or does not run here.',
    'Install Node.js 24 from https://nodejs.org/en/download and run `npm install` again.',
    '',
  ].join('\n')
}

/**
 * Runs `node ...args` on a Node.js that is new enough; this process ends as that one does. Signals are handed on. The child has an
 * IPC channel whose end tells it that we are gone, whatever ended us.
 *
 * @param {readonly string[]} args
 * @param {string} from See {@link findNode}.
 */
export function runOnNode(args, from) {
  const node = findNode(from)
  if (node === undefined) {
    process.stderr.write(describeMissingNode())
    process.exitCode = NO_NODE_STATUS
    return
  }
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => { child.kill(signal) })
  child.on('error', (error) => {
    process.stderr.write(`cannot run ${node}: ${error.message}\n`)
    process.exitCode = NO_NODE_STATUS
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code === null ? NO_NODE_STATUS : code)
    for (const handled of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(handled)
    process.kill(process.pid, signal)
  })
}
