/**
 * Holds recordings on disk against what the log says of them: every segment is there with the digest that was recorded, none is there that was not,
 * what was shredded has no key, and every legal hold that was placed and not released is still on. With the tenant key each chunk is opened too, and
 * nothing of it shown. Whether the log itself is what was signed is `doorward verify`'s question, asked first.
 */
import { openKeyFile, type TenantKeys } from './key-wrap.ts'
import type { RecordingStore, StoredRecording } from './recording-store.ts'
import { digestOf, openSegment } from './segment-reader.ts'
import { numberOf, textOf, type Entry } from '../search/entry-fields.ts'

export interface RecordingFinding {
  /** `notice`: nothing is wrong, but a reader should know. */
  readonly severity: 'differs' | 'missing' | 'notice'
  /** Undefined: about a hold. */
  readonly recording: string | undefined
  readonly message: string
}

export interface RecordingsReport {
  readonly recordings: number
  readonly segments: number
  /** Segments whose every chunk was opened; 0 without keys. */
  readonly opened: number
  readonly shredded: number
  readonly findings: readonly RecordingFinding[]
}

/** What the log says of one recording. */
interface Told {
  readonly segments: Map<number, { readonly digest: string; readonly end: string }>
  shredded: 'no' | 'begun' | 'done'
  count: number | undefined
}

export interface VerifyRecordingsParts {
  readonly store: RecordingStore
  /** Entries of the kinds `recording.*`, in order. */
  readonly entries: Iterable<Entry>
  /** Undefined: digests only. */
  readonly tenants: TenantKeys | undefined
}

export async function verifyRecordings({ store, entries, tenants }: VerifyRecordingsParts): Promise<RecordingsReport> {
  const { told, holds } = readEntries(entries)
  const findings: RecordingFinding[] = []
  const counts = { segments: 0, opened: 0, shredded: 0 }
  const seen = new Set<string>()
  for await (const stored of store.all()) {
    const { recording } = stored.record
    seen.add(recording)
    const one = told.get(recording)
    const find = (severity: RecordingFinding['severity'], message: string): void => { findings.push({ severity, recording, message }) }
    if (one === undefined) { find('differs', 'it is on disk, and the log does not say that it began'); continue }
    if (one.shredded === 'done') {
      counts.shredded += 1
      if (await store.readKey(recording) !== undefined) find('differs', 'the log says that it was shredded, and its key is there')
      continue
    }
    if (one.shredded === 'begun') find('notice', 'it was to be shredded, and the log does not say that it was')
    await compareSegments(store, stored, one, tenants, find, counts)
  }
  for (const [recording, one] of told) if (!seen.has(recording) && (one.segments.size > 0 || one.count !== undefined)) findings.push({ severity: 'missing', recording, message: `it is not on disk; the log has ${one.segments.size} segments of it` })
  const kept = new Set((await store.holds()).map(({ id }) => id))
  for (const id of holds) if (!kept.has(id)) findings.push({ severity: 'missing', recording: undefined, message: `the legal hold ${id} was placed and not released, and is not on disk: it holds nothing` })
  for (const id of kept) if (!holds.has(id)) findings.push({ severity: 'notice', recording: undefined, message: `the legal hold ${id} is on disk, and the log does not say who placed it` })
  return { recordings: seen.size, ...counts, findings }
}

async function compareSegments(store: RecordingStore, { record, end }: StoredRecording, told: Told, tenants: TenantKeys | undefined, find: (severity: RecordingFinding['severity'], message: string) => void, counts: { segments: number; opened: number }): Promise<void> {
  const { recording } = record
  const onDisk = new Map((await store.segments(record)).map((one) => [one.segment, one]))
  const keyFile = tenants === undefined ? undefined : await store.readKey(recording)
  const sessionKey = tenants === undefined ? undefined : keyFile === undefined ? 'its key file is not there' : openKeyFile(keyFile, recording, tenants)
  if (typeof sessionKey === 'string') find('differs', `it cannot be opened: ${sessionKey}`)
  for (const [segment, { digest, end: how }] of told.segments) {
    const file = onDisk.get(segment)
    onDisk.delete(segment)
    const bytes = file === undefined ? undefined : await store.readSegment(record, file)
    if (bytes === undefined) { find('missing', `segment ${segment} is not there`); continue }
    counts.segments += 1
    if (typeof sessionKey === 'object') {
      const opened = openSegment(bytes, { recording, segment, end: how === 'torn' ? 'torn' : 'sealed', sessionKey, digest })
      if (opened.kind === 'damaged') find('differs', `segment ${segment}${opened.chunk === undefined ? '' : `, chunk ${opened.chunk}`}: ${opened.why}`)
      else counts.opened += 1
    } else if (digestOf(bytes) !== digest) find('differs', `segment ${segment}: its digest is not the one in the log`)
  }
  for (const { segment, state } of onDisk.values()) {
    if (state === 'part' && end === undefined) find('notice', `segment ${segment} is being written, or was left by a crash: start the gateway to have it recorded`)
    // The log's last second is not under its signed head yet.
    else find(end === undefined ? 'notice' : 'differs', `segment ${segment} is on disk, and the log${end === undefined ? '\'s signed head does not cover it yet' : ' does not have it'}`)
  }
  if (end !== undefined && told.count === undefined) find('notice', 'it has ended on disk, and the log\'s signed head does not say so yet')
}

function readEntries(entries: Iterable<Entry>): { readonly told: ReadonlyMap<string, Told>; readonly holds: ReadonlySet<string> } {
  const told = new Map<string, Told>()
  const holds = new Set<string>()
  for (const entry of entries) {
    const [kind, recording, hold] = [textOf(entry, 'kind'), textOf(entry, 'recording') ?? '', textOf(entry, 'hold')]
    const one = told.get(recording)
    switch (kind) {
      case 'recording.open': told.set(recording, { segments: new Map(), shredded: 'no', count: undefined }); break
      case 'recording.segment': one?.segments.set(numberOf(entry, 'segment') ?? -1, { digest: textOf(entry, 'digest') ?? '', end: textOf(entry, 'end') ?? '' }); break
      case 'recording.close': if (one !== undefined) one.count = numberOf(entry, 'segments'); break
      case 'recording.shred': if (one !== undefined) one.shredded = textOf(entry, 'step') === 'done' ? 'done' : 'begun'; break
      case 'recording.hold': if (hold !== undefined) holds.add(hold); break
      case 'recording.release': if (hold !== undefined) holds.delete(hold); break
      default: break
    }
  }
  return { told, holds }
}
