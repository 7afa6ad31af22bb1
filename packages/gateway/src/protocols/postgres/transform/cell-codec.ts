/**
 * Cells to canonical values and back, in the text and the binary format, for the shapes that a revealing operator fits. Text dates are
 * read in DateStyle ISO only: in any other they have no canonical form here and are redacted.
 * Source: the send and receive functions of PostgreSQL, which Message Formats leaves to "the particular data type".
 */
import { isUtf8 } from 'node:buffer'
import { redactedValue, type TextShape } from '@doorward/phi'
import type { MaskableType } from './type-shape.ts'

/** 0: text, 1: binary. PostgreSQL, Message Formats, RowDescription (B). */
export type CellFormat = 0 | 1

const EMPTY = Buffer.alloc(0)
/** PostgreSQL counts days and microseconds from 2000-01-01. */
const EPOCH_MS = Date.UTC(2000, 0, 1)
const DAY_MS = 86_400_000
/** Years that a canonical value writes with four digits, in days from 2000-01-01. */
const FIRST_DAY = -730_119 // 0001-01-01
const LAST_DAY = 2_921_939 // 9999-12-31

/** @returns the canonical text, or undefined when the bytes are none of this shape that it can say: then redact. */
export function decodeCell(type: MaskableType, format: CellFormat, cell: Buffer): string | undefined {
  const { shape } = type
  switch (shape.kind) {
    case 'text': return decodeText(shape, cell)
    case 'integer': return format === 0 ? matching(/^-?\d{1,19}$/, cell) : decodeInteger(shape.bits, cell)
    case 'uuid': return format === 0 ? matching(UUID, cell) : decodeUuid(cell)
    case 'date': return format === 0 ? matching(SHORT_ASCII, cell) : decodeDate(cell)
    case 'timestamp': return format === 0 ? matching(SHORT_ASCII, cell) : decodeTimestamp(cell, '')
    case 'timestamptz': return format === 0 ? matching(SHORT_ASCII, cell) : decodeTimestamp(cell, '+00')
    default: return undefined
  }
}

/** @returns the cell of a canonical masked value, or undefined when this shape has no such value. Moments are midnights. */
export function encodeCell(type: MaskableType, format: CellFormat, value: string): Buffer | undefined {
  const { shape } = type
  if (shape.kind === 'text') return Buffer.from(shape.padded && shape.maxChars !== undefined ? value.padEnd(shape.maxChars, ' ') : value, 'utf8')
  if (format === 0) return Buffer.from(value, 'utf8')
  switch (shape.kind) {
    case 'integer': return encodeInteger(shape.bits, value)
    case 'uuid': return Buffer.from(value.replaceAll('-', ''), 'hex')
    case 'date': return encodeDate(value)
    case 'timestamp': case 'timestamptz': return encodeTimestamp(value)
    default: return undefined
  }
}

/** The cell of the shape's redaction; null is null on the wire too. Depends on the type and the format alone. */
export function redactedCell(type: MaskableType, format: CellFormat): Buffer | null {
  const value = redactedValue(type.shape)
  if (value === null) return null
  switch (type.shape.kind) {
    case 'bytes': return format === 0 ? Buffer.from('\\x') : EMPTY
    case 'array': return format === 0 ? Buffer.from(value) : emptyArray(type.elementOid)
    case 'json': return type.jsonb && format === 1 ? Buffer.from(`\u0001${value}`) : Buffer.from(value) // jsonb_send: version 1
    default: return Buffer.from(value, 'utf8')
  }
}

/** array_send: no dimensions, no null bitmap, the element's type. */
function emptyArray(elementOid: number): Buffer {
  const cell = Buffer.alloc(12)
  cell.writeUInt32BE(elementOid, 8)
  return cell
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const SHORT_ASCII = /^[ -~]{1,64}$/

function matching(form: RegExp, cell: Buffer): string | undefined {
  const text = cell.toString('latin1')
  return form.test(text) ? text : undefined
}

function decodeText(shape: TextShape, cell: Buffer): string | undefined {
  if (!isUtf8(cell)) return undefined
  const text = cell.toString('utf8')
  return shape.padded ? text.replace(/ +$/, '') : text
}

function decodeInteger(bits: 16 | 32 | 64, cell: Buffer): string | undefined {
  if (cell.length !== bits / 8) return undefined
  if (bits === 64) return String(cell.readBigInt64BE(0))
  return String(bits === 32 ? cell.readInt32BE(0) : cell.readInt16BE(0))
}

function encodeInteger(bits: 16 | 32 | 64, value: string): Buffer | undefined {
  const cell = Buffer.allocUnsafe(bits / 8)
  const number = BigInt(value)
  if (BigInt.asIntN(bits, number) !== number) return undefined
  if (bits === 64) cell.writeBigInt64BE(number)
  else if (bits === 32) cell.writeInt32BE(Number(number))
  else cell.writeInt16BE(Number(number))
  return cell
}

function decodeUuid(cell: Buffer): string | undefined {
  if (cell.length !== 16) return undefined
  const hex = cell.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** date_send: days. Infinity is the largest and smallest Int32, far outside four-digit years. */
function decodeDate(cell: Buffer): string | undefined {
  return cell.length === 4 ? dayText(cell.readInt32BE(0)) : undefined
}

/** timestamp_send: microseconds. */
function decodeTimestamp(cell: Buffer, zone: '' | '+00'): string | undefined {
  if (cell.length !== 8) return undefined
  const milliseconds = Math.floor(Number(cell.readBigInt64BE(0)) / 1000)
  const days = Math.floor(milliseconds / DAY_MS)
  const day = dayText(days)
  return day === undefined ? undefined : `${day} ${new Date(EPOCH_MS + milliseconds).toISOString().slice(11, 23)}${zone}`
}

function dayText(days: number): string | undefined {
  return days >= FIRST_DAY && days <= LAST_DAY ? new Date(EPOCH_MS + days * DAY_MS).toISOString().slice(0, 10) : undefined
}

function encodeDate(value: string): Buffer | undefined {
  const days = daysOf(value)
  if (days === undefined) return undefined
  const cell = Buffer.allocUnsafe(4)
  cell.writeInt32BE(days)
  return cell
}

function encodeTimestamp(value: string): Buffer | undefined {
  const days = daysOf(value)
  if (days === undefined) return undefined
  const cell = Buffer.allocUnsafe(8)
  cell.writeBigInt64BE(BigInt(days) * BigInt(DAY_MS) * 1000n)
  return cell
}

/** A canonical day, or a midnight in UTC, as days from 2000-01-01. */
function daysOf(value: string): number | undefined {
  const day = /^(\d{4}-\d{2}-\d{2})(?: 00:00:00(?:\+00)?)?$/.exec(value)?.[1]
  const atMs = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(atMs) ? undefined : (atMs - EPOCH_MS) / DAY_MS
}
