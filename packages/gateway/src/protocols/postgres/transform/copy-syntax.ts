/**
 * The two text syntaxes of COPY, field by field: how a row is cut into fields, and how a cell is written as a field and read back. Strict:
 * only what the server itself writes is read; anything else is a fault. FORCE_QUOTE is not followed for masked fields, which are quoted
 * where they must be. Source: PostgreSQL, COPY, File Formats.
 */
import { TransformFault } from './transform-fault.ts'

/** The options of COPY that decide how text is cut: as `sql` reads them from the statement. Strings as given, `delimiter` and others one byte. */
export interface CopyTextOptions {
  readonly delimiter: string
  readonly null: string
  readonly quote: string
  readonly escape: string
  readonly header: boolean
}

/** How one COPY text format writes its fields. */
export interface FieldSyntax {
  /** What stands between fields, where nothing but it and a backslash before it does so: text. Undefined: csv. */
  readonly delimiterByte: number | undefined
  /** A fresh reader of rows; it keeps its place while a row is incomplete. */
  rowReader(): RowReader
  /** @throws {TransformFault} `bad-copy` for a field the server would not write */
  decode(field: Buffer): Buffer | null
  /** @returns the cell itself where it needs no quotes or escapes. */
  encode(cell: Buffer | null): Buffer
}

/** Finds the end of a row, however it was cut. */
export interface RowReader {
  /**
   * @param bytes from the row's first byte on; the same bytes and more at each call, until its end was found.
   * @returns the length of the row with its newline, or undefined when more bytes are needed.
   * @throws {TransformFault} `bad-copy`
   */
  findEnd(bytes: Buffer): number | undefined
  /** Positions behind each field of the row just found: of its delimiters, and of its newline. */
  takeFieldEnds(): readonly number[]
}

export const NEWLINE = 0x0a
const BACKSLASH = 0x5c

/** @returns why these options cannot be followed, or undefined. PostgreSQL refuses the same, except an escape that is a line end. */
export function checkCopyOptions(format: 'text' | 'csv', options: CopyTextOptions): string | undefined {
  const single = format === 'csv' ? [options.delimiter, options.quote, options.escape] : [options.delimiter]
  if (single.some((text) => !/^[\x01-\x7f]$/.test(text) || text === '\n' || text === '\r')) return 'a delimiter, quote or escape that is not one byte'
  if (/[\r\n\0]/.test(options.null) || options.null.includes(options.delimiter)) return 'a null text with a delimiter or line end'
  if (format === 'text') return /[\\.a-z0-9]/.test(options.delimiter) ? 'a delimiter that escapes use' : undefined
  if (options.null.includes(options.quote)) return 'a null text with a quote'
  return options.delimiter === options.quote ? 'a delimiter that is the quote' : undefined
}

/** Bytes written as a backslash and a letter. */
const TEXT_ESCAPES: ReadonlyMap<number, number> = new Map([[8, 0x62], [12, 0x66], [10, 0x6e], [13, 0x72], [9, 0x74], [11, 0x76]])
/** The last of them; some before it are written as they are. */
const LAST_ESCAPED = 13
const TEXT_LETTERS: ReadonlyMap<number, number> = new Map([...TEXT_ESCAPES].map(([byte, letter]) => [letter, byte]))

