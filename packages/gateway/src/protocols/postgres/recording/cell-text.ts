/**
 * Cells as a person reads them, for transcripts: text as it is, the binary form of common types as the server would write it in text, anything else
 * as its bytes in hexadecimal. Source: the send functions of PostgreSQL, which Message Formats leaves to "the particular data type".
 */
import type { TranscriptCell } from '@doorward/audit'

const DAY_MS = 86_400_000
/** PostgreSQL counts days and microseconds from 2000-01-01. */
const EPOCH_MS = Date.UTC(2000, 0, 1)
/** What Date can say, with room to spare, in milliseconds from 2000-01-01. */
const MAX_MS = 8e15

/** Types whose binary form is their text. pg_type. */
const TEXTS: ReadonlySet<number> = new Set([18, 19, 25, 114, 142, 705, 1042, 1043, 1790, 2275])

/** @param format 0: text, 1: binary. */
export function cellText(typeOid: number, format: 0 | 1, cell: Buffer): TranscriptCell {
  return cellIn(cell, 0, cell.length, typeOid, format)
}

/** As {@link cellText}, of the cell that stands from `start` to `end`: nearly all are text, and need no view of their own. */
export function cellIn(bytes: Buffer, start: number, end: number, typeOid: number, format: 0 | 1): TranscriptCell {
  if (format === 1) {
    const cell = bytes.subarray(start, end)
    return binaryText(typeOid, cell) ?? hexOf(cell)
  }
  const text = bytes.toString('utf8', start, end)
  return text.includes('\ufffd') ? utf8OrHex(bytes.subarray(start, end)) : text
}

/** Bytes that are text, if they are. */
export function utf8OrHex(bytes: Buffer): TranscriptCell {
  const text = bytes.toString('utf8')
  // Rare in text, always there in what is none: then it is looked at twice.
  return text.includes('\ufffd') && !Buffer.from(text, 'utf8').equals(bytes) ? hexOf(bytes) : text
}

function binaryText(typeOid: number, cell: Buffer): TranscriptCell | undefined {
  if (TEXTS.has(typeOid)) return utf8OrHex(cell)
  switch (typeOid) {
    case 16: return cell.length === 1 ? (cell[0] === 0 ? 'f' : 't') : undefined // bool
    case 21: return cell.length === 2 ? String(cell.readInt16BE(0)) : undefined // int2
    case 23: return cell.length === 4 ? String(cell.readInt32BE(0)) : undefined // int4
    case 26: return cell.length === 4 ? String(cell.readUInt32BE(0)) : undefined // oid
    case 20: return cell.length === 8 ? String(cell.readBigInt64BE(0)) : undefined // int8
    case 700: return cell.length === 4 ? shortest(cell.readFloatBE(0)) : undefined // float4
    case 701: return cell.length === 8 ? String(cell.readDoubleBE(0)) : undefined // float8
    case 1082: return cell.length === 4 ? dayText(cell.readInt32BE(0) * DAY_MS) : undefined // date
    case 1114: return cell.length === 8 ? momentText(cell.readBigInt64BE(0), '') : undefined // timestamp
    case 1184: return cell.length === 8 ? momentText(cell.readBigInt64BE(0), '+00') : undefined // timestamptz
    case 2950: return cell.length === 16 ? cell.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') : undefined // uuid
    case 3802: return cell[0] === 1 ? utf8OrHex(cell.subarray(1)) : undefined // jsonb, version 1
    default: return undefined
  }
}

/** The fewest digits that are this float4 and no other, as the server writes it. */
function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) if (Math.fround(Number(value.toPrecision(digits))) === value) return String(Number(value.toPrecision(digits)))
  return String(Number(value.toPrecision(9)))
}

function dayText(sinceEpochMs: number): string | undefined {
  return Math.abs(sinceEpochMs) > MAX_MS ? undefined : new Date(EPOCH_MS + sinceEpochMs).toISOString().replace(/T.*$/, '')
}

function momentText(micros: bigint, zone: '' | '+00'): string | undefined {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const milliseconds = Number((micros - rest) / 1_000n)
  if (Math.abs(milliseconds) > MAX_MS) return undefined
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(6, '0').replace(/0+$/, '')}`
  return `${new Date(EPOCH_MS + milliseconds).toISOString().replace('T', ' ').replace(/\.\d{3}Z$/, '')}${fraction}${zone}`
}

function hexOf(bytes: Buffer): TranscriptCell { return { hex: bytes.toString('hex') } }
