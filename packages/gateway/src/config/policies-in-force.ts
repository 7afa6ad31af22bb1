/**
 * The policies that decide now, and how they are exchanged while sessions live: files are looked at every second, read when they have come to
 * rest, and take effect only as a whole, valid, and recorded. Invalid files change nothing, loudly: the last valid ones stay.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '@doorward/core'
import type { ConfigProblem, PolicySnapshot } from '@doorward/policy'
import { reloadPolicies, type CheckedConfig } from './check-config.ts'
import type { ConfigFiles } from './node-files.ts'

const LOOK_EVERY_MS = 1_000

export interface PoliciesInForceParts {
  readonly checked: CheckedConfig
  readonly files: ConfigFiles
  readonly after: (delayMs: number, run: () => void) => () => void
  /** Resolves once it is durable that these policies are in force. */
  recordChange(next: PolicySnapshot): Promise<void>
  recordRejection(problems: readonly ConfigProblem[]): Promise<void>
  /** They are in force: sessions and requests are looked at again. */
  changed(): Promise<void>
  /** For operators. */
  readonly log: (line: string) => void
}

export type Reloaded = { readonly kind: 'unchanged' | 'changed' } | { readonly kind: 'rejected'; readonly problems: readonly ConfigProblem[] }

export class PoliciesInForce {
  readonly #parts: PoliciesInForceParts
  #current: PolicySnapshot
  #turn: Promise<unknown> = Promise.resolve()
  #stop: () => void = () => undefined
  #stage: 'watching' | 'stopped' = 'stopped'

  constructor(parts: PoliciesInForceParts) {
    this.#parts = parts
    this.#current = parts.checked.policies
  }

  get current(): PolicySnapshot { return this.#current }

  /** Reads the files now. One reload at a time. @throws when the change could not be recorded; the old policies stay then. */
  reload(): Promise<Reloaded> {
    const mine = this.#turn.then(() => this.#reloadNow())
    this.#turn = mine.then(() => undefined, () => undefined) // the next waits; the failure is its caller's
    return mine
  }

  /** Looks at the files from now on. */
  async watch(): Promise<void> {
    this.#stage = 'watching'
    const loaded = await this.#stamp()
    this.#look(loaded, loaded)
  }

  stop(): void {
    this.#stage = 'stopped'
    this.#stop()
  }

  async #reloadNow(): Promise<Reloaded> {
    const { checked, files, log } = this.#parts
    const read = reloadPolicies(checked, files)
    if (read.kind === 'invalid') {
      log(`POLICIES NOT LOADED: ${read.problems.length} problems; those of version ${this.#current.version.slice(0, 12)} stay in force`)
      for (const problem of read.problems.slice(0, 20)) log(`  ${problem.file}:${problem.line}:${problem.column}: ${problem.message}`)
      await this.#parts.recordRejection(read.problems)
      return { kind: 'rejected', problems: read.problems }
    }
    if (read.snapshot.version === this.#current.version) return { kind: 'unchanged' }
    await this.#parts.recordChange(read.snapshot)
    this.#current = read.snapshot
    log(`policies of version ${read.snapshot.version.slice(0, 12)} are in force`)
    await this.#parts.changed()
    return { kind: 'changed' }
  }

  /** @param loaded What the files looked like when they were last read. @param seen At the last look: files that still change are left alone. */
  #look(loaded: string, seen: string): void {
    if (this.#stage === 'stopped') return
    this.#stop = this.#parts.after(LOOK_EVERY_MS, () => {
      this.#lookNow(loaded, seen).catch((error: unknown) => {
        this.#parts.log(`POLICIES NOT LOADED: ${error instanceof Fault ? error.code : error instanceof Error ? error.name : 'unknown'}`)
        this.#look(loaded, seen)
      })
    })
  }

  async #lookNow(loaded: string, seen: string): Promise<void> {
    const stamp = await this.#stamp()
    if (stamp !== loaded && stamp === seen) {
      await this.reload()
      this.#look(stamp, stamp)
    } else {
      this.#look(loaded, stamp)
    }
  }

  /** Names, sizes and times of every file there is. */
  async #stamp(): Promise<string> {
    const parts: string[] = []
    for (const { value: path } of this.#parts.checked.policyPaths) {
      const names = await namesIn(path)
      for (const name of names.toSorted()) parts.push(await stampOf(name))
    }
    return parts.join('\n')
  }
}

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).map((name) => join(path, name))
  } catch {
    return [path] // a file, or nothing: its stamp says which
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(path)
    return `${path} ${size} ${mtimeMs} ${ino}`
  } catch {
    return `${path} missing`
  }
}
