/**
 * A fast answer to "is this text canonical JSON", for verifying logs: where the platform's own JSON.stringify gives back the text, only the
 * order of keys is left to look at. It answers yes, or does not know; jcs.ts then decides.
 */
import type { Json } from '@doorward/core'

/**
 * @param parsed from JSON.parse(text).
 * @returns true when `text` is canonical (RFC 8785); undefined when the slow way has to say.
 */
export function isCanonicalText(text: string, parsed: Json): true | undefined {
  // A lone surrogate is written \udxxx by JSON.stringify and would pass; any text with such letters goes the slow way.
  if (text.includes('\\ud') || JSON.stringify(parsed) !== text) return undefined
  return hasSortedKeys(parsed) ? true : undefined
}

function hasSortedKeys(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return (value as readonly Json[]).every(hasSortedKeys)
  let last: string | undefined
  for (const [key, item] of Object.entries(value)) {
    if (last !== undefined && key <= last) return false
    if (typeof item === 'object' && !hasSortedKeys(item)) return false
    last = key
  }
  return true
}
