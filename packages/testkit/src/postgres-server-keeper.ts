/**
 * The process between us and a PostgreSQL server that we start: it runs one command, tells us its pid, and stops it when its
 * standard input ends. The kernel closes that pipe however its other end dies, `kill -9` included, so no server outlives the
 * process that asked for it. It runs in a session of its own: Ctrl-C in a terminal reaches the parent alone, and the parent's end
 * is what stops the server.
 *
 * Started by `postgres-server-child.ts` only. One argument, JSON: {@link KeeperOrder}. It writes lines: `pid N`, `exit N`. It reads
 * one: `keep`, after which nothing is removed. Known to be missed: `kill -9` of this process itself leaves the server running.
 */
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

export interface KeeperOrder {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** The account the command runs as; undefined: ours. */
  readonly account: { readonly uid: number; readonly gid: number } | undefined
  /** Removed at the end, unless told `keep`. */
  readonly remove: readonly string[]
}

/** A fast shutdown rolls back and disconnects: more than this and something hangs. */
const FAST_SHUTDOWN_MS = 10_000
const IMMEDIATE_SHUTDOWN_MS = 5_000

function keep(order: KeeperOrder): void {
  let ended = false
  let stopping = false
  let remove = order.remove
  const child = spawn(order.command, order.args, { cwd: '/', env: order.env, stdio: ['ignore', 'inherit', 'inherit'], ...(order.account ?? {}) })

  const leave = (): void => {
    for (const path of remove) rmSync(path, { recursive: true, force: true })
    process.exit(0)
  }
  const stop = (): void => {
    if (stopping) return
    stopping = true
    if (ended) leave()
    child.kill('SIGINT') // PostgreSQL's fast shutdown; initdb cleans up on it too
    setTimeout(() => { child.kill('SIGQUIT') }, FAST_SHUTDOWN_MS)
    setTimeout(() => { child.kill('SIGKILL') }, FAST_SHUTDOWN_MS + IMMEDIATE_SHUTDOWN_MS)
  }
  const onEnd = (code: number | null): void => {
    ended = true
    if (stopping) leave()
    process.stdout.write(`exit ${code ?? -1}\n`)
  }

  // A parent that died no longer reads: the line is lost, and the end of stdin says the rest.
  process.stdout.on('error', stop)
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => { if (line === 'keep') remove = [] })
  lines.on('close', stop)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  child.on('spawn', () => { process.stdout.write(`pid ${child.pid ?? 0}\n`) })
  child.on('error', (error) => { process.stderr.write(`${error.message}\n`); onEnd(null) })
  child.on('exit', onEnd)
}

// A JSON text that we wrote ourselves, in postgres-server-child.ts.
keep(JSON.parse(process.argv[2] ?? '{}') as KeeperOrder)
