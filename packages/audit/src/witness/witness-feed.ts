/**
 * Brings a log's heads to its witnesses and keeps the last one that a quorum has cosigned beside the log. Runs in the background; whoever must not
 * go on without the witnesses waits for a head that covers their entry.
 */
import { AuditFault } from '../fault.ts'
import type { AuditClock } from '../log/clock.ts'
import type { ObjectStore } from '../log/object-store.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { isQuorum, type TlogPolicy } from '../verify/tlog-policy.ts'
import { WITNESSED_PATH } from '../verify/witnessed-head.ts'
import { WitnessClient, type CosignResult, type Post, type SignedHead } from './witness-client.ts'

export interface WitnessFeedOptions {
  /** Witnesses with their URLs, and the quorum. */
  readonly policy: TlogPolicy
  readonly post: Post
  /** Between two heads that are brought to the witnesses when nobody waits. Units: milliseconds. */
  readonly intervalMs: number
  /** How long somebody waits for a quorum. Units: milliseconds. */
  readonly timeoutMs: number
  /** Told when witnesses do not answer; literal-free, for the operator. */
  readonly warn: (line: string) => void
}

export interface WitnessFeedPorts {
  readonly clock: AuditClock
  readonly objects: ObjectStore
  /** The newest signed head. */
  readonly head: () => SignedHead
}

interface Waiter {
  readonly size: number
  readonly resolve: () => void
  readonly reject: (fault: AuditFault) => void
}

/** Between tries while somebody waits. */
const RETRY_MS = 1_000

export class WitnessFeed {
  readonly #options: WitnessFeedOptions
  readonly #ports: WitnessFeedPorts
  readonly #clients: ReadonlyMap<string, WitnessClient>
  readonly #stop = new AbortController()
  /** Resolves when the cosigned head cannot be stored, or somebody else stores one: the log must end. */
  readonly failed: Promise<AuditFault>
  readonly #announce: (fault: AuditFault) => void
  readonly #waiters = new Set<Waiter>()
  #witnessedSize = 0
  #version: string | undefined
  #running: Promise<void> | undefined
  #cancelTimer: (() => void) | undefined
  #lastWarning = ''

