/**
 * After a gateway that ended without closing its recordings: what each left is found, given its last name, and recorded, so that the log says what
 * there is. A segment that was sealed in full is recorded (once more, where the crash came after its entry and before its name); of one that was
 * being written the whole chunks are kept as `torn`. Nothing is sealed under an old key: the numbers of chunks that may have been written are used up.
 */
import type { EntryBody, Receipt } from '@doorward/core'
import { openKeyFile, type TenantKeys } from './key-wrap.ts'
import { closeEntry, segmentEntry } from './recording-entries.ts'
import type { RecordingEnd, RecordingRecord } from './recording-files.ts'
import type { RecordingStore } from './recording-store.ts'
import { digestOf, measureWhole } from './segment-reader.ts'

export interface RecoverParts {
  readonly store: RecordingStore
  readonly tenants: TenantKeys
  readonly record: (body: EntryBody) => Promise<Receipt>
  readonly nowMs: () => number
  /** For the operator; literal-free. */
  readonly warn: (line: string) => void
}

/** Call it before the first new recording. @returns how many were found open. */
export async function recoverRecordings(parts: RecoverParts): Promise<number> {
  let found = 0
  for await (const { record, end, shred } of parts.store.all()) {
    if (end !== undefined || shred !== undefined) continue
    found += 1
    await recoverOne(parts, record)
  }
  return found
}

async function recoverOne(parts: RecoverParts, record: RecordingRecord): Promise<void> {
  const { store, nowMs } = parts
  const trouble = await finishPart(parts, record)
  if (trouble !== undefined) {
    // Left as it is: with the right key the next start can go on.
    parts.warn(`recording ${record.recording}: ${trouble}`)
    return
  }
  let bytes = 0
  const segments = await store.segments(record)
  for (const segment of segments) bytes += (await store.readSegment(record, segment))?.length ?? 0
  const end: RecordingEnd = { endedMs: nowMs(), how: 'interrupted', segments: segments.length, bytes }
  await parts.record(closeEntry(record, end))
  await store.close(record, end)
}

/** @returns why it cannot be finished now. */
async function finishPart({ store, tenants, record: append }: RecoverParts, record: RecordingRecord): Promise<string | undefined> {
  const { recording } = record
  const part = (await store.segments(record)).find(({ state }) => state === 'part')
  if (part === undefined) return undefined
  const { segment } = part
  const file = await store.readSegment(record, part) ?? Buffer.alloc(0)
  const keyFile = await store.readKey(recording)
  const sessionKey = keyFile === undefined ? 'its key file is not there' : openKeyFile(keyFile, recording, tenants)
  if (typeof sessionKey === 'string') return sessionKey
  const whole = measureWhole(file, { recording, segment, sessionKey })
  if (whole === undefined || whole.chunks === 0) {
    await store.dropPart(record, segment)
    return undefined
  }
  const kept = file.subarray(0, whole.bytes)
  await append(segmentEntry(recording, { segment, end: whole.end, digest: digestOf(kept), bytes: kept.length, chunks: whole.chunks }))
  // Recorded; a crash before the name only has it recorded again.
  await store.replacePart(record, segment, whole.end, kept)
  return undefined
}
