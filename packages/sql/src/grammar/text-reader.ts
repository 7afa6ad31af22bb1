/**
 * Reads statement texts: short ones at once, long ones in a worker thread under a time limit, so that no text of a caller's choosing
 * stops the others. A worker that exceeds its limit is ended, wherever its parser stands, and the next text gets a new one.
 */
import { Worker } from 'node:worker_threads'
import { loadGrammar, type Grammar } from './grammar.ts'
import { measureOperatorRuns } from './guard-text.ts'
import { readTextWith, type FailedReading, type TextReading } from './read-text.ts'
import { identifyUnparsed } from './redact.ts'

export interface ReaderLimits {
  /** A text of at most so many bytes, operator cost (guard-text.ts) and statements is read at once, in this thread. */
  readonly nowBytes: number
  readonly nowOperatorCost: number
  readonly nowStatements: number
  /** Statements of one text. */
  readonly maxStatements: number
  /** For one text in the worker, milliseconds. */
  readonly timeoutMs: number
  /** For a worker to start, milliseconds. */
  readonly startTimeoutMs: number
  /** Texts that may wait for the worker. */
  readonly maxWaiting: number
}

/** 64 kB parse in 5 ms; a worker starts in 0.13 s and reads 1 MB in 0.2 to 0.6 s. */
export const DEFAULT_READER_LIMITS: ReaderLimits = {
  nowBytes: 65_536, nowOperatorCost: 100_000, nowStatements: 64, maxStatements: 5_000, timeoutMs: 1_000, startTimeoutMs: 10_000, maxWaiting: 32,
}

/** Runs a function after some milliseconds, unless the function it returns is called first. */
export type Timer = (afterMs: number, run: () => void) => () => void

/** The part of a worker thread that is used; replaced in tests. */
export interface WorkerThread {
  post(request: WorkerRequest): void
  /** Ends it at once, also in the middle of a parse. */
  terminate(): void
}

export interface WorkerEvents {
  ready(): void
  reading(reading: TextReading): void
  /** It failed to start, ran out of memory, or ended by itself. */
  failed(): void
}

export interface WorkerRequest {
  readonly text: string
  readonly maxStatements: number
}

export interface TextReaderOptions {
  readonly limits?: Partial<ReaderLimits>
  readonly timer?: Timer
  readonly startWorker?: (events: WorkerEvents) => WorkerThread
}

export interface TextReader {
  /**
   * @param text A text that guard-text.ts passed.
   * @returns a reading; it never rejects.
   */
  read(text: string): Promise<TextReading>
  /** As {@link read}, undefined when the text is one for the worker. */
  readNow(text: string): TextReading | undefined
  /** The grammar of this thread, for short texts. */
  readonly grammar: Grammar
  /** Workers started, and ended for exceeding their time. */
  counters(): { readonly started: number; readonly timedOut: number }
  /** Ends the worker; what waits is answered `unavailable`, as is what comes later. */
  close(): void
}

export async function startTextReader(options: TextReaderOptions = {}): Promise<TextReader> {
  const limits = { ...DEFAULT_READER_LIMITS, ...options.limits }
  const grammar = await loadGrammar()
  const queue = new WorkerQueue(limits, options.startWorker ?? startGrammarWorker, options.timer ?? realTimer)
  const readNow = (text: string): TextReading | undefined => {
    if (Buffer.byteLength(text) > limits.nowBytes || measureOperatorRuns(text).cost > limits.nowOperatorCost) return undefined
    const reading = readTextWith(grammar, text, Math.min(limits.nowStatements, limits.maxStatements))
    return reading.kind === 'failed' && reading.reason === 'too-many' ? undefined : reading
  }
  return { grammar, readNow, read: async (text) => readNow(text) ?? queue.read(text), counters: () => queue.counters(), close: () => { queue.close() } }
}

interface Job {
  readonly text: string
  readonly done: (reading: TextReading) => void
}

/** One worker, one text at a time, the others in order. */
class WorkerQueue {
  readonly #limits: ReaderLimits
  readonly #startWorker: (events: WorkerEvents) => WorkerThread
  readonly #timer: Timer
  readonly #waiting: Job[] = []
  #worker: { readonly thread: WorkerThread; ready: boolean } | undefined
  #running: Job | undefined
  #cancelTimer: (() => void) | undefined
  #closed = false
  #started = 0
  #timedOut = 0

