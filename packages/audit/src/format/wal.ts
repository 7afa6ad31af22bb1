/**
 * The write-ahead log's bytes. A shard is a header and batches; a batch is what one fdatasync made durable: a header and entries in
 * the form of a bundle (u16 length, bytes). Reading cuts a torn last batch, which nobody was told of, and tells it from damage in the
 * middle. The checksums find accidents, not forgers: what is not yet under a signed head is only as safe as the file.
 *
 *     shard header, 64 bytes          batch header, 32 bytes
 *      0  magic "\0DWWAL1\n"           0  magic 00 ff d0 0d
 *      8  u64 shard number             4  u32 bytes of entries
 *     16  u64 index of first entry     8  u32 number of entries
 *     24  sha256 of the origin        12  u32 crc32 of the entries
 *     56  zero                        16  u64 index of first entry
 *     60  u32 crc32 of the above      24  zero
 *                                     28  u32 crc32 of the above
 */
import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { decodeBundle } from './bundle.ts'
import { malformed, type Malformed } from './malformed.ts'

export const SHARD_HEADER_BYTES = 64
export const BATCH_HEADER_BYTES = 32

const SHARD_MAGIC = Buffer.from('\0DWWAL1\n', 'latin1')
/** 0x00 and 0xff cannot occur in canonical JSON, so no entry can look like a batch. */
const BATCH_MAGIC = Buffer.of(0x00, 0xff, 0xd0, 0x0d)

export interface WalShard {
  readonly kind: 'shard'
  readonly number: number
  readonly firstIndex: number
  /** Views into the bytes given. */
  readonly entries: readonly Buffer[]
  /** Bytes after the last whole batch: 0, or a batch that was being written. */
  readonly tornBytes: number
}

export function encodeShardHeader(origin: string, number: number, firstIndex: number): Buffer {
  const header = Buffer.alloc(SHARD_HEADER_BYTES)
  header.set(SHARD_MAGIC)
  header.writeBigUInt64BE(BigInt(number), 8)
  header.writeBigUInt64BE(BigInt(firstIndex), 16)
  header.set(originHash(origin), 24)
  header.writeUInt32BE(crc32(header.subarray(0, 60)), 60)
  return header
}

/** A batch as it is written: one buffer, one write. @param entries at least one, each at most 65,535 bytes. */
export function encodeBatch(firstIndex: number, entries: readonly Uint8Array[]): Buffer {
  let length = 0
  for (const entry of entries) length += 2 + entry.length
  const batch = Buffer.allocUnsafe(BATCH_HEADER_BYTES + length)
  let offset = BATCH_HEADER_BYTES
  for (const entry of entries) {
    offset = batch.writeUInt16BE(entry.length, offset)
    batch.set(entry, offset)
    offset += entry.length
  }
  batch.set(BATCH_MAGIC)
  batch.writeUInt32BE(length, 4)
  batch.writeUInt32BE(entries.length, 8)
  batch.writeUInt32BE(crc32(batch.subarray(BATCH_HEADER_BYTES)), 12)
  batch.writeBigUInt64BE(BigInt(firstIndex), 16)
  batch.writeUInt32BE(0, 24)
  batch.writeUInt32BE(crc32(batch.subarray(0, 28)), 28)
  return batch
}

/**
 * Reads a shard. Malformed when its header is not this origin's, or when a batch is damaged and a later one was written: then
 * entries that were acknowledged are lost, which no recovery may pass over.
 */
export function decodeShard(bytes: Buffer, origin: string): WalShard | Malformed {
  const header = decodeShardHeader(bytes, origin)
  if ('kind' in header) return header
  const entries: Buffer[] = []
  let offset = SHARD_HEADER_BYTES
  for (;;) {
    const index = header.firstIndex + entries.length
    const batch = decodeBatch(bytes, offset, index)
    if (batch === undefined) break
    for (const entry of batch.entries) entries.push(entry)
    offset = batch.end
  }
  const later = findBatch(bytes, offset, header.firstIndex + entries.length)
  if (later !== undefined) return malformed(`wal: damaged at byte ${offset}, but a batch follows at byte ${later}`)
  return { kind: 'shard', ...header, entries, tornBytes: bytes.length - offset }
}

function decodeShardHeader(bytes: Buffer, origin: string): { number: number; firstIndex: number } | Malformed {
  if (bytes.length < SHARD_HEADER_BYTES) return malformed(`wal: ${bytes.length} bytes, expected a header of ${SHARD_HEADER_BYTES}`)
  if (!bytes.subarray(0, 8).equals(SHARD_MAGIC)) return malformed('wal: not a shard')
  if (crc32(bytes.subarray(0, 60)) !== bytes.readUInt32BE(60)) return malformed('wal: header checksum differs')
  if (!bytes.subarray(24, 56).equals(originHash(origin))) return malformed('wal: shard of another origin')
  return { number: Number(bytes.readBigUInt64BE(8)), firstIndex: Number(bytes.readBigUInt64BE(16)) }
}

/** @returns undefined when no whole batch for `index` begins at `offset`. */
function decodeBatch(bytes: Buffer, offset: number, index: number): { entries: readonly Buffer[]; end: number } | undefined {
  const header = batchHeader(bytes, offset)
  if (header === undefined || header.firstIndex !== index) return undefined
  const begin = offset + BATCH_HEADER_BYTES
  const payload = bytes.subarray(begin, begin + header.length)
  if (payload.length !== header.length || crc32(payload) !== header.crc) return undefined
  const bundle = decodeBundle(payload, header.count)
  return bundle.kind === 'bundle' ? { entries: bundle.entries, end: begin + header.length } : undefined
}

function batchHeader(bytes: Buffer, offset: number): { length: number; count: number; crc: number; firstIndex: number } | undefined {
  if (offset + BATCH_HEADER_BYTES > bytes.length) return undefined
  const header = bytes.subarray(offset, offset + BATCH_HEADER_BYTES)
  if (!header.subarray(0, 4).equals(BATCH_MAGIC) || crc32(header.subarray(0, 28)) !== header.readUInt32BE(28)) return undefined
  return {
    length: header.readUInt32BE(4), count: header.readUInt32BE(8), crc: header.readUInt32BE(12),
    firstIndex: Number(header.readBigUInt64BE(16)),
  }
}

/** Where a batch for an index above `index` begins, if one was ever begun: each is written after the one before is durable. */
function findBatch(bytes: Buffer, from: number, index: number): number | undefined {
  for (let at = bytes.indexOf(BATCH_MAGIC, from); at >= 0; at = bytes.indexOf(BATCH_MAGIC, at + 1)) {
    const header = batchHeader(bytes, at)
    if (header !== undefined && header.firstIndex > index) return at
  }
  return undefined
}

function originHash(origin: string): Buffer {
  return hash('sha256', origin, 'buffer')
}
