/**
 * Entry bundles of C2SP tlog-tiles: up to 256 entries, each with its length as a big-endian u16 in front. Bytes only; what
 * an entry holds is not looked at.
 */
import { malformed, type Malformed } from './malformed.ts'

/** The largest length a u16 can say (C2SP tlog-tiles, Log Entries). */
export const MAX_ENTRY_BYTES = 65_535
export const LENGTH_BYTES = 2

export interface Bundle {
  readonly kind: 'bundle'
  /** Views into the bytes given. */
  readonly entries: readonly Buffer[]
}

/** @throws {RangeError} when an entry is longer than {@link MAX_ENTRY_BYTES}: the caller was to check. */
export function encodeBundle(entries: readonly Uint8Array[]): Buffer {
  let total = 0
  for (const entry of entries) total += LENGTH_BYTES + entry.length
  const bytes = Buffer.allocUnsafe(total)
  let offset = 0
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) throw new RangeError(`entry: ${entry.length} bytes, at most ${MAX_ENTRY_BYTES}`)
    offset = bytes.writeUInt16BE(entry.length, offset)
    bytes.set(entry, offset)
    offset += entry.length
  }
  return bytes
}

/** Splits a bundle that must hold exactly `count` entries and nothing after them. */
export function decodeBundle(bytes: Buffer, count: number): Bundle | Malformed {
  const { entries, restBytes } = readEntries(bytes)
  if (entries.length < count) return malformed(`bundle ends in entry ${entries.length} of ${count}`)
  if (entries.length > count || restBytes > 0) return malformed(`bundle goes on after entry ${count}`)
  return { kind: 'bundle', entries }
}

/** The whole entries at the start of a bundle of any number, and the bytes behind them: for saying what became of a bundle. */
export function readEntries(bytes: Buffer): { readonly entries: readonly Buffer[]; readonly restBytes: number } {
  const entries: Buffer[] = []
  let offset = 0
  while (offset + LENGTH_BYTES <= bytes.length) {
    const end = offset + LENGTH_BYTES + bytes.readUInt16BE(offset)
    if (end > bytes.length) break
    entries.push(bytes.subarray(offset + LENGTH_BYTES, end))
    offset = end
  }
  return { entries, restBytes: bytes.length - offset }
}
