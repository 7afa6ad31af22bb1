/**
 * Group commit: while one batch is being made durable, arrivals form the next. Numbers are given in the order of arrival; nobody is
 * answered before the disk has. One batch is under way at a time. What nobody waits for goes with the next that somebody does, or by itself a
 * little later.
 */
import type { Receipt } from '@doorward/core'
import { AuditFault } from '../fault.ts'

/** Bytes in one batch; what is beyond goes into the next. Bounds how long the first of a batch waits for the last. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024
/** Bytes waiting. Callers wait for their own append, so this is reached only when thousands of sessions wait for a stuck disk. */
const MAX_BACKLOG_BYTES = 128 * 1024 * 1024

export interface GroupCommitPorts {
  /** Makes a batch durable; one call at a time. A rejection ends the log. */
  readonly write: (firstIndex: number, entries: readonly Buffer[]) => Promise<void>
  /** Called in order when a batch is durable and its callers are answered. */
  readonly onDurable: (entries: readonly Buffer[]) => void
  /** Work for the time the disk needs anyway. */
  readonly meanwhile: () => void
  readonly onError: (error: unknown) => void
  /** Calls back a little later. @returns cancels it. */
  readonly soon: (run: () => void) => () => void
}

interface Waiting {
  readonly bytes: Buffer
  readonly resolve: (receipt: Receipt) => void
  readonly reject: (fault: AuditFault) => void
}

export class GroupCommit {
  readonly #origin: string
  readonly #ports: GroupCommitPorts
  #nextIndex: number
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #running: Promise<void> | undefined
  /** Somebody waits for what is waiting. */
  #due: 'yes' | 'no' = 'no'
  #cancelSoon: (() => void) | undefined
  #refusal: AuditFault | undefined

  constructor(origin: string, nextIndex: number, ports: GroupCommitPorts) {
    this.#origin = origin
    this.#nextIndex = nextIndex
    this.#ports = ports
  }

  /** The index after the last durable entry. */
  get durableEnd(): number {
    return this.#nextIndex
  }

  /**
   * @param when `soon`: nobody waits for it; it is written with the next entry, or by itself after a moment.
   * @returns resolves when durable. @throws {AuditFault} `backlog-full`, or why the log ended.
   */
  add(bytes: Buffer, when: 'now' | 'soon' = 'now'): Promise<Receipt> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal)
    if (this.#waitingBytes + bytes.length > MAX_BACKLOG_BYTES) {
      return Promise.reject(new AuditFault('backlog-full', `log: ${this.#waitingBytes} bytes wait for the disk`))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, resolve, reject })
      this.#waitingBytes += bytes.length
      if (when === 'now') this.#go()
      else this.#cancelSoon ??= this.#ports.soon(() => { this.#go() })
    })
  }

  /** Refuses what waits and what comes; the batch under way is left to its end. */
  refuse(fault: AuditFault): void {
    this.#refusal ??= fault
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    this.#wrote()
    for (const { reject } of waiting) reject(this.#refusal)
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    if (this.#waiting.length > 0) this.#go()
    while (this.#running !== undefined) await this.#running
  }

  #go(): void {
    this.#due = 'yes'
    this.#running ??= this.#run()
  }

  /** Nothing waits any more. */
  #wrote(): void {
    this.#due = 'no'
    this.#cancelSoon?.()
    this.#cancelSoon = undefined
  }

  async #run(): Promise<void> {
    // One tick: all who are woken by the same event, or by the last batch, get into one batch.
    await nextTick()
    while (this.#due === 'yes' && this.#waiting.length > 0) {
      await this.#commit(this.#takeBatch())
      await nextTick()
    }
    this.#running = undefined
    this.#ports.meanwhile()
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const firstIndex = this.#nextIndex
    const entries = batch.map(({ bytes }) => bytes)
    try {
      const written = this.#ports.write(firstIndex, entries)
      this.#ports.meanwhile()
      await written
    } catch (error) {
      // Whether these entries are on disk is not known; nobody is told they are.
      this.#ports.onError(error)
      const fault = this.#refusal ?? new AuditFault('recorder-failed', 'log: a batch could not be made durable', { cause: error })
      this.refuse(fault)
      for (const { reject } of batch) reject(fault)
      return
    }
    // Durable from here: after a crash these entries are there.
    this.#nextIndex = firstIndex + batch.length
    for (const [offset, { resolve }] of batch.entries()) resolve({ origin: this.#origin, index: firstIndex + offset })
    this.#ports.onDurable(entries)
  }

  #takeBatch(): readonly Waiting[] {
    let bytes = 0
    let count = 0
    while (count < this.#waiting.length && (count === 0 || bytes < MAX_BATCH_BYTES)) bytes += this.#waiting[count++]?.bytes.length ?? 0
    this.#waitingBytes -= bytes
    const batch = this.#waiting.splice(0, count)
    if (this.#waiting.length === 0) this.#wrote()
    return batch
  }
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => { process.nextTick(resolve) })
}
