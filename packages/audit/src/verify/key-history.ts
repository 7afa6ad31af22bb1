/**
 * Which keys may sign a log's heads, followed from the ones that are trusted: a log that changes its key says so in two entries, and the second
 * carries a head that the key before signed (format/key-entry.ts). Whoever trusts an old key so comes to trust the present one; an old
 * key that was stolen later signs nothing that passes.
 */
import type { KeyEntry } from '../format/key-entry.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { checkNote, isTextSigned } from '../note/signed-note.ts'
import { parseVerifierKey, type VerifierKey } from '../note/verifier-key.ts'
import type { Findings } from './finding.ts'

/** A key entry and where it is; undefined: an entry of that kind which is none. */
export interface KeyChange {
  readonly index: number
  readonly entry: KeyEntry | undefined
}

export interface KeyHistory {
  /** Any one of them has to have signed the head. */
  readonly current: readonly VerifierKey[]
  /** Current and retired: what an older head may be signed by. */
  readonly known: readonly VerifierKey[]
}

/** More changes than any log has; bounds what a forged one makes us keep. */
export const MAX_KEY_CHANGES = 10_000

/**
 * @param changes in the log's order, under the head.
 * @param rootAt the root over the first entries, as the signed tiles have it; undefined where they are missing.
 */
export async function followKeys(trusted: readonly VerifierKey[], origin: string, changes: readonly KeyChange[], rootAt: (size: number) => Promise<Buffer | undefined>, findings: Findings): Promise<KeyHistory> {
  let current = trusted
  const known = [...trusted]
  let announced: { readonly index: number; readonly key: string } | undefined
  for (const { index, entry } of changes) {
    if (entry?.step === 'announced') {
      announced = { index, key: entry.key }
      continue
    }
    const next = await toNext(index, entry, { current, known, origin, announced }, rootAt)
    announced = undefined
    if (next.kind === 'wrong') findings.add('integrity', 'key-change-wrong', `entry ${index}: ${next.why}`, { index })
    if (next.kind !== 'adopted') continue
    const own = known.find((candidate) => candidate.text === next.key.text)
    if (own === undefined) known.push(next.key)
    current = [...current.filter((key) => !next.replaces.includes(key) && key !== own), own ?? next.key]
  }
  return { current, known }
}

interface Standing extends KeyHistory {
  readonly origin: string
  readonly announced: { readonly index: number; readonly key: string } | undefined
}

type Next =
  | { readonly kind: 'adopted'; readonly key: VerifierKey; readonly replaces: readonly VerifierKey[] }
  /** Whoever was given a later key cannot judge changes before it; nothing is trusted by them either. */
  | { readonly kind: 'between-unknown-keys' }
  | { readonly kind: 'wrong'; readonly why: string }

async function toNext(index: number, entry: Extract<KeyEntry, { step: 'adopted' }> | undefined, { current, known, origin, announced }: Standing, rootAt: (size: number) => Promise<Buffer | undefined>): Promise<Next> {
  if (entry === undefined) return wrong('a change of keys that is malformed')
  const key = parseVerifierKey(entry.key)
  if (key.kind === 'malformed') return wrong(`a change of keys: ${key.reason}`)
  if (key.type !== 'ed25519' || key.name !== origin) return wrong('a change to the key of another log')
  if (announced?.key !== entry.key) return wrong('a change to a key that was not announced')
  const own = known.find((candidate) => candidate.text === key.text)
  if (own !== undefined && !current.includes(own)) return wrong('a change back to a key that was replaced')
  const head = parseCheckpoint(Buffer.from(entry.head, 'utf8'))
  if (head.kind === 'malformed') return wrong(`a change of keys: ${head.reason}`)
  if (head.origin !== origin || head.size <= announced.index || head.size > index) return wrong('a change of keys under a head that does not cover its announcement')
  const check = checkNote(head.note, known, isTextSigned)
  if (check.kind === 'bad-signature') return wrong('a change of keys under a head with a wrong signature')
  const signers = check.verified.map(({ key: signer }) => signer)
  if (signers.length === 0) return { kind: 'between-unknown-keys' }
  if (!signers.some((signer) => current.includes(signer))) return wrong('a change of keys under a head that a replaced key signed')
  const root = await rootAt(head.size)
  if (root !== undefined && !root.equals(head.root)) return wrong('a change of keys under a head of another history')
  return { kind: 'adopted', key, replaces: signers }
}

function wrong(why: string): Next {
  return { kind: 'wrong', why }
}
