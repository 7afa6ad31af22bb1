/**
 * Who somebody is, whichever way they prove it: a local secret over SCRAM or HTTP Basic, a provider's token in the password field or as a
 * bearer token. Here is also where an agent shows for whom it acts, and where revoked and locked-out principals stay outside. Says `no` in one
 * word for all reasons; the reason is for the log.
 */
import { decodeJwt } from 'jose'
import type { Principal, Sensitive } from '@doorward/core'
import type { ClientCredential } from '../protocols/postgres/credentials.ts'
import { isSecretOf, isSecretOfNobody, type LocalPrincipals } from './local-principals.ts'
import type { Lockout } from './lockout.ts'
import { MAX_TOKEN_BYTES } from './oidc/check-token.ts'
import type { OidcProvider } from './oidc/oidc-provider.ts'
import type { Revocations } from './revocations.ts'

/** The user name that stands for the one provider there is. */
export const OIDC_USER = 'oidc'

export type Identified =
  | { readonly kind: 'principal'; readonly principal: Principal }
  /** `locked`: this failure began a lock, which is an entry of its own. */
  | { readonly kind: 'refused'; readonly why: string; readonly locked: 'now' | 'no' }

/** One attempt of a client on the wire. */
export interface Login {
  /** Undefined: nobody of that name. */
  readonly credential: ClientCredential | undefined
  /** Who it is, once the exchange has succeeded. @param method as the exchange ran. */
  succeeded(method: string): Promise<Identified>
  /** @param why of the exchange. */
  failed(why: string): Promise<Extract<Identified, { kind: 'refused' }>>
}

export interface IdentityParts {
  readonly local: LocalPrincipals
  readonly providers: readonly OidcProvider[]
  readonly lockout: Lockout
  readonly revocations: Revocations
  /** Makes the verifiers of names that do not exist. */
  readonly mockKey: Buffer
}

export class Identities {
  readonly #parts: IdentityParts

  constructor(parts: IdentityParts) { this.#parts = parts }

  /** @param address `host:port` of the client. */
  async begin(user: string, address: string): Promise<Login> {
    const { local, lockout } = this.#parts
    const provider = this.#providerNamed(user)
    if (provider !== undefined) return this.#tokenLogin(provider)
    const isLocked = await lockout.isLocked(user, address)
    const known = local.find(user)
    return {
      // A salt that changes would tell that the name exists: whoever is locked out meets their own.
      credential: known === undefined ? undefined : { kind: 'scram', verifier: known.verifier, standing: isLocked ? 'locked' : 'open' },
      succeeded: async (method) => {
        if (known === undefined || isLocked) return refused('unknown-user')
        await lockout.succeeded(user, address)
        return this.#admit(known.toPrincipal(method))
      },
      // While locked, failures change nothing: whoever is kept out by strangers comes back when the time is over.
      failed: async (why) => (isLocked ? refused('locked-out') : { ...refused(why), locked: await lockout.failed(user, address) === 'locked' ? 'now' : 'no' }),
    }
  }

  /** HTTP Basic. */
  async withSecret(name: string, secret: Sensitive<string>, address: string): Promise<Identified> {
    const { local, lockout, mockKey } = this.#parts
    const isLocked = await lockout.isLocked(name, address)
    const known = isLocked ? undefined : local.find(name)
    const isRight = known === undefined ? await isSecretOfNobody(secret, mockKey, name) : await isSecretOf(secret, known.verifier)
    if (isLocked) return refused('locked-out')
    if (!isRight || known === undefined) return { ...refused(known === undefined ? 'unknown-user' : 'proof'), locked: await lockout.failed(name, address) === 'locked' ? 'now' : 'no' }
    await lockout.succeeded(name, address)
    return this.#admit(known.toPrincipal('http-basic'))
  }

  /** A bearer token: its own issuer, if it is a configured one, checks it. */
  async withToken(token: Sensitive<string>, method: string): Promise<Identified> {
    const provider = this.#providerOf(token)
    if (provider === undefined) return refused('token-issuer')
    const result = await provider.principalOf(token, method)
    return result.kind === 'rejected' ? refused(result.why) : this.#admit(result.principal)
  }

  /**
   * The agent, acting for the person whose token it shows. The token must be the person's own, for Doorward, and of a provider that the
   * agent's configuration names.
   */
  async actingFor(agent: Principal, token: Sensitive<string>): Promise<Identified> {
    const { local } = this.#parts
    if (agent.issuer !== 'local' || agent.kind !== 'agent') return refused('acting-for: only a local agent shows another\'s token')
    const provider = this.#providerOf(token)
    if (provider === undefined || local.find(agent.name)?.actingFor.includes(provider.options.name) !== true) return refused('acting-for: not for people of that provider')
    const result = await provider.principalOf(token, 'oidc', 'delegation')
    if (result.kind === 'rejected') return refused(`acting-for: ${result.why}`)
    const { principal: person } = result
    if (person.kind !== 'human' || person.actingFor !== undefined) return refused('acting-for: the token is not a person\'s own')
    return this.#admit({ ...agent, actingFor: person })
  }

  #tokenLogin(provider: OidcProvider): Login {
    let found: Principal | undefined
    let why = 'token'
    return {
      credential: {
        kind: 'token', issuer: provider.options.issuer,
        check: async (token, method) => {
          const result = await provider.principalOf(token, method)
          if (result.kind === 'rejected') { why = result.why; return 'rejected' }
          found = result.principal
          return 'accepted'
        },
      },
      succeeded: () => Promise.resolve(found === undefined ? refused('token') : this.#admit(found)),
      failed: (how) => Promise.resolve(refused(how === 'token' ? why : how)),
    }
  }

  #admit(principal: Principal): Identified {
    if (this.#parts.revocations.covers(principal)) return refused('revoked')
    return { kind: 'principal', principal }
  }

  #providerNamed(user: string): OidcProvider | undefined {
    const { providers } = this.#parts
    const named = providers.find((provider) => provider.options.name === user)
    return named ?? (user === OIDC_USER && providers.length === 1 ? providers[0] : undefined)
  }

  /** By the unproven `iss`: it only chooses among the configured, whose own keys then decide. */
  #providerOf(token: Sensitive<string>): OidcProvider | undefined {
    const text = token.reveal() // for its issuer only
    if (text.length > MAX_TOKEN_BYTES) return undefined
    try {
      const { iss } = decodeJwt(text)
      return this.#parts.providers.find((provider) => provider.options.issuer === iss)
    } catch {
      return undefined // not a token at all
    }
  }
}

function refused(why: string): Extract<Identified, { kind: 'refused' }> { return { kind: 'refused', why, locked: 'no' } }