  constructor(limits: ReaderLimits, startWorker: (events: WorkerEvents) => WorkerThread, timer: Timer) {
    this.#limits = limits
    this.#startWorker = startWorker
    this.#timer = timer
  }

  counters(): { readonly started: number; readonly timedOut: number } { return { started: this.#started, timedOut: this.#timedOut } }

  read(text: string): Promise<TextReading> {
    if (this.#closed) return Promise.resolve(failedReading(text, 'unavailable'))
    if (this.#waiting.length >= this.#limits.maxWaiting) return Promise.resolve(failedReading(text, 'busy'))
    return new Promise((resolve) => {
      this.#waiting.push({ text, done: resolve })
      this.#next()
    })
  }

  close(): void {
    this.#closed = true
    this.#drop('unavailable')
    for (const job of this.#waiting.splice(0)) job.done(failedReading(job.text, 'unavailable'))
  }

  #next(): void {
    if (this.#running !== undefined || this.#waiting.length === 0 || this.#closed) return
    const worker = this.#worker ?? this.#start()
    if (!worker.ready) return
    const job = this.#waiting.shift()
    if (job === undefined) return
    this.#running = job
    this.#watch(this.#limits.timeoutMs)
    worker.thread.post({ text: job.text, maxStatements: this.#limits.maxStatements })
  }

  /** Events of a worker that was dropped meanwhile find it replaced, and are ignored. */
  #start(): { readonly thread: WorkerThread; ready: boolean } {
    this.#started += 1
    const isCurrent = (): boolean => this.#worker === worker
    const thread = this.#startWorker({
      ready: () => {
        if (!isCurrent()) return
        worker.ready = true
        this.#unwatch()
        this.#next()
      },
      reading: (reading) => { if (isCurrent()) this.#finish(reading) },
      failed: () => { if (isCurrent()) this.#fail('broken') },
    })
    const worker = { thread, ready: false }
    this.#worker = worker
    this.#watch(this.#limits.startTimeoutMs)
    return worker
  }

  #watch(limitMs: number): void {
    this.#unwatch()
    this.#cancelTimer = this.#timer(limitMs, () => {
      this.#timedOut += 1
      this.#fail('time')
    })
  }

  #unwatch(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #finish(reading: TextReading): void {
    const job = this.#running
    this.#running = undefined
    this.#unwatch()
    job?.done(reading)
    this.#next()
  }

  /** A worker that fails while starting fails the text that asked for it: a broken installation must not start workers for ever. */
  #fail(reason: FailedReading['reason']): void {
    this.#running ??= this.#waiting.shift()
    this.#drop(reason)
    this.#next()
  }

  #drop(reason: FailedReading['reason']): void {
    this.#unwatch()
    this.#worker?.thread.terminate()
    this.#worker = undefined
    const job = this.#running
    this.#running = undefined
    job?.done(failedReading(job.text, reason))
  }
}

function failedReading(text: string, reason: FailedReading['reason']): FailedReading {
  return { kind: 'failed', reason, identity: identifyUnparsed(Buffer.from(text, 'utf8')) }
}

const realTimer: Timer = (afterMs, run) => {
  const timer = setTimeout(run, afterMs)
  return () => { clearTimeout(timer) }
}

/** With a stack of 16 MiB chains of 50,000 operators parse; above that C overruns its own stack into its data (STACK.md). */
const WORKER_LIMITS = { stackSizeMb: 16, maxOldGenerationSizeMb: 1_024 }

function startGrammarWorker(events: WorkerEvents): WorkerThread {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./grammar-worker.${extension}`, import.meta.url), { resourceLimits: WORKER_LIMITS })
  worker.unref()
  // `kind` and `reading` are our own words: the other end is grammar-worker.ts.
  worker.on('message', (message: { readonly kind: 'ready' } | { readonly kind: 'reading'; readonly reading: TextReading }) => {
    if (message.kind === 'ready') events.ready()
    else events.reading(message.reading)
  })
  worker.on('error', () => { events.failed() })
  worker.on('exit', () => { events.failed() })
  return {
    post: (request) => { worker.postMessage(request) },
    terminate: () => { void worker.terminate() },
  }
}
