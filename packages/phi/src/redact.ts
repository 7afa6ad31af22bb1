/**
 * The `redact` constants. INVARIANT: they follow from the shape alone: not from the value, its length, or whether it is null, so that a
 * redacted column says nothing at all (P4). What has no honest marker of its own type becomes null; a made-up number or date could be
 * taken for a real one.
 */
import type { TextShape, ValueShape } from './shape.ts'

/** What stands for redacted text, where it fits. */
export const REDACTED_TEXT = '[redacted]'
/** Canonical JSON of the marker. */
export const REDACTED_JSON = '"[redacted]"'

/**
 * The constant that replaces any value of this shape: text and JSON a marker, bytes the empty string, arrays the empty array `{}`,
 * anything else null. Text shorter than the marker by declaration gets asterisks, so that it can be loaded into a column declared alike.
 */
export function redactedValue(shape: ValueShape): string | null {
  switch (shape.kind) {
    case 'text': return redactedText(shape)
    case 'json': return REDACTED_JSON
    case 'bytes': return ''
    case 'array': return '{}'
    default: return null
  }
}

function redactedText(shape: TextShape): string {
  const width = shape.maxChars
  if (width === undefined) return REDACTED_TEXT
  const marker = REDACTED_TEXT.length <= width ? REDACTED_TEXT : '*'.repeat(width)
  return shape.padded ? marker.padEnd(width, ' ') : marker
}
