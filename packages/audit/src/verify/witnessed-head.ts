/**
 * The head that enough witnesses have cosigned: the log's present one, or the one kept beside it, since a log that grows every second is
 * witnessed every few. Everything it covers is as sure as the witnesses are; what came after is counted and said.
 */
import { parseCheckpoint, type SignedCheckpoint } from '../note/checkpoint.ts'
import { verifyCosignature } from '../note/cosignature.ts'
import type { Findings } from './finding.ts'
import type { LogSource } from './source.ts'
import { describeQuorum, isQuorum, type TlogPolicy } from './tlog-policy.ts'

/** Where a log keeps the last head that has a quorum: a signed note like `checkpoint`. Ours; C2SP tlog-tiles has no name for it. */
export const WITNESSED_PATH = 'checkpoint.witnessed'

export interface WitnessedHead {
  readonly checkpoint: SignedCheckpoint
  readonly path: string
  /** Names, as in the policy, of witnesses whose cosignature holds. */
  readonly witnesses: readonly string[]
  /** When the quorum was complete, by the witnesses' clocks: seconds since the epoch. */
  readonly timeS: number
}

/** @returns undefined, with a finding, when no head has a quorum. Whether the head is this log's is left to the caller. */
export async function findWitnessedHead(source: LogSource, checkpoint: SignedCheckpoint, policy: TlogPolicy, findings: Findings): Promise<WitnessedHead | undefined> {
  const present = toWitnessed(checkpoint, 'checkpoint', policy, findings)
  if (present.kind === 'witnessed') return present.head
  const bytes = await source.read(WITNESSED_PATH)
  const kept = bytes === undefined ? undefined : parseCheckpoint(bytes)
  const other = kept?.kind === 'checkpoint' ? toWitnessed(kept, WITNESSED_PATH, policy, findings) : undefined
  if (other?.kind === 'witnessed') return other.head
  const best = Math.max(present.cosigned, other?.cosigned ?? 0)
  findings.add('quorum', 'quorum-missing', `checkpoint: cosigned by ${best} known witnesses, the quorum is ${describeQuorum(policy.quorum)}`, { path: 'checkpoint' })
  return undefined
}

/** As {@link findWitnessedHead}, of one head alone. */
export function checkWitnesses(checkpoint: SignedCheckpoint, policy: TlogPolicy, findings: Findings): readonly string[] {
  const times = readCosignatures(checkpoint, policy, 'checkpoint', findings)
  if (!isQuorum(policy.quorum, new Set(times.keys()))) {
    findings.add('quorum', 'quorum-missing', `checkpoint: cosigned by ${times.size} known witnesses, the quorum is ${describeQuorum(policy.quorum)}`, { path: 'checkpoint' })
  }
  return [...times.keys()]
}

function toWitnessed(checkpoint: SignedCheckpoint, path: string, policy: TlogPolicy, findings: Findings): { readonly kind: 'witnessed'; readonly head: WitnessedHead } | { readonly kind: 'too-few'; readonly cosigned: number } {
  const times = readCosignatures(checkpoint, policy, path, findings)
  const timeS = quorumTime(policy, times)
  return timeS === undefined ? { kind: 'too-few', cosigned: times.size } : { kind: 'witnessed', head: { checkpoint, path, witnesses: [...times.keys()], timeS } }
}

/** When each known witness signed. */
function readCosignatures(checkpoint: SignedCheckpoint, policy: TlogPolicy, path: string, findings: Findings): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const [name, key] of policy.witnesses) {
    const line = checkpoint.note.signatures.find((signature) => signature.name === key.name && signature.id === key.id)
    if (line === undefined) continue
    const timeS = verifyCosignature(checkpoint.note.text, key, line.signature)
    if (timeS !== undefined) times.set(name, timeS)
    // C2SP signed-note: a known key whose signature is wrong rejects the note.
    else findings.add('integrity', 'signature-wrong', `${path}: the cosignature of witness key ${key.id} does not hold`, { path })
  }
  return times
}

/** The latest time such that those who signed at or after it are a quorum: how fresh its word is. */
function quorumTime(policy: TlogPolicy, times: ReadonlyMap<string, number>): number | undefined {
  const signed = new Set<string>()
  if (isQuorum(policy.quorum, signed)) return Math.max(0, ...times.values())
  for (const [name, timeS] of [...times].sort(([, a], [, b]) => b - a)) {
    signed.add(name)
    if (isQuorum(policy.quorum, signed)) return timeS
  }
  return undefined
}
