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
  /** Of tokens by which a person lends an agent their name, and which sign nobody in; undefined: the same as above. */
  readonly delegationAudiences: readonly string[] | undefined
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

  /** @param method How it came, for the log: `oidc`, `oauthbearer`. @param use What it is shown for. */
  async principalOf(token: Sensitive<string>, method: string, use: 'sign-in' | 'delegation' = 'sign-in'): Promise<TokenResult> {
    const atMs = this.#now()
    const audiences = use === 'delegation' ? this.options.delegationAudiences ?? this.options.audiences : this.options.audiences
    const checked = await checkToken(token, { ...this.options, audiences }, this.#keys, atMs)
    return checked.kind === 'rejected' ? checked : toPrincipal(checked, this.options, method, atMs)
  }
}