  private constructor(options: WitnessFeedOptions, ports: WitnessFeedPorts) {
    this.#options = options
    this.#ports = ports
    const { promise, resolve } = Promise.withResolvers<AuditFault>()
    this.failed = promise
    this.#announce = resolve
    this.#clients = new Map([...options.policy.witnesses].flatMap(([name, key]) => {
      const url = options.policy.witnessUrls.get(name)
      return url === undefined ? [] : [[name, new WitnessClient(url, key, options.post)] as const]
    }))
  }

  /** Takes up where the last process stood. */
  static async open(options: WitnessFeedOptions, ports: WitnessFeedPorts): Promise<WitnessFeed> {
    const feed = new WitnessFeed(options, ports)
    const found = await ports.objects.read(WITNESSED_PATH)
    const checkpoint = found === undefined ? undefined : parseCheckpoint(found.bytes)
    feed.#version = found?.version
    // Damaged, it is replaced by the next one: nothing rests on it but what verifiers are shown.
    feed.#witnessedSize = checkpoint?.kind === 'checkpoint' ? checkpoint.size : 0
    return feed
  }

  /** Entries under the last head that a quorum has cosigned. */
  get witnessedSize(): number {
    return this.#witnessedSize
  }

  /** Takes note of a new head. */
  headChanged(): void {
    if (this.#stop.signal.aborted || this.#running !== undefined) return
    this.#schedule(this.#waiters.size > 0 ? 0 : this.#options.intervalMs)
  }

  /**
   * Resolves when a head of at least this size has its quorum. The log has signed such a head, or is about to.
   * @throws {AuditFault} `quorum-missing` when it has not in time.
   */
  awaitQuorum(size: number): Promise<void> {
    if (this.#witnessedSize >= size) return Promise.resolve()
    if (this.#stop.signal.aborted) return Promise.reject(new AuditFault('closed', 'log: closed'))
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        cancel()
        this.#waiters.delete(waiter)
      }
      const waiter: Waiter = { size, resolve: () => { settle(); resolve() }, reject: (fault) => { settle(); reject(fault) } }
      const { timeoutMs } = this.#options
      const cancel = this.#ports.clock.after(timeoutMs, () => { waiter.reject(new AuditFault('quorum-missing', `witnesses: no quorum within ${timeoutMs} ms`)) })
      this.#waiters.add(waiter)
      this.headChanged()
    })
  }

  /** Stops asking. Whoever waits is refused. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.#cancelTimer?.()
    for (const waiter of this.#waiters) waiter.reject(new AuditFault('closed', 'log: closed'))
    await this.#running
  }

  #schedule(delayMs: number): void {
    if (delayMs === 0) {
      this.#cancelTimer?.()
      this.#cancelTimer = undefined
      this.#run()
      return
    }
    this.#cancelTimer ??= this.#ports.clock.after(delayMs, () => {
      this.#cancelTimer = undefined
      this.#run()
    })
  }

  #run(): void {
    this.#running ??= this.#bring().catch((error: unknown) => this.#end(error)).then((result) => {
      this.#running = undefined
      if (this.#stop.signal.aborted) return
      const isBehind = this.#ports.head().size > this.#witnessedSize
      if (this.#waiters.size > 0) this.#schedule(result === 'witnessed' ? 0 : RETRY_MS)
      else if (isBehind) this.#schedule(this.#options.intervalMs)
    })
  }

  async #bring(): Promise<'witnessed' | 'too-few'> {
    const head = this.#ports.head()
    const wanted = Math.min(...[...this.#waiters].map(({ size }) => size))
    // A waiter's entry is durable, its head not yet signed: what there is would not help it.
    if (head.size <= this.#witnessedSize || (this.#waiters.size > 0 && head.size < wanted)) return 'too-few'
    const results = await this.#ask(head)
    const cosigned = new Map([...results].flatMap(([name, result]) => (result.kind === 'cosigned' ? [[name, result.line] as const] : [])))
    if (!isQuorum(this.#options.policy.quorum, new Set(cosigned.keys()))) {
      this.#warn(results)
      return 'too-few'
    }
    this.#lastWarning = ''
    try {
      await this.#keep(head, [...cosigned.values()])
    } catch (error) {
      return this.#end(error)
    }
    for (const waiter of this.#waiters) if (waiter.size <= head.size) waiter.resolve()
    return 'witnessed'
  }

  /** All at once. While somebody waits, those that are slow are given up once there is a quorum. */
  async #ask(head: SignedHead): Promise<ReadonlyMap<string, CosignResult>> {
    const results = new Map<string, CosignResult>()
    const enough = Promise.withResolvers<void>()
    const deadline = new AbortController()
    const cancel = this.#ports.clock.after(this.#options.timeoutMs, () => { deadline.abort() })
    const signal = AbortSignal.any([this.#stop.signal, deadline.signal])
    const all = [...this.#clients].map(async ([name, client]) => {
      const result = await client.cosign(head, signal)
      results.set(name, result)
      if (this.#waiters.size > 0 && isQuorum(this.#options.policy.quorum, new Set([...results].filter(([, one]) => one.kind === 'cosigned').map(([one]) => one)))) enough.resolve()
    })
    await Promise.race([Promise.all(all), enough.promise])
    // One client asks one thing at a time: the slow ones have to end before the next head.
    deadline.abort()
    await Promise.all(all)
    cancel()
    return results
  }

  async #keep(head: SignedHead, lines: readonly string[]): Promise<void> {
    const note = Buffer.concat([head.note, Buffer.from(lines.join(''), 'utf8')])
    const replaced = await this.#ports.objects.replace(WITNESSED_PATH, note, this.#version)
    if (replaced.kind === 'conflict') throw new AuditFault('fork', 'witnesses: the cosigned head that is stored is not the one this process wrote')
    this.#version = replaced.version
    this.#witnessedSize = head.size
  }

  #end(error: unknown): 'too-few' {
    const fault = error instanceof AuditFault ? error : new AuditFault('recorder-failed', 'witnesses: the cosigned head could not be stored', { cause: error })
    this.#stop.abort(fault)
    for (const waiter of this.#waiters) waiter.reject(fault)
    this.#announce(fault)
    return 'too-few'
  }

  /** Once for the same trouble. A witness that is ahead of the log has seen entries that are not there any more. */
  #warn(results: ReadonlyMap<string, CosignResult>): void {
    const told = [...results].filter(([, { kind }]) => kind !== 'cosigned').map(([name, result]) => `${name}: ${result.kind === 'failed' ? result.why : result.kind === 'ahead' ? `has seen ${result.size} entries of this log, more than there are` : ''}`)
    const line = `warning: too few witnesses: ${told.join('; ')}`
    if (line !== this.#lastWarning) this.#options.warn(line)
    this.#lastWarning = line
  }
}
