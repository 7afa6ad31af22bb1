/**
 * The server's side of OAUTHBEARER, which clients of PostgreSQL 18 speak: a token in the first message, or a question where to get one. Pure.
 * Sources: RFC 7628 §3; PostgreSQL, SASL Authentication, OAUTHBEARER.
 */
import { isUtf8 } from 'node:buffer'
import { Sensitive } from '@doorward/core'

export const OAUTH_BEARER = 'OAUTHBEARER'
/** RFC 7628 §3.1, kvsep. */
const SEPARATOR = '\u0001'
/** What a client says to a failure before the server's error: RFC 7628 §3.2.3. */
export const OAUTH_FAILURE_ANSWER = Buffer.from(SEPARATOR)

export type BearerMessage =
  | { readonly kind: 'token'; readonly token: Sensitive<string> }
  /** No token: the client asks where tokens come from. PostgreSQL's own clients do so first. */
  | { readonly kind: 'where' }
  | { readonly kind: 'malformed' }

/** RFC 6750 §2.1, b64token. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i

/** @param initial client-first: a GS2 header without binding, then `auth=Bearer <token>` and perhaps other pairs, which mean nothing here. */
export function readBearerMessage(initial: Buffer): BearerMessage {
  if (!isUtf8(initial)) return { kind: 'malformed' }
  const [header, ...pairs] = initial.toString('utf8').split(SEPARATOR)
  // `y` and `n`: no channel binding, which this mechanism does not have. An authorization identity would be acting as somebody else.
  if (header !== 'n,,' && header !== 'y,,') return { kind: 'malformed' }
  if (pairs.length < 2 || pairs.at(-1) !== '' || pairs.at(-2) !== '') return { kind: 'malformed' }
  const stated = pairs.slice(0, -2)
  const [auth, ...more] = stated.filter((pair) => pair.startsWith('auth='))
  if (auth === undefined || more.length > 0 || stated.some((pair) => !/^[A-Za-z]+=/.test(pair))) return { kind: 'malformed' }
  const value = auth.slice('auth='.length)
  if (value === '') return { kind: 'where' }
  const token = BEARER.exec(value)?.[1]
  return token === undefined ? { kind: 'malformed' } : { kind: 'token', token: new Sensitive(token) }
}

/** RFC 7628 §3.2.2: why not, and where tokens come from. The same for every reason. */
export function bearerFailure(issuer: string): Buffer {
  return Buffer.from(JSON.stringify({ status: 'invalid_token', 'openid-configuration': `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, scope: 'openid' }), 'utf8')
}
