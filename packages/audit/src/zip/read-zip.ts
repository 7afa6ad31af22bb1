/**
 * Reads a ZIP archive, as evidence and copies of logs travel: the central directory, and single members stored or deflated. No encryption, no
 * spanned archives. Nothing is unpacked to a disk; a member's name is only a key. Source: PKWARE APPNOTE, .ZIP File Format.
 *
 * Checksums are not looked at: what a member holds is held against signed hashes by whoever reads it, and an archive that was edited with
 * care has right ones.
 */
import { inflateRawSync } from 'node:zlib'
import { malformed, type Malformed } from '../format/malformed.ts'

/** A file that can be read at any place. */
export interface RandomAccess {
  readonly bytes: number
  /** @returns fewer bytes only at the end of the file. */
  read(position: number, length: number): Promise<Buffer>
}

export interface ZipMember {
  readonly name: string
  readonly method: 'stored' | 'deflated'
  readonly storedBytes: number
  readonly bytes: number
  /** Where its local header begins. */
  readonly position: number
}

export interface Zip {
  readonly kind: 'zip'
  readonly members: ReadonlyMap<string, ZipMember>
}

/** A full bundle has 16.8 MB (C2SP tlog-tiles), a shard of our write-ahead log 68 MB. */
export const MAX_MEMBER_BYTES = 128 * 1024 * 1024
/** A log of a thousand million entries has 8 million files; nobody zips that. */
const MAX_DIRECTORY_BYTES = 512 * 1024 * 1024

const END = 0x06054b50
const END_BYTES = 22
const MAX_COMMENT_BYTES = 0xffff
const END64_LOCATOR = 0x07064b50
const END64_LOCATOR_BYTES = 20
const END64 = 0x06064b50
const END64_BYTES = 56
const ENTRY = 0x02014b50
const ENTRY_BYTES = 46
const LOCAL = 0x04034b50
const LOCAL_BYTES = 30
const EXTRA_ZIP64 = 0x0001
const FLAG_ENCRYPTED = 0x0001
const ABSENT16 = 0xffff
const ABSENT32 = 0xffff_ffff

/** Reads the central directory. */
export async function readZip(file: RandomAccess): Promise<Zip | Malformed> {
  const end = await findEnd(file)
  if ('kind' in end) return end
  if (end.bytes > MAX_DIRECTORY_BYTES) return malformed(`zip: a directory of ${end.bytes} bytes, at most ${MAX_DIRECTORY_BYTES}`)
  const directory = await file.read(end.position, end.bytes)
  if (directory.length !== end.bytes) return malformed('zip: the directory reaches beyond the file')
  const members = new Map<string, ZipMember>()
  let at = 0
  for (let number = 0; number < end.count; number++) {
    const entry = readEntry(directory, at)
    if ('kind' in entry) return entry
    const { member } = entry
    // Two members of one name: one reader takes the first, another the last. Such an archive says two things.
    if (members.has(member.name)) return malformed(`zip: member ${number + 1} has the name of another`)
    if (!member.name.endsWith('/')) members.set(member.name, member)
    at = entry.end
  }
  return { kind: 'zip', members }
}

/** What a member holds. */
export async function readMember(file: RandomAccess, member: ZipMember): Promise<Buffer | Malformed> {
  if (member.bytes > MAX_MEMBER_BYTES || member.storedBytes > MAX_MEMBER_BYTES) return malformed(`zip: a member of ${member.bytes} bytes, at most ${MAX_MEMBER_BYTES}`)
  const header = await file.read(member.position, LOCAL_BYTES)
  if (header.length !== LOCAL_BYTES || header.readUInt32LE(0) !== LOCAL) return malformed('zip: no member where the directory says')
  const begin = member.position + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28)
  const stored = await file.read(begin, member.storedBytes)
  if (stored.length !== member.storedBytes) return malformed('zip: a member reaches beyond the file')
  if (member.method === 'stored') return member.bytes === member.storedBytes ? stored : malformed('zip: a stored member with two sizes')
  const content = inflate(stored, member.bytes)
  return content?.length === member.bytes ? content : malformed(`zip: a member does not inflate to the ${member.bytes} bytes the directory says`)
}

function inflate(stored: Buffer, bytes: number): Buffer | undefined {
  try {
    return inflateRawSync(stored, { maxOutputLength: Math.max(bytes, 1) })
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined // damaged, or more than it said
    throw error
  }
}

interface Directory {
  readonly position: number
  readonly bytes: number
  readonly count: number
}

