/**
 * C2SP tlog-policy: which logs and witnesses are trusted, and how many witnesses a head needs. Names are octets (read here as
 * latin-1, so that two are equal when their octets are); they mean nothing outside the file.
 */
import { malformed, type Malformed } from '../format/malformed.ts'
import { parseVerifierKey, toVerifierKey, type VerifierKey } from '../note/verifier-key.ts'

export type Quorum =
  | { readonly kind: 'none' }
  | { readonly kind: 'witness'; readonly name: string }
  | { readonly kind: 'group'; readonly name: string; readonly threshold: number; readonly members: readonly Quorum[] }

export interface TlogPolicy {
  readonly kind: 'policy'
  readonly logs: readonly VerifierKey[]
  /** By their name in the file. */
  readonly witnesses: ReadonlyMap<string, VerifierKey>
  /** Submission prefixes of those that have one, by the same names. For asking witnesses; verifying needs none. */
  readonly witnessUrls: ReadonlyMap<string, string>
  readonly quorum: Quorum
}

/** More than any policy for people; bounds the work on a hostile file. */
const MAX_POLICY_BYTES = 256 * 1024

/** Reads a policy file. Malformed names the line. */
export function parseTlogPolicy(bytes: Buffer): TlogPolicy | Malformed {
  if (bytes.length > MAX_POLICY_BYTES) return malformed(`policy: ${bytes.length} bytes, at most ${MAX_POLICY_BYTES}`)
  const text = bytes.toString('latin1')
  if (/[^\t\n\x20-\x7e\x80-\xff]/.test(text)) return malformed('policy: control character')
  const reading: Reading = { logs: [], witnesses: new Map(), witnessUrls: new Map(), names: new Map(), members: new Set(), quorum: undefined }
  for (const [number, line] of text.split('\n').entries()) {
    const items = line.split(/[ \t]+/).filter((item) => item !== '')
    if (items.length === 0 || items[0]?.startsWith('#') === true) continue
    const problem = readLine(reading, items)
    if (problem !== undefined) return malformed(`policy: line ${number + 1}: ${problem}`)
  }
  if (reading.quorum === undefined) return malformed('policy: no quorum line')
  return { kind: 'policy', logs: reading.logs, witnesses: reading.witnesses, witnessUrls: reading.witnessUrls, quorum: reading.quorum }
}

/** @returns whether the witnesses named have cosigned in the number the quorum asks for. */
export function isQuorum(quorum: Quorum, cosigned: ReadonlySet<string>): boolean {
  switch (quorum.kind) {
    case 'none': return true
    case 'witness': return cosigned.has(quorum.name)
    case 'group': return quorum.members.filter((member) => isQuorum(member, cosigned)).length >= quorum.threshold
  }
}

/** What the quorum asks for, for people. */
export function describeQuorum(quorum: Quorum): string {
  switch (quorum.kind) {
    case 'none': return 'none'
    case 'witness': return quorum.name
    case 'group': return `${quorum.threshold} of (${quorum.members.map(describeQuorum).join(', ')})`
  }
}

interface Reading {
  readonly logs: VerifierKey[]
  readonly witnesses: Map<string, VerifierKey>
  readonly witnessUrls: Map<string, string>
  readonly names: Map<string, Quorum>
  /** Names that are members of a group already: each counts in one way only. */
  readonly members: Set<string>
  quorum: Quorum | undefined
}

/** @returns what is wrong with the line. */
function readLine(reading: Reading, items: readonly string[]): string | undefined {
  const [keyword, ...rest] = items
  switch (keyword) {
    case 'log': return readLog(reading, rest)
    case 'witness': return readWitness(reading, rest)
    case 'group': return readGroup(reading, rest)
    case 'quorum': return readQuorum(reading, rest)
    default: return 'expected log, witness, group or quorum'
  }
}

function readLog(reading: Reading, [vkey, , ...more]: readonly string[]): string | undefined {
  if (vkey === undefined || more.length > 0) return 'expected log, a key, and at most a URL'
  const key = toKey(vkey)
  if (key.kind === 'malformed') return key.reason
  if (key.type !== 'ed25519') return 'a log signs with Ed25519 (type 1)'
  if (reading.logs.some((other) => other.publicKey.equals(key.publicKey))) return 'this log is there already'
  reading.logs.push(key)
  return undefined
}

function readWitness(reading: Reading, [name, vkey, url, ...more]: readonly string[]): string | undefined {
  if (name === undefined || vkey === undefined || more.length > 0) return 'expected witness, a name, a key, and at most a URL'
  const key = toKey(vkey)
  if (key.kind === 'malformed') return key.reason
  // A plain Ed25519 key stands for the cosignature key of the same name and bytes, as in files of transparency-dev.
  const cosigning = key.type === 'ed25519' ? toVerifierKey(key.name, 'cosignature-v1', key.publicKey) : key
  for (const other of reading.witnesses.values()) if (other.publicKey.equals(key.publicKey)) return 'this witness is there already'
  const problem = define(reading, name, { kind: 'witness', name })
  if (problem === undefined) reading.witnesses.set(name, cosigning)
  if (problem === undefined && url !== undefined) reading.witnessUrls.set(name, url)
  return problem
}

function readGroup(reading: Reading, [name, count, ...members]: readonly string[]): string | undefined {
  if (name === undefined || count === undefined || members.length === 0) return 'expected group, a name, a number, and members'
  const threshold = count === 'all' ? members.length : count === 'any' ? 1 : /^[1-9][0-9]{0,5}$/.test(count) ? Number(count) : 0
  if (threshold < 1 || threshold > members.length) return `expected all, any, or a number from 1 to ${members.length}`
  const parts: Quorum[] = []
  for (const member of members) {
    const part = reading.names.get(member)
    if (part === undefined) return 'a member is not defined above'
    if (reading.members.has(member)) return 'a member is in a group already'
    reading.members.add(member)
    parts.push(part)
  }
  return define(reading, name, { kind: 'group', name, threshold, members: parts })
}

function readQuorum(reading: Reading, [name, ...more]: readonly string[]): string | undefined {
  if (name === undefined || more.length > 0) return 'expected quorum and a name'
  if (reading.quorum !== undefined) return 'a second quorum'
  reading.quorum = name === 'none' ? { kind: 'none' } : reading.names.get(name)
  return reading.quorum === undefined ? 'the quorum is not defined above' : undefined
}

function define(reading: Reading, name: string, meaning: Quorum): string | undefined {
  if (name === 'none') return 'none is not a name'
  if (reading.names.has(name)) return 'the name is taken'
  reading.names.set(name, meaning)
  return undefined
}

function toKey(latin1: string): VerifierKey | Malformed {
  return parseVerifierKey(Buffer.from(latin1, 'latin1').toString('utf8'))
}
