/** Reading fields of a parsed entry: entries of other versions lack some and have others, so each is asked for and may not be there. */
import type { Json } from '@doorward/core'

export type Entry = { readonly [key: string]: Json | undefined }

/** @returns undefined when the bytes are no JSON object. */
export function parseEntry(bytes: Buffer): Entry | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : undefined // from JSON.parse: nothing but JSON is in it
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The value at a path of keys; undefined when a part of the way is missing. */
export function fieldOf(entry: Json | undefined, ...path: readonly string[]): Json | undefined {
  let value: Json | undefined = entry
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return undefined
    value = (value as Entry)[key] // neither null nor a list, checked above
  }
  return value
}

export function textOf(entry: Json | undefined, ...path: readonly string[]): string | undefined {
  const value = fieldOf(entry, ...path)
  return typeof value === 'string' ? value : undefined
}

export function numberOf(entry: Json | undefined, ...path: readonly string[]): number | undefined {
  const value = fieldOf(entry, ...path)
  return typeof value === 'number' ? value : undefined
}

/** The items of a list; none when it is missing. */
export function listOf(entry: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const value = fieldOf(entry, ...path)
  return Array.isArray(value) ? (value as readonly Json[]) : [] // TypeScript does not narrow a readonly list by isArray
}

export function textsOf(entry: Json | undefined, ...path: readonly string[]): readonly string[] {
  return listOf(entry, ...path).filter((item) => typeof item === 'string')
}
