/**
 * The signed head as an outsider checks it: the checkpoint is well-formed, signed by the log, cosigned by enough witnesses, and not older
 * than one that was seen before.
 */
import { parseCheckpoint, type SignedCheckpoint } from '../note/checkpoint.ts'
import { verifyCosignature } from '../note/cosignature.ts'
import { checkNote, isTextSigned } from '../note/signed-note.ts'
import type { VerifierKey } from '../note/verifier-key.ts'
import type { Findings } from './finding.ts'
import { describeQuorum, isQuorum, type TlogPolicy } from './tlog-policy.ts'

/** The log's keys: any one of them has to have signed. */
export interface TrustedKeys {
  readonly from: 'given' | 'policy' | 'log'
  readonly keys: readonly VerifierKey[]
  /**
   * `origins`: a key's name is the origin of its log, as C2SP tlog-policy asks and our logs have it. `any`: a key given by hand for another's
   * log may have another name, as that of sum.golang.org has.
   */
  readonly names: 'origins' | 'any'
}

export interface CheckedHead {
  readonly checkpoint: SignedCheckpoint
  /** The key whose signature holds; undefined when none does. */
  readonly key: VerifierKey | undefined
}

/** Reads a checkpoint and checks the log's own signature. @param name how findings call it. @returns undefined when it is malformed. */
export function readHead(bytes: Buffer, trusted: TrustedKeys, name: string, findings: Findings): CheckedHead | undefined {
  const checkpoint = parseCheckpoint(bytes)
  if (checkpoint.kind === 'malformed') {
    findings.add('integrity', 'checkpoint-malformed', `${name}: ${checkpoint.reason}`, { path: name })
    return undefined
  }
  return checkHead(checkpoint, trusted, name, findings)
}

/** Checks the log's own signature. */
export function checkHead(checkpoint: SignedCheckpoint, trusted: TrustedKeys, name: string, findings: Findings): CheckedHead {
  const check = checkNote(checkpoint.note, trusted.keys, isTextSigned)
  if (check.kind === 'bad-signature') {
    findings.add('integrity', 'signature-wrong', `${name}: the signature of key ${check.id} does not hold`, { path: name })
    return { checkpoint, key: undefined }
  }
  const key = check.verified[0]?.key
  if (key === undefined) findings.add('integrity', 'signature-missing', `${name}: not signed by a trusted key`, { path: name })
  else if (trusted.names === 'origins' && key.name !== checkpoint.origin) {
    findings.add('integrity', 'origin-differs', `${name}: its origin is not the name of the key that signed it`, { path: name })
  }
  return { checkpoint, key }
}

/** Checks the witnesses' cosignatures against the policy. @returns names of those that hold. */
export function checkWitnesses(checkpoint: SignedCheckpoint, policy: TlogPolicy, findings: Findings): readonly string[] {
  const cosigned = new Set<string>()
  for (const [name, key] of policy.witnesses) {
    const line = checkpoint.note.signatures.find((signature) => signature.name === key.name && signature.id === key.id)
    if (line === undefined) continue
    if (verifyCosignature(checkpoint.note.text, key, line.signature) !== undefined) cosigned.add(name)
    // C2SP signed-note: a known key whose signature is wrong rejects the note.
    else findings.add('integrity', 'signature-wrong', `checkpoint: the cosignature of witness key ${key.id} does not hold`, { path: 'checkpoint' })
  }
  if (!isQuorum(policy.quorum, cosigned)) {
    findings.add('quorum', 'quorum-missing', `checkpoint: cosigned by ${cosigned.size} known witnesses, the quorum is ${describeQuorum(policy.quorum)}`, { path: 'checkpoint' })
  }
  return [...cosigned]
}
