/**
 * Recordings in a folder of this machine. Every file is there whole or not at all (written under another name, made durable, renamed), but for the
 * segment that is being written, which grows under a name that says so. Keys lie apart, so that a backup can leave them out: a copy of a wrapped
 * key outlives its shredding.
 *
 *     2026-11-21/4f…/recording.json   what it is of            keys/4f….key     the wrapped session key
 *     2026-11-21/4f…/000000.seg       sealed; the log has its digest            holds/9a….json   a legal hold
 *     2026-11-21/4f…/000001.torn      whole chunks of what a crash left
 *     2026-11-21/4f…/000002.part      being written
 *     2026-11-21/4f…/closed.json      it has ended             2026-11-21/4f…/shred.json   its key is going, or gone
 */
import * as nodeFs from 'node:fs/promises'
import type { FileSystem, LogFile } from '../log/file-system.ts'
import { makeRoot, publishFile } from '../log/publish.ts'
import { decodeEnd, decodeHold, decodeRecord, decodeShred, encodeHold, encodeJson, type RecordingEnd, type RecordingRecord, type ShredRecord } from './recording-files.ts'
import type { LegalHold } from './retention.ts'
import type { SegmentEnd } from './segment-reader.ts'

/** Writes over the bytes of a file that is there, and makes that durable. */
export type Overwrite = (path: string, bytes: Uint8Array) => Promise<void>

/** A recording on disk. */
export interface StoredRecording {
  readonly record: RecordingRecord
  /** Undefined: it is being written, or its gateway ended and has not started since. */
  readonly end: RecordingEnd | undefined
  readonly shred: ShredRecord | undefined
}

/** A segment's file. `part`: being written, or left by a crash. */
export interface StoredSegment { readonly segment: number; readonly state: SegmentEnd | 'part' }

const SUFFIX = { sealed: 'seg', torn: 'torn', part: 'part' } as const
const DAY = /^\d{4}-\d\d-\d\d$/
const ID = /^[0-9a-f]{32}$/

/** @returns whether `text` may name a recording: 32 hexadecimal digits. */
export function isRecordingId(text: string): boolean { return ID.test(text) }

export class RecordingStore {
  readonly #fs: FileSystem
  readonly #dir: string
  readonly #overwrite: Overwrite

  constructor(fs: FileSystem, dir: string, overwrite: Overwrite) {
    this.#fs = fs
    this.#dir = dir
    this.#overwrite = overwrite
  }

