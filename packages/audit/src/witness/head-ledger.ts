/**
 * What a witness or a signer remembers: for each log the last head it vouched for. It moves only forward, only along consistency proofs, and a
 * move is durable before anybody is told. One process per folder.
 */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { AuditFault } from '../fault.ts'
import { errorCode, type FileSystem } from '../log/file-system.ts'
import { takeLock, type Lock, type ProcessTable } from '../log/lock.ts'
import { makeRoot, publishFile } from '../log/publish.ts'
import { isConsistent } from '../merkle/proof.ts'
import { parseCheckpointText, type TreeHead } from '../note/checkpoint.ts'

export interface Step {
  readonly origin: string
  /** The size that the proof begins at: what the asker believes was vouched for last. */
  readonly oldSize: number
  readonly proof: readonly Buffer[]
  readonly head: TreeHead
  /** What is kept: a checkpoint's text, alone or with its signatures. Its first lines name this origin and this head. */
  readonly record: Buffer
}

export type StepResult =
  | { readonly kind: 'vouched' }
  /** The ledger stands at another size. */
  | { readonly kind: 'conflict'; readonly size: number }
  /** The same size, another root: two histories. */
  | { readonly kind: 'fork'; readonly size: number }
  | { readonly kind: 'not-consistent' }

const RECORD_SUFFIX = '.head'

export class HeadLedger {
  readonly #fs: FileSystem
  readonly #dir: string
  readonly #lock: Lock
  readonly #heads: Map<string, TreeHead>
  #running: Promise<unknown> = Promise.resolve()
  #fault: AuditFault | undefined

  private constructor(fs: FileSystem, dir: string, lock: Lock, heads: Map<string, TreeHead>) {
    this.#fs = fs
    this.#dir = dir
    this.#lock = lock
    this.#heads = heads
  }

  /** @throws {AuditFault} `locked`; `head-invalid` when a record is damaged: a ledger that forgot would vouch for anything. */
  static async open(fs: FileSystem, dir: string, processes: ProcessTable): Promise<HeadLedger> {
    await makeRoot(fs, dir)
    const lock = await takeLock(fs, dir, processes)
    try {
      return new HeadLedger(fs, dir, lock, await readRecords(fs, dir))
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** The last head vouched for; undefined: none of this origin. */
  last(origin: string): TreeHead | undefined {
    return this.#heads.get(origin)
  }

  /**
   * Moves on to a head that extends the last one. When it answers `vouched` this is durable, and only then may anything be signed. The same head
   * again is vouched for again.
   *
   * @throws {AuditFault} `recorder-failed` when the disk fails; from then on always, since what is on disk is not known.
   */
  advance(step: Step): Promise<StepResult> {
    // Compared and stored in one turn: two askers of one origin cannot both build on the same head.
    const turn = this.#running.then(() => this.#advance(step))
    this.#running = turn.catch((error: unknown) => { this.#fault ??= toFault(error) })
    return turn
  }

  async close(): Promise<void> {
    await this.#running
    await this.#lock.release()
  }

  async #advance({ origin, oldSize, proof, head, record }: Step): Promise<StepResult> {
    if (this.#fault !== undefined) throw this.#fault
    const last = this.#heads.get(origin)
    const size = last?.size ?? 0
    if (oldSize !== size) return { kind: 'conflict', size }
    if (last === undefined || size === 0) {
      if (proof.length > 0) return { kind: 'not-consistent' }
    } else {
      if (size === head.size && !last.root.equals(head.root)) return { kind: 'fork', size }
      if (!isConsistent(size, head.size, proof, last.root, head.root)) return { kind: 'not-consistent' }
    }
    if (last?.size !== head.size || !last.root.equals(head.root)) await this.#store(origin, head, record)
    return { kind: 'vouched' }
  }

  async #store(origin: string, head: TreeHead, record: Buffer): Promise<void> {
    try {
      await publishFile(this.#fs, join(this.#dir, toRecordName(origin)), record)
      await this.#fs.syncDirectory(this.#dir)
    } catch (error) {
      this.#fault = toFault(error)
      throw this.#fault
    }
    // Durable from here: after a crash the ledger stands at this head, whether or not it was signed.
    this.#heads.set(origin, head)
  }
}

async function readRecords(fs: FileSystem, dir: string): Promise<Map<string, TreeHead>> {
  const heads = new Map<string, TreeHead>()
  for (const name of await fs.list(dir)) {
    if (!name.endsWith(RECORD_SUFFIX)) continue
    const bytes = await fs.read(join(dir, name))
    const text = bytes?.toString('utf8') ?? ''
    const end = text.indexOf('\n\n') // a note's signatures follow; a bare checkpoint has no empty line
    const checkpoint = parseCheckpointText(end < 0 ? text : text.slice(0, end + 1))
    if (checkpoint.kind === 'malformed') throw new AuditFault('head-invalid', `ledger: ${checkpoint.reason}`)
    if (toRecordName(checkpoint.origin) !== name) throw new AuditFault('head-invalid', 'ledger: a record of another origin than its name')
    heads.set(checkpoint.origin, { size: checkpoint.size, root: checkpoint.root })
  }
  return heads
}

/** An origin may hold what a file name may not. */
function toRecordName(origin: string): string {
  return `${hash('sha256', origin, 'hex')}${RECORD_SUFFIX}`
}

function toFault(error: unknown): AuditFault {
  return error instanceof AuditFault ? error : new AuditFault('recorder-failed', `ledger: ${errorCode(error) ?? 'unexpected error'}`, { cause: error })
}
