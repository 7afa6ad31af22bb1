/**
 * Writes a ZIP archive member by member: what evidence is handed over as. Each member is deflated where that makes it smaller; more than
 * 65,535 members or 4 GB are written as zip64. The same members at the same time give the same bytes. Source: PKWARE APPNOTE.
 */
import { crc32, deflateRawSync } from 'node:zlib'

/** Takes the archive's bytes in order. */
export type WriteBytes = (bytes: Buffer) => Promise<void>

const VERSION_PLAIN = 20
const VERSION_ZIP64 = 45
/** Names are UTF-8 (APPNOTE, general purpose bit 11). */
const FLAG_UTF8 = 0x0800
const ABSENT16 = 0xffff
const ABSENT32 = 0xffff_ffff
/** Below, deflating gains nothing and takes a tenth of a millisecond. */
const MIN_DEFLATED_BYTES = 100
const METHOD_STORED = 0
const METHOD_DEFLATED = 8

interface Written {
  readonly name: Buffer
  readonly method: number
  readonly crc: number
  readonly storedBytes: number
  readonly bytes: number
  readonly position: number
}

export class ZipWriter {
  readonly #write: WriteBytes
  readonly #stamp: number
  readonly #written: Written[] = []
  readonly #names = new Set<string>()
  readonly #plainMembers: number
  #position = 0

  /**
   * @param atMs the time every member is given, UTC; 1980 to 2107 is what the format can say.
   * @param plainMembers with more, the end is written as zip64; fewer than the format allows only in tests.
   */
  constructor(write: WriteBytes, atMs: number, plainMembers = ABSENT16 - 1) {
    this.#write = write
    this.#stamp = toStamp(new Date(atMs))
    this.#plainMembers = plainMembers
  }

  /** @throws {RangeError} for a name that is there already, or a content of 4 GB or more. */
  async add(name: string, content: Uint8Array): Promise<void> {
    if (this.#names.has(name)) throw new RangeError('zip: two members of one name')
    if (content.length >= ABSENT32) throw new RangeError(`zip: a member of ${content.length} bytes`)
    this.#names.add(name)
    const deflated = content.length < MIN_DEFLATED_BYTES ? content : deflateRawSync(content)
    const isSmaller = deflated.length < content.length
    const stored = isSmaller ? deflated : content
    const written: Written = {
      name: Buffer.from(name, 'utf8'), method: isSmaller ? METHOD_DEFLATED : METHOD_STORED, crc: crc32(content), storedBytes: stored.length, bytes: content.length, position: this.#position,
    }
    this.#written.push(written)
    await this.#put(toLocalHeader(written, this.#stamp))
    await this.#put(Buffer.from(stored.buffer, stored.byteOffset, stored.length))
  }

  /** Writes the directory. Nothing may be added afterwards. */
  async finish(): Promise<void> {
    const begin = this.#position
    for (const written of this.#written) await this.#put(toDirectoryEntry(written, this.#stamp))
    const bytes = this.#position - begin
    const count = this.#written.length
    const isLarge = count > this.#plainMembers || bytes >= ABSENT32 || begin >= ABSENT32
    if (isLarge) await this.#put(toEnd64(count, bytes, begin))
    const end = Buffer.alloc(22)
    end.writeUInt32LE(0x06054b50, 0)
    end.writeUInt16LE(isLarge ? ABSENT16 : count, 8)
    end.writeUInt16LE(isLarge ? ABSENT16 : count, 10)
    end.writeUInt32LE(isLarge ? ABSENT32 : bytes, 12)
    end.writeUInt32LE(isLarge ? ABSENT32 : begin, 16)
    await this.#put(end)
  }

  async #put(bytes: Buffer): Promise<void> {
    this.#position += bytes.length
    await this.#write(bytes)
  }
}

function toLocalHeader({ name, method, crc, storedBytes, bytes }: Written, stamp: number): Buffer {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(VERSION_PLAIN, 4)
  header.writeUInt16LE(FLAG_UTF8, 6)
  header.writeUInt16LE(method, 8)
  header.writeUInt32LE(stamp, 10)
  header.writeUInt32LE(crc, 14)
  header.writeUInt32LE(storedBytes, 18)
  header.writeUInt32LE(bytes, 22)
  header.writeUInt16LE(name.length, 26)
  return Buffer.concat([header, name])
}

function toDirectoryEntry({ name, method, crc, storedBytes, bytes, position }: Written, stamp: number): Buffer {
  const isFar = position >= ABSENT32
  const extra = Buffer.alloc(isFar ? 12 : 0)
  if (isFar) {
    extra.writeUInt16LE(0x0001, 0)
    extra.writeUInt16LE(8, 2)
    extra.writeBigUInt64LE(BigInt(position), 4)
  }
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt16LE(VERSION_ZIP64, 4)
  entry.writeUInt16LE(isFar ? VERSION_ZIP64 : VERSION_PLAIN, 6)
  entry.writeUInt16LE(FLAG_UTF8, 8)
  entry.writeUInt16LE(method, 10)
  entry.writeUInt32LE(stamp, 12)
  entry.writeUInt32LE(crc, 16)
  entry.writeUInt32LE(storedBytes, 20)
  entry.writeUInt32LE(bytes, 24)
  entry.writeUInt16LE(name.length, 28)
  entry.writeUInt16LE(extra.length, 30)
  entry.writeUInt32LE(isFar ? ABSENT32 : position, 42)
  return Buffer.concat([entry, name, extra])
}

function toEnd64(count: number, bytes: number, begin: number): Buffer {
  const end = Buffer.alloc(56 + 20)
  end.writeUInt32LE(0x06064b50, 0)
  end.writeBigUInt64LE(44n, 4)
  end.writeUInt16LE(VERSION_ZIP64, 12)
  end.writeUInt16LE(VERSION_ZIP64, 14)
  end.writeBigUInt64LE(BigInt(count), 24)
  end.writeBigUInt64LE(BigInt(count), 32)
  end.writeBigUInt64LE(BigInt(bytes), 40)
  end.writeBigUInt64LE(BigInt(begin), 48)
  end.writeUInt32LE(0x07064b50, 56)
  end.writeBigUInt64LE(BigInt(begin + bytes), 64)
  end.writeUInt32LE(1, 72)
  return end
}

/** MS-DOS time and date, two seconds exact: time in the low half, date in the high one. */
function toStamp(at: Date): number {
  const year = Math.min(Math.max(at.getUTCFullYear(), 1980), 2107)
  const date = ((year - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1)
  return date * 0x1_0000 + time
}