  /** Makes the folders. */
  async prepare(): Promise<void> {
    for (const name of ['', '/keys', '/holds']) await makeRoot(this.#fs, this.#dir + name)
  }

  /** Keeps the key and what the recording is of, durably: the key first, since nothing may be sealed under one that is not there. */
  async create(record: RecordingRecord, keyFile: Buffer): Promise<void> {
    const folder = this.#folder(record)
    await this.#publish(this.#keyPath(record.recording), keyFile)
    await makeRoot(this.#fs, folder)
    await this.#publish(`${folder}/recording.json`, encodeJson(record))
  }

  /** The file of a new segment; its name is durable. */
  async beginSegment(record: RecordingRecord, segment: number): Promise<LogFile> {
    const folder = this.#folder(record)
    const file = await this.#fs.create(segmentPath(folder, { segment, state: 'part' }))
    await this.#fs.syncDirectory(folder)
    return file
  }

  /** Gives a segment that is durable, and in the log, its last name. */
  async finishSegment(record: RecordingRecord, segment: number): Promise<void> {
    const folder = this.#folder(record)
    await this.#fs.rename(segmentPath(folder, { segment, state: 'part' }), segmentPath(folder, { segment, state: 'sealed' }))
    await this.#fs.syncDirectory(folder)
  }

  /** Puts what is whole of a segment in place of what a crash left: written anew, since nobody knows how much of the other was made durable. */
  async replacePart(record: RecordingRecord, segment: number, end: SegmentEnd, whole: Buffer): Promise<void> {
    const folder = this.#folder(record)
    await this.#publish(segmentPath(folder, { segment, state: end }), whole)
    await this.dropPart(record, segment)
  }

  async dropPart(record: RecordingRecord, segment: number): Promise<void> {
    const folder = this.#folder(record)
    await this.#fs.remove(segmentPath(folder, { segment, state: 'part' }))
    await this.#fs.syncDirectory(folder)
  }

  async close(record: RecordingRecord, end: RecordingEnd): Promise<void> {
    await this.#publish(`${this.#folder(record)}/closed.json`, encodeJson(end))
  }

  /** Every recording, newest day first. @throws {AuditFault} `recording-invalid` */
  async *all(): AsyncGenerator<StoredRecording> {
    for (const day of await this.#days()) {
      for (const id of (await this.#fs.list(`${this.#dir}/${day}`)).filter(isRecordingId)) {
        const stored = await this.#read(day, id)
        if (stored !== undefined) yield stored
      }
    }
  }

  /** @param recording as {@link isRecordingId}. @throws {AuditFault} `recording-invalid` */
  async find(recording: string): Promise<StoredRecording | undefined> {
    for (const day of isRecordingId(recording) ? await this.#days() : []) {
      const stored = await this.#read(day, recording)
      if (stored !== undefined) return stored
    }
    return undefined
  }

  /** Its segments, in order. */
  async segments(record: RecordingRecord): Promise<readonly StoredSegment[]> {
    const found = (await this.#fs.list(this.#folder(record))).flatMap((name): StoredSegment[] => {
      const [, number, suffix] = /^(\d{6})\.(seg|torn|part)$/.exec(name) ?? []
      return number === undefined ? [] : [{ segment: Number(number), state: suffix === 'seg' ? 'sealed' : suffix === 'torn' ? 'torn' : 'part' }]
    })
    // Of a crash between the two: what is whole stands, what it was made from does not.
    return found.filter(({ segment, state }) => state !== 'part' || !found.some((other) => other.segment === segment && other.state !== 'part')).toSorted((a, b) => a.segment - b.segment)
  }

  readSegment(record: RecordingRecord, segment: StoredSegment): Promise<Buffer | undefined> {
    return this.#fs.read(segmentPath(this.#folder(record), segment))
  }

  /** @returns undefined when it was destroyed. */
  readKey(recording: string): Promise<Buffer | undefined> { return this.#fs.read(this.#keyPath(recording)) }

  async noteShred(record: RecordingRecord, shred: ShredRecord): Promise<void> {
    await this.#publish(`${this.#folder(record)}/shred.json`, encodeJson(shred))
  }

  /** Writes over the wrapped key and removes it, durably; done again, it does nothing. @param noise at least as long as a key file. */
  async destroyKey(recording: string, noise: Buffer): Promise<void> {
    const path = this.#keyPath(recording)
    const bytes = await this.#fs.read(path)
    if (bytes === undefined) return
    await this.#overwrite(path, noise.subarray(0, bytes.length))
    await this.#fs.remove(path)
    await this.#fs.syncDirectory(`${this.#dir}/keys`)
  }

  /** Removes the segments of a recording whose key is gone: they are noise. What it was of, and that it was shredded, stays. */
  async removeSegments(record: RecordingRecord): Promise<void> {
    const folder = this.#folder(record)
    for (const name of await this.#fs.list(folder)) if (/^\d{6}\.(seg|torn|part)$/.test(name)) await this.#fs.remove(`${folder}/${name}`)
    await this.#fs.syncDirectory(folder)
  }

  /** @throws {AuditFault} `recording-invalid` when one cannot be read. */
  async holds(): Promise<readonly LegalHold[]> {
    const folder = `${this.#dir}/holds`
    const names = (await this.#fs.list(folder)).filter((name) => name.endsWith('.json')).toSorted()
    return Promise.all(names.map(async (name) => decodeHold(await this.#fs.read(`${folder}/${name}`) ?? Buffer.alloc(0), name.slice(0, -'.json'.length))))
  }

  async placeHold(hold: LegalHold): Promise<void> { await this.#publish(`${this.#dir}/holds/${hold.id}.json`, encodeHold(hold)) }

  async releaseHold(id: string): Promise<void> {
    await this.#fs.remove(`${this.#dir}/holds/${id}.json`)
    await this.#fs.syncDirectory(`${this.#dir}/holds`)
  }

  async #days(): Promise<readonly string[]> {
    return (await this.#fs.list(this.#dir)).filter((name) => DAY.test(name)).toSorted().toReversed()
  }

  /** Undefined: no recording, or one whose making was cut off before anything could be sealed. */
  async #read(day: string, recording: string): Promise<StoredRecording | undefined> {
    const folder = `${this.#dir}/${day}/${recording}`
    const bytes = await this.#fs.read(`${folder}/recording.json`)
    if (bytes === undefined) return undefined
    const [end, shred] = await Promise.all([this.#fs.read(`${folder}/closed.json`), this.#fs.read(`${folder}/shred.json`)])
    return { record: decodeRecord(bytes, recording), end: end === undefined ? undefined : decodeEnd(end, recording), shred: shred === undefined ? undefined : decodeShred(shred, recording) }
  }

  #folder({ recording, startedMs }: RecordingRecord): string { return `${this.#dir}/${new Date(startedMs).toISOString().slice(0, 10)}/${recording}` }

  #keyPath(recording: string): string { return `${this.#dir}/keys/${recording}.key` }

  async #publish(path: string, bytes: Buffer): Promise<void> {
    await publishFile(this.#fs, path, bytes)
    await this.#fs.syncDirectory(path.slice(0, path.lastIndexOf('/')))
  }
}

function segmentPath(folder: string, { segment, state }: StoredSegment): string {
  return `${folder}/${String(segment).padStart(6, '0')}.${SUFFIX[state]}`
}

/** Over node:fs. A file system that copies on write keeps the old bytes elsewhere until it needs the room; see docs/recordings.md. */
export const nodeOverwrite: Overwrite = async (path, bytes) => {
  const file = await nodeFs.open(path, 'r+')
  try {
    await file.write(bytes, 0, bytes.length, 0)
    await file.sync()
  } finally {
    await file.close()
  }
}