async function findEnd(file: RandomAccess): Promise<Directory | Malformed> {
  const tailBytes = Math.min(file.bytes, END_BYTES + MAX_COMMENT_BYTES)
  const tailBegin = file.bytes - tailBytes
  const tail = await file.read(tailBegin, tailBytes)
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    // The comment has to end with the file, or the signature is part of a comment or of data.
    if (tail.readUInt32LE(at) !== END || at + END_BYTES + tail.readUInt16LE(at + 20) !== tail.length) continue
    const disks = tail.readUInt16LE(at + 4) + tail.readUInt16LE(at + 6)
    const directory: Directory = { count: tail.readUInt16LE(at + 10), bytes: tail.readUInt32LE(at + 12), position: tail.readUInt32LE(at + 16) }
    const isLarge = directory.count === ABSENT16 || directory.bytes === ABSENT32 || directory.position === ABSENT32
    if (isLarge) return readEnd64(file, tailBegin + at)
    return disks === 0 ? directory : malformed('zip: spanned over several files')
  }
  return malformed('zip: no end of the directory')
}

async function readEnd64(file: RandomAccess, end: number): Promise<Directory | Malformed> {
  const locator = end < END64_LOCATOR_BYTES ? Buffer.alloc(0) : await file.read(end - END64_LOCATOR_BYTES, END64_LOCATOR_BYTES)
  if (locator.length !== END64_LOCATOR_BYTES || locator.readUInt32LE(0) !== END64_LOCATOR) return malformed('zip: no zip64 locator')
  const record = await file.read(toSize(locator, 8), END64_BYTES)
  if (record.length !== END64_BYTES || record.readUInt32LE(0) !== END64) return malformed('zip: no zip64 end')
  if (record.readUInt32LE(16) !== 0 || record.readUInt32LE(20) !== 0) return malformed('zip: spanned over several files')
  return { count: toSize(record, 32), bytes: toSize(record, 40), position: toSize(record, 48) }
}

function readEntry(directory: Buffer, at: number): { readonly member: ZipMember; readonly end: number } | Malformed {
  if (at + ENTRY_BYTES > directory.length || directory.readUInt32LE(at) !== ENTRY) return malformed(`zip: no directory entry at byte ${at}`)
  const method = directory.readUInt16LE(at + 10)
  const nameEnd = at + ENTRY_BYTES + directory.readUInt16LE(at + 28)
  const extraEnd = nameEnd + directory.readUInt16LE(at + 30)
  const end = extraEnd + directory.readUInt16LE(at + 32)
  if (end > directory.length) return malformed(`zip: directory entry at byte ${at} reaches beyond the directory`)
  if ((directory.readUInt16LE(at + 8) & FLAG_ENCRYPTED) !== 0) return malformed('zip: encrypted')
  if (method !== 0 && method !== 8) return malformed(`zip: compression method ${method}, expected 0 or 8`)
  const sizes = readSizes(directory, at, directory.subarray(nameEnd, extraEnd))
  if (sizes === undefined) return malformed(`zip: directory entry at byte ${at} lacks a size`)
  // Names of a log are ASCII; another encoding's would be looked up by nobody.
  const name = directory.toString('utf8', at + ENTRY_BYTES, nameEnd)
  return { member: { name, method: method === 0 ? 'stored' : 'deflated', ...sizes }, end }
}

/** Sizes and position, from the zip64 field where the old ones say so; there they come in this order, each only when absent. */
function readSizes(directory: Buffer, at: number, extra: Buffer): Pick<ZipMember, 'bytes' | 'storedBytes' | 'position'> | undefined {
  const large = findExtra(extra)
  let offset = 0
  const take = (own: number): number | undefined => {
    if (own !== ABSENT32) return own
    if (large === undefined || offset + 8 > large.length) return undefined
    offset += 8
    return toSize(large, offset - 8)
  }
  const bytes = take(directory.readUInt32LE(at + 24))
  const storedBytes = take(directory.readUInt32LE(at + 20))
  const position = take(directory.readUInt32LE(at + 42))
  return bytes === undefined || storedBytes === undefined || position === undefined ? undefined : { bytes, storedBytes, position }
}

function findExtra(extra: Buffer): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2)
    if (extra.readUInt16LE(at) === EXTRA_ZIP64) return extra.subarray(at + 4, Math.min(end, extra.length))
    at = end
  }
  return undefined
}

/** 64 bits as a number; beyond 2^53 it is too large for any file and fails where it is used. */
function toSize(bytes: Buffer, at: number): number {
  return Math.min(Number(bytes.readBigUInt64LE(at)), Number.MAX_SAFE_INTEGER)
}
