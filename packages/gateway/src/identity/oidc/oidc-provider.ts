/** One configured OpenID provider: a token in, a principal or the reason why not out. */
import type { GroupId, Principal, Sensitive } from '@doorward/core'
import type { TokenAlgorithm } from './algorithms.ts'
import { checkToken, type TokenRefusal } from './check-token.ts'
import type { FetchJson } from './fetch-json.ts'
import { IssuerKeys } from './issuer-keys.ts'
import { toPrincipal } from './to-principal.ts'

export interface OidcProviderOptions {
  /** What a client may give as its user name. */
  readonly name: string
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly groupsClaim: string
  readonly agentGroups: readonly GroupId[]
  readonly algorithms: readonly TokenAlgorithm[]
  readonly skewMs: number
}

export type TokenResult =
  | { readonly kind: 'principal'; readonly principal: Principal }
  | { readonly kind: 'rejected'; readonly why: TokenRefusal | 'token-groups' | 'token-actor' }

export class OidcProvider {
  readonly options: OidcProviderOptions
  readonly #keys: IssuerKeys
  readonly #now: () => number

  constructor(options: OidcProviderOptions, fetchJson: FetchJson, now: () => number) {
    this.options = options
    this.#now = now
    this.#keys = new IssuerKeys({ issuer: options.issuer, fetchJson, now })
  }

  /** @param method How it came, for the log: `oidc`, `oauthbearer`. */
  async principalOf(token: Sensitive<string>, method: string): Promise<TokenResult> {
    const atMs = this.#now()
    const checked = await checkToken(token, this.options, this.#keys, atMs)
    return checked.kind === 'rejected' ? checked : toPrincipal(checked, this.options, method, atMs)
  }
}
