/**
 * One segment of a recording, as it lies on disk: a header, then chunks that are encrypted one by one and in order. Anybody may read the header
 * and count the chunks; only the session's key opens them. What is inside a segment is not looked at here (see transcript.ts).
 *
 *     header   48 bytes   "DWRECSG1", segment number (Uint32), longest chunk (Uint32), recording (16 bytes), salt (16 bytes)
 *     chunk     4 bytes   length of the ciphertext without tag (Uint31), and in the top bit whether this is the last chunk
 *               n bytes   ciphertext, AES-256-GCM
 *              16 bytes   tag
 *
 * A segment's key is HKDF-SHA-256 (RFC 5869) of the session's key, salted with the header's salt, and with the whole header as its info: a header
 * that was changed, or taken from another segment, gives another key, under which nothing opens. A chunk's nonce is its number in 11 bytes and
 * one byte that is 1 for the last (STREAM, Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015): chunks that were exchanged, left out, repeated or
 * cut off do not open. No nonce comes twice under one key: the number only grows, and each segment has a salt, and so a key, of its own.
 * Numbers are big-endian.
 */
import { createCipheriv, createDecipheriv, hkdfSync, KeyObject, type DecipherGCM } from 'node:crypto'

export const HEADER_BYTES = 48
export const TAG_BYTES = 16
export const PREFIX_BYTES = 4
const MAGIC = Buffer.from('DWRECSG1', 'latin1')
const SALT_BYTES = 16
const NONCE_BYTES = 12
const LAST_BIT = 0x8000_0000
const CIPHER = 'aes-256-gcm'

/** Plaintext of one chunk at most. A chunk is what a crash loses, and what a reader must hold before it may believe a byte. */
export const MAX_CHUNK_BYTES = 65_536
/** Chunk numbers stay far below what AES-GCM allows under one key (NIST SP 800-38D §8: 2^32 invocations). */
export const MAX_CHUNKS = 1_000_000
/** Segments of one recording: at 4 MiB each, 4 TB. */
export const MAX_SEGMENTS = 1_000_000

export interface SegmentHeader {
  /** 32 hexadecimal digits. */
  readonly recording: string
  /** From 0. */
  readonly segment: number
  /** 16 bytes that nobody used before. */
  readonly salt: Buffer
}

export function encodeHeader({ recording, segment, salt }: SegmentHeader): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header, 0)
  header.writeUInt32BE(segment, 8)
  header.writeUInt32BE(MAX_CHUNK_BYTES, 12)
  header.write(recording, 16, 16, 'hex')
  salt.copy(header, 32, 0, SALT_BYTES)
  return header
}

/** @returns why it is no header of a segment. */
export function decodeHeader(bytes: Buffer): SegmentHeader | string {
  if (bytes.length < HEADER_BYTES) return `${bytes.length} bytes, a header has ${HEADER_BYTES}`
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return 'it does not begin as a segment does'
  if (bytes.readUInt32BE(12) !== MAX_CHUNK_BYTES) return 'chunks of another length than this version reads'
  return { segment: bytes.readUInt32BE(8), recording: bytes.toString('hex', 16, 32), salt: Buffer.from(bytes.subarray(32, HEADER_BYTES)) }
}

/** @param header as encoded. @param sessionKey 32 bytes. */
export function deriveSegmentKey(sessionKey: KeyObject, header: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', sessionKey, header.subarray(32, HEADER_BYTES), Buffer.concat([Buffer.from('doorward recording segment v1\0', 'latin1'), header]), 32))
}

/** One chunk, prefix and tag included. @param plaintext at most {@link MAX_CHUNK_BYTES}; only the last may be empty. */
export function sealChunk(key: Buffer, chunk: number, last: 'last' | 'more', plaintext: Buffer): Buffer {
  const prefix = encodePrefix(plaintext.length, last)
  const cipher = createCipheriv(CIPHER, key, nonceOf(chunk, last), { authTagLength: TAG_BYTES })
  cipher.setAAD(prefix)
  return Buffer.concat([prefix, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** @param sealed ciphertext and tag. @returns undefined when it is not what was sealed under this number. */
export function openChunk(key: Buffer, chunk: number, prefix: Buffer, sealed: Buffer): Buffer | undefined {
  const last = (prefix.readUInt32BE(0) & LAST_BIT) === 0 ? 'more' : 'last'
  const decipher: DecipherGCM = createDecipheriv(CIPHER, key, nonceOf(chunk, last), { authTagLength: TAG_BYTES })
  decipher.setAAD(prefix)
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  const plaintext = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES))
  try {
    return Buffer.concat([plaintext, decipher.final()])
  } catch {
    return undefined // OpenSSL's only complaint here is the tag
  }
}

/** What a chunk's prefix says; not yet believed. */
export interface ChunkPrefix { readonly bytes: number; readonly last: 'last' | 'more' }

export function decodePrefix(prefix: Buffer): ChunkPrefix | string {
  const word = prefix.readUInt32BE(0)
  const bytes = word % LAST_BIT
  const last = word >= LAST_BIT ? 'last' : 'more'
  if (bytes > MAX_CHUNK_BYTES) return `a chunk of ${bytes} bytes, at most ${MAX_CHUNK_BYTES}`
  return bytes === 0 && last === 'more' ? 'an empty chunk that is not the last' : { bytes, last }
}

function encodePrefix(bytes: number, last: 'last' | 'more'): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt32BE(last === 'last' ? bytes + LAST_BIT : bytes, 0)
  return prefix
}

/** 11 bytes of number, one of flag. */
function nonceOf(chunk: number, last: 'last' | 'more'): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES)
  nonce.writeUInt32BE(chunk, 7)
  nonce.writeUInt8(last === 'last' ? 1 : 0, 11)
  return nonce
}
