/**
 * What the log says about recordings. Their entries stand beside those of the session (`of`), not among them: a segment may be recorded, viewed or
 * shredded long after its session ended. They count for themselves: segments of a recording are numbered from 0, and its end says how many there are.
 */
import type { EntryBody } from '@doorward/core'
import type { LegalHold } from './retention.ts'
import { formatHoldScope } from './retention.ts'
import type { RecordedPerson, RecordingEnd, RecordingRecord, ShredRecord } from './recording-files.ts'
import type { SegmentEnd } from './segment-reader.ts'

export interface SegmentFacts {
  readonly segment: number
  readonly end: SegmentEnd
  /** sha256 hex of the file. */
  readonly digest: string
  readonly bytes: number
  readonly chunks: number
}

/** @param tenantKey id of the key that wraps the session's. */
export function openEntry(record: RecordingRecord, tenantKey: string): EntryBody {
  const { principal, actingFor, resource, client, why, recording, protocol } = record
  const [nearest] = actingFor
  return { kind: 'recording.open', of: recording, recording, principal: { ...principal, ...(nearest === undefined ? {} : { actingFor: { ...nearest } }) }, resource, protocol, client, why, tenantKey }
}

export function segmentEntry(recording: string, { segment, end, digest, bytes, chunks }: SegmentFacts): EntryBody {
  return { kind: 'recording.segment', of: recording, recording, segment, end, digest, bytes, chunks }
}

export function closeEntry({ recording }: RecordingRecord, { how, segments, bytes }: RecordingEnd): EntryBody {
  return { kind: 'recording.close', of: recording, recording, how, segments, bytes }
}

/** Recorded before the viewer gets a byte. */
export function viewEntry(record: RecordingRecord, segment: number, by: RecordedPerson, use: 'play' | 'export', client: string): EntryBody {
  const { recording, resource, principal } = record
  return { kind: 'recording.view', of: recording, recording, segment, resource, use, principal: { ...principal }, by: { ...by }, client }
}

export function holdEntry(kind: 'recording.hold' | 'recording.release', hold: LegalHold, by: RecordedPerson): EntryBody {
  return { kind, hold: hold.id, scope: formatHoldScope(hold.scope), matter: hold.matter, by: { ...by } }
}

export function shredEntry(record: RecordingRecord, { step, request, reason }: ShredRecord, by: RecordedPerson | undefined): EntryBody {
  const { recording, resource, principal } = record
  return { kind: 'recording.shred', of: recording, recording, resource, principal: { ...principal }, step, request, reason, by: by === undefined ? undefined : { ...by } }
}

/** Somebody asked for what may not be. */
export function refusedEntry(recording: string, asked: 'view' | 'shred', why: string, by: RecordedPerson): EntryBody {
  return { kind: 'recording.refused', of: recording, recording, asked, reason: why, by: { ...by } }
}
