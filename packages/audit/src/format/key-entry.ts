/**
 * How a log says that its key changes: two entries of kind `audit.key`.
 *
 * `announced` names the next key, under a head that the present key signs. `adopted` names it again and carries that head, so that whoever trusts
 * the present key alone can follow from inside the log; every head that covers this entry is signed by the new key, and by no other.
 */
import type { EntryBody, Json } from '@doorward/core'

export type KeyEntry =
  | { readonly step: 'announced'; readonly key: string }
  /** `head`: a signed checkpoint, verbatim. */
  | { readonly step: 'adopted'; readonly key: string; readonly head: string }

export const KEY_ENTRY_KIND = 'audit.key'

export function toKeyEntryBody(entry: KeyEntry): EntryBody {
  return { kind: KEY_ENTRY_KIND, ...entry }
}

/** @param entry a parsed entry of this kind. @returns undefined when it is not one of the two. */
export function parseKeyEntry(entry: { readonly [key: string]: Json | undefined }): KeyEntry | undefined {
  const { step, key, head } = entry
  if (typeof key !== 'string') return undefined
  if (step === 'announced') return { step, key }
  return step === 'adopted' && typeof head === 'string' ? { step, key, head } : undefined
}

/** @returns the last key that any of these entries adopts. */
export function lastAdopted(entries: readonly Buffer[]): string | undefined {
  for (const bytes of entries.toReversed()) {
    // Looked for before parsing: nearly no entry is of this kind.
    if (!bytes.includes(KEY_ENTRY_KIND)) continue
    const entry: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof entry !== 'object' || entry === null || !('kind' in entry) || entry.kind !== KEY_ENTRY_KIND) continue
    const change = parseKeyEntry(entry as { readonly [key: string]: Json | undefined }) // from JSON.parse: nothing but JSON is in it
    if (change?.step === 'adopted') return change.key
  }
  return undefined
}
