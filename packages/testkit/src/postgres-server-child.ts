/**
 * Our side of the keeper process: starts a command that cannot outlive us, tells when it ends, and stops it.
 * The other side is `postgres-server-keeper.ts`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { KeeperOrder } from './postgres-server-keeper.ts'
import { TestkitFault } from './testkit-fault.ts'

export interface KeptChild {
  /** The command's own pid, not the keeper's. */
  readonly pid: number
  /** Resolves with the exit status when the command ends by itself; -1 when a signal ended it or it did not start. */
  readonly ended: Promise<number>
  /** Whether the command still runs, as far as the keeper has told. */
  isRunning(): boolean
  /** Stops the command if it runs, and resolves when keeper and command are gone. `remove`: the folders named in the order go too. */
  stop(folders: 'keep' | 'remove'): Promise<void>
}

/**
 * @param logFile Takes what command and keeper write; appended, readable by its owner only.
 * @throws {TestkitFault} `postgres-failed` when the command cannot be started.
 */
export async function startKept(order: KeeperOrder, logFile: string): Promise<KeptChild> {
  const log = openSync(logFile, 'a', 0o600)
  const keeper = spawn(process.execPath, [keeperPath(), JSON.stringify(order)], { cwd: '/', detached: true, env: order.env, stdio: ['pipe', 'pipe', log] })
  closeSync(log)
  const { stdin, stdout } = keeper
  if (stdin === null || stdout === null) throw new TestkitFault('postgres-failed', 'the keeper has no pipes') // stdio above asks for both
  const gone = once(keeper, 'exit')
  const ended = Promise.withResolvers<number>()
  const started = Promise.withResolvers<number>()
  let running = true
  const onEnd = (code: number): void => { running = false; ended.resolve(code); started.resolve(0) }
  createInterface({ input: stdout }).on('line', (line) => {
    const [word, value] = line.split(' ')
    if (word === 'pid') started.resolve(Number(value))
    if (word === 'exit') onEnd(Number(value))
  })
  keeper.on('exit', () => { onEnd(-1) })
  keeper.on('error', () => { onEnd(-1) })
  // The keeper reads until the end; a write after its death is an EPIPE that its exit has already told.
  stdin.on('error', () => { onEnd(-1) })

  let stopped: Promise<void> | undefined
  const stop = (folders: 'keep' | 'remove'): Promise<void> => {
    stopped ??= (async () => {
      stdin.end(folders === 'keep' ? 'keep\n' : '')
      await gone
    })()
    return stopped
  }
  const pid = await started.promise
  if (pid === 0) {
    await stop('keep')
    throw new TestkitFault('postgres-failed', `the command did not start:\n${readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-3).join('\n')}`)
  }
  return { pid, ended: ended.promise, isRunning: () => running, stop }
}

/** The keeper's file lies beside this one, as source or as built. */
function keeperPath(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return fileURLToPath(new URL(`./postgres-server-keeper.${extension}`, import.meta.url))
}
