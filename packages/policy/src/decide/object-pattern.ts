/**
 * The patterns of `on: { objects: [...] }`. `*` stands for any run of characters, every other character for itself; names are as in
 * the catalog, exact case, no quotes. Dots in names are not marked, so `a.b.c` may be table `c` of schema `a.b` or table `b.c` of
 * schema `a`. Both readings therefore end closed: for an allow a `*` stays within one part of the name, for a deny it crosses dots.
 */
import type { Effect } from '@doorward/core'

/** Longest pattern: two identifiers of a server with long names, and a dot. */
export const MAX_PATTERN = 255

/** One checked pattern. */
export interface ObjectPattern {
  readonly text: string
  /** Begins with the name of a system schema, written out: the only kind of pattern that can allow a closed part of the catalogs. */
  readonly systemCatalog: boolean
  /** No `*`: names one object. */
  readonly exact: boolean
  /** What an allow or deny with this pattern says of an object; of the scopes, only `user` is meant by a bare `*`. */
  readonly allows: (object: string) => boolean
  readonly denies: (object: string, kind: Effect['kind']) => boolean
}

/** Everything in user scope. */
const EVERYTHING = '*'

/** @returns the pattern, or what is wrong with it. */
export function compileObjectPattern(text: string): ObjectPattern | string {
  if (text.length > MAX_PATTERN) return `expected a pattern of at most ${MAX_PATTERN} characters, found ${text.length}`
  if (/[\u0000-\u001f\u007f]/.test(text)) return 'expected a pattern without control characters'
  if (text.includes('"')) return 'expected names without quotes, as in the catalog'
  if (text.includes('**')) return 'expected single stars: "*" stands for any run of characters'
  if (/^\s|\s$/.test(text)) return 'expected a pattern without spaces around it'
  const systemCatalog = text.startsWith('pg_catalog.') || text.startsWith('information_schema.')
  const pieces = text.split('*')
  const exact = pieces.length === 1
  if (exact) return { text, systemCatalog, exact, allows: (object) => object === text, denies: (object) => object === text }
  if (text === EVERYTHING) return { text, systemCatalog, exact, allows: () => true, denies: () => true }
  const parts = text.split('.').map((part) => part.split('*'))
  const schema = text.endsWith('.*') ? text.slice(0, -2).split('*') : undefined
  const [prefix, suffix] = pieces
  // Nearly all patterns are `schema.*`: a prefix, and after it no further dot.
  if (prefix !== undefined && suffix === '' && pieces.length === 2) {
    return {
      text, systemCatalog, exact,
      allows: (object) => object.startsWith(prefix) && !object.includes('.', prefix.length),
      denies: (object, kind) => object.startsWith(prefix) || (kind === 'schema' && prefix.endsWith('.') && object === prefix.slice(0, -1)),
    }
  }
  return {
    text, systemCatalog, exact,
    allows: (object) => matchParts(parts, object.split('.')),
    // Whoever may touch nothing in a schema may not drop or alter the schema either.
    denies: (object, kind) => matchRun(pieces, object) || (kind === 'schema' && schema !== undefined && matchRun(schema, object)),
  }
}

/** A run within a part holds no dot, and the literal dots are fixed in number: compare part by part. */
function matchParts(pattern: readonly (readonly string[])[], object: readonly string[]): boolean {
  return pattern.length === object.length && pattern.every((pieces, index) => matchRun(pieces, object[index] ?? ''))
}

/**
 * Literal pieces with a run of any characters between each two. Taking each piece at its first place is enough, as every later place
 * leaves less to match; so the time is bounded by the lengths, whatever the pattern.
 */
function matchRun(pieces: readonly string[], text: string): boolean {
  const first = pieces[0] ?? ''
  if (pieces.length === 1) return text === first
  const last = pieces.at(-1) ?? ''
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  let from = first.length
  const end = text.length - last.length
  for (const piece of pieces.slice(1, -1)) {
    const place = text.indexOf(piece, from)
    if (place < 0) return false
    from = place + piece.length
  }
  return from <= end // neither the pieces nor first and last overlap
}
