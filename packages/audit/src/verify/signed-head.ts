/**
 * The signed head as an outsider checks it: the checkpoint is well-formed, and signed by a key that is trusted for this log.
 */
import type { SignedCheckpoint } from '../note/checkpoint.ts'
import { checkNote, isTextSigned } from '../note/signed-note.ts'
import type { VerifierKey } from '../note/verifier-key.ts'
import type { Findings } from './finding.ts'
import type { KeyHistory } from './key-history.ts'

/** The log's keys: any one of them has to have signed, or one that it leads to. */
export interface TrustedKeys {
  readonly from: 'given' | 'policy' | 'log'
  readonly keys: readonly VerifierKey[]
  /**
   * `origins`: a key's name is the origin of its log, as C2SP tlog-policy asks and our logs have it. `any`: a key given by hand for another's
   * log may have another name, as that of sum.golang.org has.
   */
  readonly names: 'origins' | 'any'
}

/** Those of the keys that may speak for this origin. */
export function keysOf(trusted: TrustedKeys, origin: string): readonly VerifierKey[] {
  const own = trusted.keys.filter(({ name }) => name === origin)
  // Where none has the name, all are tried, so that what is said is that the name differs.
  return trusted.names === 'any' || own.length === 0 ? trusted.keys : own
}

/**
 * Checks the log's own signature. @param name how findings call it, and its file.
 * @returns the key whose signature holds; undefined when none does.
 */
export function checkHead(checkpoint: SignedCheckpoint, keys: KeyHistory, trusted: TrustedKeys, name: string, findings: Findings): VerifierKey | undefined {
  const check = checkNote(checkpoint.note, keys.known, isTextSigned)
  if (check.kind === 'bad-signature') {
    findings.add('integrity', 'signature-wrong', `${name}: the signature of key ${check.id} does not hold`, { path: name })
    return undefined
  }
  const signers = check.verified.map(({ key }) => key)
  const key = signers.find((signer) => keys.current.includes(signer))
  if (key !== undefined) {
    if (trusted.names === 'origins' && key.name !== checkpoint.origin) findings.add('integrity', 'origin-differs', `${name}: its origin is not the name of the key that signed it`, { path: name })
    return key
  }
  const [retired] = signers
  if (retired !== undefined) findings.add('integrity', 'key-retired', `${name}: signed by key ${retired.id}, which this log has replaced by another`, { path: name })
  else findings.add('integrity', 'signature-missing', `${name}: not signed by a trusted key`, { path: name })
  return undefined
}
