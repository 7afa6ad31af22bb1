/**
 * From an {@link EntryBody} to the bytes that are stored and hashed: RFC 8785 JSON with `v` (the format's version) and `at`
 * (the time the log accepted it). What the fields mean is the gateway's affair; here they only have to be JSON.
 */
import type { EntryBody } from '@doorward/core'
import { AuditFault } from '../fault.ts'
import { toCanonicalJson } from './jcs.ts'
import type { KeptTexts } from './kept-texts.ts'
import { MAX_ENTRY_BYTES } from './bundle.ts'

export const ENTRY_VERSION = 1

/**
 * @param at RFC 3339 UTC with milliseconds.
 * @param kept texts of frozen parts of earlier entries.
 * @throws {AuditFault} `entry-invalid` (not JSON, or sets `v` or `at` itself), `entry-too-large`.
 */
export function encodeEntry(body: EntryBody, at: string, kept?: KeptTexts): Buffer {
  if (Object.hasOwn(body, 'v') || Object.hasOwn(body, 'at')) {
    throw new AuditFault('entry-invalid', 'entry: "v" and "at" are set by the log alone')
  }
  if (typeof body.kind !== 'string') throw new AuditFault('entry-invalid', 'entry: kind is missing')
  const bytes = Buffer.from(canonicalText(body, at, kept), 'utf8')
  if (bytes.length > MAX_ENTRY_BYTES) {
    throw new AuditFault('entry-too-large', `entry: ${bytes.length} bytes, at most ${MAX_ENTRY_BYTES}`)
  }
  return bytes
}

function canonicalText(body: EntryBody, at: string, kept: KeptTexts | undefined): string {
  try {
    return toCanonicalJson({ ...body, v: ENTRY_VERSION, at }, kept)
  } catch (error) {
    throw new AuditFault('entry-invalid', 'entry: not a JSON value', { cause: error })
  }
}
