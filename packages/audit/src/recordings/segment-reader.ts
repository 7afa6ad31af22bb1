/**
 * Opens a segment: all of it, or nothing. Not a byte of the plaintext leaves here before every chunk has been found to be what was sealed, in
 * its place, up to the last; whatever is not so is said with the segment and the chunk. Pure.
 */
import { createHash, type KeyObject } from 'node:crypto'
import { decodeHeader, decodePrefix, deriveSegmentKey, HEADER_BYTES, MAX_CHUNKS, openChunk, PREFIX_BYTES, TAG_BYTES } from './segment-format.ts'

/** How a segment ends: `sealed` by its writer, or `torn` by the end of the process that wrote it. */
export type SegmentEnd = 'sealed' | 'torn'

export type OpenedSegment =
  | { readonly kind: 'opened'; readonly plaintext: Buffer; readonly chunks: number }
  /** `chunk` is undefined when it is about the whole, or its header. */
  | { readonly kind: 'damaged'; readonly segment: number; readonly chunk: number | undefined; readonly why: string }

export interface SegmentExpectation {
  readonly recording: string
  readonly segment: number
  readonly end: SegmentEnd
  readonly sessionKey: KeyObject
  /** sha256 hex of the file, as the log has it; undefined: it is not compared. */
  readonly digest?: string | undefined
}

/** @param file all bytes of it. */
export function openSegment(file: Buffer, expected: SegmentExpectation): OpenedSegment {
  const { segment } = expected
  const damaged = (why: string, chunk?: number): OpenedSegment => ({ kind: 'damaged', segment, chunk, why })
  const header = decodeHeader(file)
  if (typeof header === 'string') return damaged(header)
  if (header.recording !== expected.recording) return damaged('it belongs to another recording')
  if (header.segment !== segment) return damaged(`it is segment ${header.segment}`)
  const read = readChunks(file, deriveSegmentKey(expected.sessionKey, file.subarray(0, HEADER_BYTES)))
  const { end } = read
  switch (end.kind) {
    case 'bad': return damaged(end.why, read.plaintexts.length)
    case 'last':
      if (end.at !== file.length) return damaged(`${file.length - end.at} bytes after the last chunk`, read.plaintexts.length)
      if (expected.end === 'torn') return damaged('it has a last chunk, and was said to be torn')
      break
    case 'cut':
      if (expected.end === 'sealed') return damaged('it ends without its last chunk', read.plaintexts.length)
      if (end.at !== file.length) return damaged('it ends in the middle of a chunk', read.plaintexts.length)
  }
  // Last, so that a change is told by its chunk where it can be.
  if (expected.digest !== undefined && digestOf(file) !== expected.digest) return damaged('its digest is not the one in the log')
  return { kind: 'opened', plaintext: Buffer.concat(read.plaintexts), chunks: read.plaintexts.length }
}

/**
 * How much of a segment that was being written is whole: for what a crash left behind. A chunk that does not open ends it, as one that was
 * only half written would.
 * @returns undefined when not even the header is this segment's.
 */
export function measureWhole(file: Buffer, expected: Pick<SegmentExpectation, 'recording' | 'segment' | 'sessionKey'>): { readonly bytes: number; readonly chunks: number; readonly end: SegmentEnd } | undefined {
  const header = decodeHeader(file)
  if (typeof header === 'string' || header.recording !== expected.recording || header.segment !== expected.segment) return undefined
  const { end, plaintexts, whole } = readChunks(file, deriveSegmentKey(expected.sessionKey, file.subarray(0, HEADER_BYTES)))
  return { bytes: whole, chunks: plaintexts.length, end: end.kind === 'last' ? 'sealed' : 'torn' }
}

export function digestOf(file: Buffer): string {
  return createHash('sha256').update(file).digest('hex')
}

interface ReadChunks {
  readonly plaintexts: readonly Buffer[]
  /** Where the last chunk that opened ends. */
  readonly whole: number
  readonly end: { readonly kind: 'last' | 'cut'; readonly at: number } | { readonly kind: 'bad'; readonly why: string }
}

function readChunks(file: Buffer, key: Buffer): ReadChunks {
  const plaintexts: Buffer[] = []
  let at = HEADER_BYTES
  for (;;) {
    if (plaintexts.length >= MAX_CHUNKS) return { plaintexts, whole: at, end: { kind: 'bad', why: `more than ${MAX_CHUNKS} chunks` } }
    if (file.length - at < PREFIX_BYTES) return { plaintexts, whole: at, end: { kind: 'cut', at } }
    const prefixBytes = file.subarray(at, at + PREFIX_BYTES)
    const prefix = decodePrefix(prefixBytes)
    if (typeof prefix === 'string') return { plaintexts, whole: at, end: { kind: 'bad', why: prefix } }
    const next = at + PREFIX_BYTES + prefix.bytes + TAG_BYTES
    if (next > file.length) return { plaintexts, whole: at, end: { kind: 'cut', at } }
    const plaintext = openChunk(key, plaintexts.length, prefixBytes, file.subarray(at + PREFIX_BYTES, next))
    if (plaintext === undefined) return { plaintexts, whole: at, end: { kind: 'bad', why: 'it does not open: it was changed, is out of its place, or is of another key' } }
    plaintexts.push(plaintext)
    at = next
    if (prefix.last === 'last') return { plaintexts, whole: at, end: { kind: 'last', at } }
  }
}
