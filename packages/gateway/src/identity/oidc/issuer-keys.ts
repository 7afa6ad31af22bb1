/**
 * The keys of one issuer: found by discovery, kept, fetched anew when they are old or a token names one that is not there. A provider that
 * cannot be reached lets nobody new in once its keys are old; a flood of tokens with invented key ids causes one fetch per
 * {@link COOLDOWN_MS}. Sources: OpenID Connect Discovery 1.0 §3, §4; RFC 7517.
 */
import { isIP } from 'node:net'
import { createLocalJWKSet, type JWK, type JWTVerifyGetKey } from 'jose'
import { isLoopback } from '../../config/read-listen.ts'
import { IdentityFault } from '../identity-fault.ts'
import type { FetchJson } from './fetch-json.ts'

/** Keys are used this long without asking again. A provider that withdraws one waits that long at most. */
export const MAX_KEYS_AGE_MS = 10 * 60_000
/** Between two fetches that unknown key ids or failures cause. */
export const COOLDOWN_MS = 10_000
const MAX_KEYS = 100
/** Shared secrets (`oct`) are no keys of an issuer: whoever checks with one could sign with it. */
const PUBLIC_KEY_TYPES: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP'])

export interface IssuerKeysParts {
  /** Exactly as tokens name it. */
  readonly issuer: string
  readonly fetchJson: FetchJson
  readonly now: () => number
}

export class IssuerKeys {
  readonly #parts: IssuerKeysParts
  #keys: { readonly find: JWTVerifyGetKey; readonly ids: ReadonlySet<string>; readonly atMs: number } | undefined
  #fetching: Promise<void> | undefined
  #triedMs = -Infinity

  constructor(parts: IssuerKeysParts) { this.#parts = parts }

  /**
   * The keys to check a token with.
   * @param keyId As the token's header names it, unproven. @throws {IdentityFault}
   */
  async keysFor(keyId: string | undefined): Promise<JWTVerifyGetKey> {
    const { now } = this.#parts
    const isOld = this.#keys === undefined || now() - this.#keys.atMs >= MAX_KEYS_AGE_MS
    const isUnknown = keyId !== undefined && this.#keys?.ids.has(keyId) !== true
    const mayAsk = now() - this.#triedMs >= COOLDOWN_MS
    if ((isOld || isUnknown) && (mayAsk || this.#fetching !== undefined)) await this.#fetch(isOld ? 'needed' : 'tried')
    const keys = this.#keys
    if (keys === undefined || now() - keys.atMs >= MAX_KEYS_AGE_MS) throw new IdentityFault('provider-unreachable', `the keys of ${this.#parts.issuer} are not known`)
    return keys.find
  }

  /** One fetch at a time. Where the keys at hand are still good, its failure only means that none were added. */
  async #fetch(how: 'needed' | 'tried'): Promise<void> {
    this.#fetching ??= this.#fetchNow().finally(() => { this.#fetching = undefined })
    try {
      await this.#fetching
    } catch (error) {
      if (how === 'needed' || !(error instanceof IdentityFault)) throw error
    }
  }

  async #fetchNow(): Promise<void> {
    const { issuer, fetchJson, now } = this.#parts
    this.#triedMs = now()
    const atMs = now()
    const metadata = await fetchJson(discoveryUrl(issuer))
    if (!isRecord(metadata) || metadata['issuer'] !== issuer) throw new IdentityFault('provider-answer', `the discovery document of ${issuer} is another issuer's`)
    const set = await fetchJson(requireKeysUrl(issuer, metadata['jwks_uri']))
    const keys = isRecord(set) && Array.isArray(set['keys']) ? set['keys'].slice(0, MAX_KEYS).filter(isPublicKey) : []
    if (keys.length === 0) throw new IdentityFault('provider-answer', `the key set of ${issuer} holds no public key`)
    this.#keys = { find: createLocalJWKSet({ keys }), ids: new Set(keys.flatMap((key) => (key.kid === undefined ? [] : [key.kid]))), atMs }
  }
}

/** OpenID Connect Discovery 1.0 §4: the path is added to the issuer's own. */
function discoveryUrl(issuer: string): URL {
  return new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
}

/**
 * Keys may be kept on another host than the issuer's; what a discovery document may not do is point us into the network we stand in.
 * @throws {IdentityFault} `provider-answer`
 */
export function requireKeysUrl(issuer: string, value: unknown): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  const home = new URL(issuer)
  if (url === undefined || url.username !== '' || url.password !== '') throw new IdentityFault('provider-answer', `the discovery document of ${issuer} names no usable jwks_uri`)
  if (url.origin === home.origin) return url
  const bare = url.hostname.replaceAll(/^\[|\]$/g, '')
  if (url.protocol !== 'https:' || isIP(bare) !== 0 || isLoopback(bare) || !bare.includes('.')) {
    throw new IdentityFault('provider-answer', `the discovery document of ${issuer} names a jwks_uri that is neither its own host nor a public one over https`)
  }
  return url
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPublicKey(value: unknown): value is JWK {
  return isRecord(value) && PUBLIC_KEY_TYPES.has(value['kty']) && (value['kid'] === undefined || typeof value['kid'] === 'string') && (value['use'] === undefined || value['use'] === 'sig')
}
