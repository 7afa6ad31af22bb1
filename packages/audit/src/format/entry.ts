/**
 * From an {@link EntryBody} to the bytes that are stored and hashed: RFC 8785 JSON with `v` (the format's version) and `at`
 * (the time the log accepted it). What the fields mean is the gateway's affair; here they only have to be JSON.
 */
import type { EntryBody } from '@doorward/core'
import { AuditFault } from '../fault.ts'
import { CanonicalWriter } from './jcs-bytes.ts'
import { MAX_ENTRY_BYTES } from './bundle.ts'

export const ENTRY_VERSION = 1

/**
 * @param at RFC 3339 UTC with milliseconds.
 * @param writer keeps the bytes of frozen parts of earlier entries; left out: one for this entry alone.
 * @throws {AuditFault} `entry-invalid` (not JSON, or sets `v` or `at` itself), `entry-too-large`.
 */
export function encodeEntry(body: EntryBody, at: string, writer: CanonicalWriter = new CanonicalWriter()): Buffer {
  if (Object.hasOwn(body, 'v') || Object.hasOwn(body, 'at')) {
    throw new AuditFault('entry-invalid', 'entry: "v" and "at" are set by the log alone')
  }
  if (typeof body.kind !== 'string') throw new AuditFault('entry-invalid', 'entry: kind is missing')
  const bytes = canonicalBytes(body, at, writer)
  if (bytes.length > MAX_ENTRY_BYTES) {
    throw new AuditFault('entry-too-large', `entry: ${bytes.length} bytes, at most ${MAX_ENTRY_BYTES}`)
  }
  return bytes
}

function canonicalBytes(body: EntryBody, at: string, writer: CanonicalWriter): Buffer {
  try {
    return writer.encode(body, { at, v: ENTRY_VERSION })
  } catch (error) {
    throw new AuditFault('entry-invalid', 'entry: not a JSON value', { cause: error })
  }
}
