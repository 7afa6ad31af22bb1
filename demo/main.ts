/**
 * `npm start`: the demo until Ctrl-C, or with `--tour` a tour that ends by itself. `--dir FOLDER` keeps the demo's files elsewhere than in
 * data/demo.
 */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Fault } from '@doorward/core'
import { ConfigFault, formatProblems } from '@doorward/gateway'
import { awaitStop } from 'doorward'
import { takeDemoLock } from './demo-lock.ts'
import { describeDemo } from './screen.ts'
import { startDemo } from './start-demo.ts'
import { runTour } from './tour.ts'

const SOURCE = import.meta.dirname
const DEFAULT_DIR = join(SOURCE, '..', 'data', 'demo')
/** Those of DESIGN.md's example. */
const PORTS = { postgres: 6432, console: 8600 }

// Whoever read our output has gone (`| head`): we go on without a reader, to the end and its cleaning up.
process.stdout.on('error', () => { process.exitCode = 1 })
const status = await main(process.argv.slice(2))
// Sockets that clients still hold are not worth waiting for.
process.exit(status)

async function main(args: readonly string[]): Promise<number> {
  const stopped = awaitStop()
  try {
    const { values } = parseArgs({ args: [...args], options: { tour: { type: 'boolean', default: false }, dir: { type: 'string', default: DEFAULT_DIR } } })
    return values.tour ? await runTour({ source: SOURCE, stopped, print }) : await runDemo(resolve(values.dir), stopped)
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`)
    return 1
  }
}

async function runDemo(dir: string, stopped: Promise<string>): Promise<number> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const lock = takeDemoLock(dir)
  if (lock === undefined) {
    process.stderr.write('the demo already runs from this folder: stop that one first, or start with -- --dir FOLDER\n')
    return 1
  }
  print('starting PostgreSQL, a synthetic clinic and Doorward ...')
  const demo = await startDemo({ dir, source: SOURCE, ports: PORTS, nowMs: Date.now(), log: (line) => { process.stderr.write(`${line}\n`) } })
  print(describeDemo(demo, process.env['PATH'] ?? '', process.cwd()))
  const reason = await Promise.race([stopped, demo.database.server.ended.then(() => undefined)])
  print(reason === undefined ? 'PostgreSQL ended by itself; stopping' : 'stopping ...')
  await demo.stop()
  lock.release()
  return reason === undefined ? 1 : 0
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function describeFailure(error: unknown): string {
  if (error instanceof ConfigFault) return formatProblems(error.problems, () => undefined)
  if (error instanceof Fault) return `the demo failed: ${error.message} (${error.code})`
  if (error instanceof Error && 'code' in error && error.code === 'EACCES') return `${error.message}\nthe folder belongs to another user: start as that user, or with -- --dir FOLDER`
  return error instanceof Error ? error.stack ?? error.message : 'unknown fault'
}
