/** Recordings on a disk that can fail, with a log that remembers. (Named as a test so that the package is published without it.) */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { EntryBody, Json, Receipt } from '@doorward/core'
import { CrashDisk } from '../log/crash-disk.test.ts'
import { TestClock } from '../log/test-clock.test.ts'
import { Findings } from '../verify/finding.ts'
import { RecordingRules } from '../verify/recording-rules.ts'
import { openKeyFile, parseTenantKey, type TenantKey, type TenantKeys } from './key-wrap.ts'
import { RecordingArchive } from './recording-archive.ts'
import type { RecordedPerson, RecordingSubject } from './recording-files.ts'
import { RecordingStore } from './recording-store.ts'
import { RecordingWriter, type WriterLimits, type WriterParts } from './recording-writer.ts'
import { recoverRecordings } from './recover.ts'
import { openSegment } from './segment-reader.ts'
import { decodeEvents, type TranscriptEvent } from './transcript.ts'

export const OLGA: RecordedPerson = { issuer: 'local', subject: 'olga', name: 'olga' }

export function tenantKey(byte: number): TenantKey {
  const key = parseTenantKey(Buffer.alloc(32, byte).toString('hex'))
  assert.ok(typeof key !== 'string')
  return key
}

export class RecordingScene {
  readonly disk: CrashDisk
  readonly clock = new TestClock()
  readonly entries: EntryBody[] = []
  readonly warnings: string[] = []
  recorder: 'works' | 'fails' = 'works'
  tenants: TenantKeys = { current: tenantKey(1), older: [] }
  #random = 0

  constructor(disk: CrashDisk = new CrashDisk()) { this.disk = disk }

  readonly record = (body: EntryBody): Promise<Receipt> => {
    if (this.recorder === 'fails') return Promise.reject(new Error('the recorder is down'))
    this.entries.push(body)
    return Promise.resolve({ origin: 'o', index: this.entries.length - 1 })
  }

  readonly randomBytes = (count: number): Buffer => {
    this.#random += 1
    return Buffer.concat(Array.from({ length: Math.ceil(count / 32) }, (_, n) => createHash('sha256').update(`${this.#random}.${n}`).digest())).subarray(0, count)
  }

  /** Over the files of this disk: gone when the disk is. */
  get store(): RecordingStore {
    return new RecordingStore(this.disk, '/rec', async (path, bytes) => {
      assert.equal((await this.disk.read(path))?.length, bytes.length, 'all of the file is written over')
      await this.disk.remove(path)
      const file = await this.disk.create(path)
      await file.write(bytes, 0)
      await file.datasync()
    })
  }

  get archive(): RecordingArchive {
    return new RecordingArchive({ store: this.store, tenants: this.tenants, retentionMs: 1_000_000, record: this.record, nowMs: () => this.clock.nowMs(), randomBytes: this.randomBytes })
  }

  parts(limits: Partial<WriterLimits> = {}): WriterParts {
    return { store: this.store, record: this.record, clock: this.clock, randomBytes: this.randomBytes, tenant: this.tenants.current, limits: { segmentBytes: 400, segmentMs: 60_000, flushMs: 2_000, waitingBytes: 1_000, ...limits } }
  }

  async begin(number: number, limits?: Partial<WriterLimits>): Promise<RecordingWriter> {
    await this.store.prepare()
    return RecordingWriter.open(this.parts(limits), subject(number))
  }

  recover(): Promise<number> {
    this.entries.push({ kind: 'audit.start' })
    return recoverRecordings({ store: this.store, tenants: this.tenants, record: this.record, nowMs: () => this.clock.nowMs(), warn: (line) => { this.warnings.push(line) } })
  }

  /** Entries of one kind about one recording. */
  ofKind(kind: EntryBody['kind'], number?: number): readonly EntryBody[] { return this.entries.filter((entry) => entry.kind === kind && (number === undefined || entry['recording'] === idOf(number))) }

  /** What `verify` would say of the log. */
  findings(): readonly string[] {
    const findings = new Findings()
    const rules = new RecordingRules(findings)
    this.entries.forEach((entry, index) => {
      if (entry.kind === 'audit.start') rules.started()
      else rules.check(index, entry.kind, entry)
    })
    rules.finish()
    return findings.sorted().map(({ code, message }) => `${code}: ${message}`)
  }

  /** Every event of a recording, each segment held against the last entry about it. */
  async read(number: number): Promise<readonly TranscriptEvent[]> {
    const stored = await this.store.find(idOf(number))
    assert.ok(stored !== undefined)
    const { record } = stored
    const sessionKey = openKeyFile(await this.store.readKey(record.recording) ?? Buffer.alloc(0), record.recording, this.tenants)
    assert.ok(typeof sessionKey !== 'string', String(sessionKey))
    const events: TranscriptEvent[] = []
    for (const segment of await this.store.segments(record)) {
      assert.ok(segment.state !== 'part')
      const entry: { readonly [key: string]: Json | undefined } | undefined = this.ofKind('recording.segment', number).findLast((one) => one['segment'] === segment.segment)
      const opened = openSegment(await this.store.readSegment(record, segment) ?? Buffer.alloc(0), { recording: record.recording, segment: segment.segment, end: segment.state, sessionKey, digest: String(entry?.['digest']) })
      assert.ok(opened.kind === 'opened', opened.kind === 'damaged' ? opened.why : '')
      events.push(...decodeEvents(opened.plaintext))
    }
    return events
  }

  /** All bytes on the disk, as text. */
  bytes(): string { return [...this.disk.files()].map(([, bytes]) => bytes.toString('latin1')).join('\n') }
}

export function idOf(number: number): string { return String(number).padStart(32, '0') }

function subject(number: number): RecordingSubject {
  return { recording: idOf(number), principal: { issuer: 'local', subject: 'evan', name: 'evan' }, actingFor: [], resource: 'clinic', protocol: 'postgres', client: '127.0.0.1:5', why: 'resource' }
}

export function line(n: number): TranscriptEvent { return { t: n, k: 'in', text: `select 'canary ${n}'` } }

test('a scene keeps what it is told', async () => {
  const scene = new RecordingScene()
  const writer = await scene.begin(1)
  writer.write(line(1))
  await writer.close('done')
  assert.deepEqual((await scene.read(1)).map(({ k }) => k), ['segment', 'begin', 'in', 'end'])
  assert.deepEqual(scene.findings(), [])
})
