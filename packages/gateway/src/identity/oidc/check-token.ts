/**
 * A token in, its claims or the reason why not out: signature by a key of the configured issuer and an algorithm of the configured list,
 * issuer, audience, times, type. Sources: RFC 7519, RFC 8725 (best practices), RFC 9068 (access tokens), OpenID Connect Core 1.0 §3.1.3.7.
 */
import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload, type ProtectedHeaderParameters } from 'jose'
import { Sensitive } from '@doorward/core'
import { IdentityFault } from '../identity-fault.ts'
import type { TokenAlgorithm } from './algorithms.ts'
import type { IssuerKeys } from './issuer-keys.ts'

/** Tokens with hundreds of groups have some 10 kB. */
export const MAX_TOKEN_BYTES = 16_384
/** ID tokens and access tokens. A logout token or a DPoP proof has the same issuer and is no proof of anybody's presence (RFC 8725 §3.11). */
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt', 'application/at+jwt'])

/** For the log: which rule a token broke. The client only learns that authentication failed. */
export type TokenRefusal =
  | 'token-too-long' | 'token-malformed' | 'token-algorithm' | 'token-type' | 'token-unknown-key' | 'token-signature' | 'token-issuer' | 'token-audience'
  | 'token-expired' | 'token-not-yet-valid' | 'token-claims' | 'token-sender-constrained' | 'provider-unreachable'

export interface TokenRules {
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly algorithms: readonly TokenAlgorithm[]
  /** What clocks may differ by. */
  readonly skewMs: number
}

export interface CheckedToken {
  readonly kind: 'checked'
  readonly subject: string
  readonly claims: JWTPayload
  /** The skew included, so that a token that was just good does not end at once. */
  readonly expiresAtMs: number
}

export async function checkToken(token: Sensitive<string>, rules: TokenRules, keys: IssuerKeys, nowMs: number): Promise<CheckedToken | { readonly kind: 'rejected'; readonly why: TokenRefusal }> {
  const text = token.reveal() // into the checks below only
  if (Buffer.byteLength(text) > MAX_TOKEN_BYTES) return rejected('token-too-long')
  let header: ProtectedHeaderParameters
  try {
    header = decodeProtectedHeader(text)
  } catch {
    return rejected('token-malformed')
  }
  // Before any key is looked for: what stands in an unproven header chooses neither algorithm nor address (`jku`, `x5u` are never followed).
  if (!rules.algorithms.some((algorithm) => algorithm === header.alg)) return rejected('token-algorithm')
  if (header.typ !== undefined && !TYPES.has(header.typ.toLowerCase())) return rejected('token-type')
  try {
    const find = await keys.keysFor(typeof header.kid === 'string' ? header.kid : undefined)
    const { payload } = await jwtVerify(text, find, {
      issuer: rules.issuer, audience: [...rules.audiences], algorithms: [...rules.algorithms], clockTolerance: rules.skewMs / 1_000, currentDate: new Date(nowMs), requiredClaims: ['exp', 'sub'],
    })
    return judge(payload, rules)
  } catch (error) {
    return rejected(reasonOf(error))
  }
}

function judge(claims: JWTPayload, rules: TokenRules): CheckedToken | { readonly kind: 'rejected'; readonly why: TokenRefusal } {
  const { sub, exp } = claims
  // OpenID Connect Core 1.0 §2: a subject has at most 255 ASCII characters. Others write UTF-8; nobody writes control characters.
  if (typeof sub !== 'string' || sub.length === 0 || sub.length > 255 || /\p{Cc}/u.test(sub)) return rejected('token-claims')
  if (typeof exp !== 'number' || exp > MAX_DATE_S) return rejected('token-claims')
  // A token bound to a key or certificate (RFC 7800) is worth nothing without its proof, which this wire cannot carry.
  if (claims['cnf'] !== undefined) return rejected('token-sender-constrained')
  return { kind: 'checked', subject: sub, claims, expiresAtMs: exp * 1_000 + rules.skewMs }
}

/** ECMAScript, Time Values and Time Range: the last second a Date can hold. */
const MAX_DATE_S = 8.64e12

function reasonOf(error: unknown): TokenRefusal {
  if (error instanceof IdentityFault) return 'provider-unreachable'
  if (error instanceof errors.JWTExpired) return 'token-expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    switch (error.claim) {
      case 'iss': return 'token-issuer'
      case 'aud': return 'token-audience'
      case 'nbf': return 'token-not-yet-valid'
      default: return 'token-claims'
    }
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'token-algorithm'
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return 'token-unknown-key'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'token-signature'
  if (error instanceof errors.JOSEError) return 'token-malformed'
  // A key that the runtime cannot use (a curve, a length) is no key.
  if (error instanceof TypeError) return 'token-unknown-key'
  throw error
}

function rejected(why: TokenRefusal): { readonly kind: 'rejected'; readonly why: TokenRefusal } {
  return { kind: 'rejected', why }
}