/** Format `text`: backslashes, no quotes. A raw newline always ends a row. */
export class TextFields implements FieldSyntax {
  get delimiterByte(): number { return this.#delimiter }
  readonly #delimiter: number
  readonly #null: Buffer

  constructor(options: CopyTextOptions) {
    this.#delimiter = options.delimiter.charCodeAt(0)
    this.#null = Buffer.from(options.null, 'utf8')
  }

  rowReader(): RowReader {
    const delimiter = this.#delimiter
    let looked = 0
    let ends: number[] = []
    return {
      findEnd(bytes) {
        const newline = bytes.indexOf(NEWLINE, looked)
        if (newline < 0) {
          looked = bytes.length
          return undefined
        }
        looked = 0
        ends = textFieldEnds(bytes, newline, delimiter)
        return newline + 1
      },
      takeFieldEnds: () => ends,
    }
  }

  decode(field: Buffer): Buffer | null {
    // Compared before escapes are undone, as the server does: a text that merely looks like null is written with its backslash doubled.
    if (field.equals(this.#null)) return null
    if (!field.includes(BACKSLASH)) return field
    const cell = Buffer.allocUnsafe(field.length)
    let length = 0
    for (let at = 0; at < field.length; at += 1) {
      let byte = field.readUInt8(at)
      if (byte === BACKSLASH) {
        at += 1
        byte = this.#unescaped(field[at], at)
      }
      cell[length] = byte
      length += 1
    }
    return cell.subarray(0, length)
  }

  #unescaped(byte: number | undefined, at: number): number {
    const meant = byte === BACKSLASH || byte === this.#delimiter ? byte : TEXT_LETTERS.get(byte ?? -1)
    if (meant === undefined) throw new TransformFault('bad-copy', `an escape at byte ${at} of a field that the server does not write`)
    return meant
  }

  encode(cell: Buffer | null): Buffer {
    if (cell === null) return this.#null
    if (!this.#needsEscapes(cell)) return cell
    const bytes: number[] = []
    for (const byte of cell) {
      const letter = TEXT_ESCAPES.get(byte)
      if (letter !== undefined) bytes.push(BACKSLASH, letter)
      else if (byte === BACKSLASH || byte === this.#delimiter) bytes.push(BACKSLASH, byte)
      else bytes.push(byte)
    }
    return Buffer.from(bytes)
  }

  #needsEscapes(cell: Buffer): boolean {
    for (let at = 0; at < cell.length; at += 1) {
      const byte = cell[at] ?? 0
      if (byte <= LAST_ESCAPED || byte === BACKSLASH || byte === this.#delimiter) return true
    }
    return false
  }
}

function textFieldEnds(bytes: Buffer, newline: number, delimiter: number): number[] {
  const ends: number[] = []
  for (let at = 0; at < newline; at += 1) {
    const byte = bytes[at]
    if (byte === BACKSLASH) at += 1
    else if (byte === delimiter) ends.push(at)
    if (at === newline) throw new TransformFault('bad-copy', 'a backslash before the end of a row')
  }
  ends.push(newline)
  return ends
}

/** Where a CSV reader stands. `after-quote`: the quote closes the field, unless it is doubled. */
type CsvPlace = 'field-start' | 'plain' | 'quoted' | 'escaped' | 'after-quote'

/** Format `csv`: quotes around whole fields, in which delimiters and newlines may stand. */
export class CsvFields implements FieldSyntax {
  readonly delimiterByte = undefined
  readonly #delimiter: number
  readonly #quote: number
  readonly #escape: number
  readonly #null: Buffer

  constructor(options: CopyTextOptions) {
    this.#delimiter = options.delimiter.charCodeAt(0)
    this.#quote = options.quote.charCodeAt(0)
    this.#escape = options.escape.charCodeAt(0)
    this.#null = Buffer.from(options.null, 'utf8')
  }

  rowReader(): RowReader {
    let place: CsvPlace = 'field-start'
    let looked = 0
    let gathering: number[] = []
    let ends: readonly number[] = []
    return {
      findEnd: (bytes) => {
        for (; looked < bytes.length; looked += 1) {
          const byte = bytes[looked] ?? 0
          const outside = place !== 'quoted' && place !== 'escaped'
          if (outside && (byte === NEWLINE || byte === this.#delimiter)) {
            gathering.push(looked)
            place = 'field-start'
            if (byte !== NEWLINE) continue
            const length = looked + 1
            ends = gathering
            gathering = []
            looked = 0
            return length
          }
          place = this.#step(place, byte)
        }
        return undefined
      },
      takeFieldEnds: () => ends,
    }
  }

  /** One byte that is neither a delimiter nor a newline outside quotes. */
  #step(place: CsvPlace, byte: number): CsvPlace {
    switch (place) {
      case 'field-start':
        return byte === this.#quote ? 'quoted' : 'plain'
      case 'plain':
        if (byte === this.#quote) throw new TransformFault('bad-copy', 'a quote in a field without quotes')
        return 'plain'
      case 'quoted':
        if (byte === this.#quote) return 'after-quote'
        return byte === this.#escape ? 'escaped' : 'quoted'
      case 'escaped':
        if (byte !== this.#quote && byte !== this.#escape) throw new TransformFault('bad-copy', 'an escape before a byte that needs none')
        return 'quoted'
      case 'after-quote':
        if (byte !== this.#quote || this.#escape !== this.#quote) throw new TransformFault('bad-copy', 'a field that goes on behind its quotes')
        return 'quoted'
    }
  }

  decode(field: Buffer): Buffer | null {
    if (field[0] !== this.#quote) return field.equals(this.#null) ? null : field
    const cell = Buffer.allocUnsafe(field.length)
    let length = 0
    for (let at = 1; at < field.length - 1; at += 1) {
      if (field[at] === this.#escape) at += 1
      cell[length] = field.readUInt8(at)
      length += 1
    }
    return cell.subarray(0, length)
  }

  encode(cell: Buffer | null): Buffer {
    if (cell === null) return this.#null
    const needsQuotes = cell.equals(this.#null) || [this.#delimiter, this.#quote, NEWLINE, 0x0d].some((byte) => cell.includes(byte))
    if (!needsQuotes) return cell
    const bytes: number[] = [this.#quote]
    for (const byte of cell) {
      if (byte === this.#quote || byte === this.#escape) bytes.push(this.#escape)
      bytes.push(byte)
    }
    return Buffer.from([...bytes, this.#quote])
  }
}
