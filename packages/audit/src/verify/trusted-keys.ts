/** Where a verification's trust comes from: a key that was given, the logs of a policy, or, for want of either, the key beside the log. */
import { malformed, type Malformed } from '../format/malformed.ts'
import { parseVerifierKey } from '../note/verifier-key.ts'
import type { TrustedKeys } from './signed-head.ts'
import type { LogSource } from './source.ts'
import type { TlogPolicy } from './tlog-policy.ts'

/** The name under which the gateway leaves the log's own verifier key beside it. */
export const VERIFIER_KEY_PATH = 'log.vkey'

export interface TrustOptions {
  readonly source: LogSource
  readonly verifierKey?: string
  readonly entries: 'doorward' | 'opaque'
}

/** @returns malformed when there is no key, or none that can be read. */
export async function toTrustedKeys(options: TrustOptions, policy: TlogPolicy | undefined): Promise<(TrustedKeys & { readonly kind: 'trusted' }) | Malformed> {
  const names = options.entries === 'doorward' ? 'origins' : 'any'
  if (options.verifierKey !== undefined) return fromText(options.verifierKey, 'given', names)
  if (policy !== undefined && policy.logs.length > 0) return { kind: 'trusted', from: 'policy', keys: policy.logs, names: 'origins' }
  const beside = await options.source.read(VERIFIER_KEY_PATH)
  if (beside === undefined) return malformed('no verifier key: none was given, and none lies beside the log')
  return fromText(beside.toString('utf8'), 'log', names)
}

function fromText(text: string, from: TrustedKeys['from'], names: TrustedKeys['names']): (TrustedKeys & { readonly kind: 'trusted' }) | Malformed {
  const key = parseVerifierKey(text.trim())
  if (key.kind === 'malformed') return key
  return key.type === 'ed25519' ? { kind: 'trusted', from, keys: [key], names } : malformed('verifier key: a witness key, expected that of a log')
}
