/**
 * The recordings of one gateway: begun for sessions, found again after a crash, and looked at through {@link RecordingArchive}. Which session is
 * recorded is policy's and the configuration's to say; what is in a recording is the protocols' affair.
 */
import {
  DEFAULT_WRITER_LIMITS, machineProcesses, nodeFileSystem, nodeOverwrite, parseTenantKey, RecordingArchive, RecordingStore, RecordingWriter, recoverRecordings, systemClock, takeLock, type Lock, type RecordingSubject, type TenantKey, type TenantKeys, type WriterLimits, type WriterParts,
} from '@doorward/audit'
import { Fault, type EntryBody, type Principal, type Receipt, type Sensitive } from '@doorward/core'
import type { RecordingsConfig, SecretRef } from '../config/index.ts'

export interface RecordingDeskParts {
  readonly config: RecordingsConfig
  /** @throws when there is none. */
  readonly secret: (ref: SecretRef) => Sensitive<string>
  readonly record: (body: EntryBody) => Promise<Receipt>
  readonly randomBytes: (count: number) => Buffer
  readonly after: (delayMs: number, run: () => void) => () => void
  /** For the operator; literal-free. */
  readonly log: (line: string) => void
  readonly limits?: WriterLimits
}

/** For sessions that are over to hand in what they have. */
const CLOSING_MS = 5_000

/** Who is recorded, where and why. */
export interface Recorded {
  readonly session: string
  readonly principal: Principal
  readonly resource: string
  readonly protocol: string
  readonly client: string
  readonly why: string
}

export class RecordingDesk {
  readonly archive: RecordingArchive
  readonly #parts: RecordingDeskParts
  readonly #writing: WriterParts
  readonly #lock: Lock
  /** Those being written, and what resolves when each has ended. */
  readonly #open = new Map<RecordingWriter, PromiseWithResolvers<void>>()

  private constructor(parts: RecordingDeskParts, writing: WriterParts, archive: RecordingArchive, lock: Lock) {
    this.#lock = lock
    this.#parts = parts
    this.#writing = writing
    this.archive = archive
  }

  /** Finishes what an earlier process left. @throws {AuditFault} system errors of the folder, and of the log. */
  static async open(parts: RecordingDeskParts): Promise<RecordingDesk> {
    const { config, secret } = parts
    const keyOf = (ref: SecretRef): TenantKey => {
      const key = parseTenantKey(secret(ref).reveal())
      if (typeof key === 'string') throw new Fault('tenant-key', `recordings: tenant key: ${key}`)
      return key
    }
    const tenants: TenantKeys = { current: keyOf(config.tenantKey), older: config.olderTenantKeys.map(keyOf) }
    const store = new RecordingStore(nodeFileSystem(), config.dir, nodeOverwrite)
    await store.prepare()
    // Two gateways in one folder would take each other's recordings for what a crash has left.
    const lock = await takeLock(nodeFileSystem(), config.dir, machineProcesses(), 'recordings')
    try {
      return await RecordingDesk.#openLocked(parts, store, tenants, lock)
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  static async #openLocked(parts: RecordingDeskParts, store: RecordingStore, tenants: TenantKeys, lock: Lock): Promise<RecordingDesk> {
    const { config, record, randomBytes, log, limits } = parts
    const clock = systemClock()
    const archive = new RecordingArchive({ store, tenants, retentionMs: config.retentionMs, record, nowMs: () => clock.nowMs(), randomBytes })
    await archive.finishShreds()
    const found = await recoverRecordings({ store, tenants, record, nowMs: () => clock.nowMs(), warn: (line) => { log(`warning: ${line}`) } })
    if (found > 0) log(`recordings: ${found} were open when the gateway ended before; what there is of them is in the log`)
    return new RecordingDesk(parts, { store, record, clock, randomBytes, tenant: tenants.current, limits: limits ?? DEFAULT_WRITER_LIMITS }, archive, lock)
  }

  /** Recordings that are being written. */
  get active(): number { return this.#open.size }

  /** In the log, and its key durable, when this resolves. @throws {AuditFault} `recording-failed` */
  async begin({ session, principal, resource, protocol, client, why }: Recorded): Promise<RecordingWriter> {
    const subject: RecordingSubject = { recording: session, principal: personOf(principal), actingFor: actedFor(principal), resource, protocol, client, why }
    const writer = await RecordingWriter.open(this.#writing, subject)
    this.#open.set(writer, Promise.withResolvers<void>())
    return writer
  }

  /** Ends one. Never throws: one that could not be kept to its end is told to the operator, and found at the next start. */
  async end(writer: RecordingWriter, why: string): Promise<void> {
    try {
      await writer.close(why)
    } catch (error) {
      this.#parts.log(`ALERT recording ${writer.record.recording}: ${error instanceof Fault ? error.message : 'it could not be closed'}${causeOf(error)}`)
    } finally {
      this.#open.get(writer)?.resolve()
      this.#open.delete(writer)
    }
  }

  /** Once no session runs any more: waits for what they hand in, and ends what nobody does. */
  async close(): Promise<void> {
    const late = Promise.withResolvers<void>()
    const cancel = this.#parts.after(CLOSING_MS, late.resolve)
    await Promise.race([Promise.all([...this.#open.values()].map(({ promise }) => promise)), late.promise])
    cancel()
    await Promise.all([...this.#open.keys()].map((writer) => this.end(writer, 'the gateway stops')))
    await this.#lock.release()
  }
}

/** The system's own word for it (`ENOSPC`); never a text. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
}

function personOf({ issuer, subject, name }: Principal): RecordingSubject['principal'] { return { issuer, subject, name } }

function actedFor(principal: Principal): RecordingSubject['actingFor'] {
  return principal.actingFor === undefined ? [] : [personOf(principal.actingFor), ...actedFor(principal.actingFor)]
}
