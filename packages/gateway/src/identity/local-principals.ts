/**
 * Principals of the configuration file: agents, services, and people before an identity provider is connected. Secrets are turned into
 * SCRAM verifiers when the gateway starts and are not kept. Source: RFC 5802, PostgreSQL, SASL Authentication.
 */
import { timingSafeEqual } from 'node:crypto'
import { requireGroupId, type PersonAt, type Principal, type PrincipalKind, type Sensitive } from '@doorward/core'
import { clientKeyOf, makeVerifier, mockVerifier, parseVerifier, saltedPassword, storedKeyOf, type ScramVerifier } from '../protocols/postgres/scram-verifier.ts'

export interface LocalPrincipal {
  readonly name: string
  readonly kind: PrincipalKind
  readonly groups: readonly string[]
  /** The secret itself, or a verifier as PostgreSQL writes it (`SCRAM-SHA-256$...`). */
  readonly secret: Sensitive<string>
  /** Names of the providers for whose people this agent may act, each time proven by a token of theirs. */
  readonly actingFor: readonly string[]
  /** The same person at a provider. */
  readonly person?: PersonAt | undefined
}

export interface KnownPrincipal {
  readonly verifier: ScramVerifier
  readonly person: PersonAt | undefined
  readonly actingFor: readonly string[]
  /**
   * The principal once it has authenticated: the same object each time, so that what is kept by principal (decisions, compiled masks, what entries
   * say) is kept once, however many sessions one has. @param method as the exchange ran.
   */
  toPrincipal(method: string): Principal
}

export class LocalPrincipals {
  readonly #known: ReadonlyMap<string, KnownPrincipal>

  private constructor(known: ReadonlyMap<string, KnownPrincipal>) { this.#known = known }

  static async load(principals: readonly LocalPrincipal[], randomBytes: (size: number) => Buffer): Promise<LocalPrincipals> {
    const known = new Map<string, KnownPrincipal>()
    for (const { name, kind, groups, secret, actingFor, person } of principals) {
      const verifier = parseVerifier(secret.reveal()) ?? await makeVerifier(secret, randomBytes(16))
      const ids = Object.freeze(groups.map(requireGroupId))
      const byMethod = new Map<string, Principal>()
      const make = (method: string): Principal => Object.freeze({
        name, kind, issuer: 'local', subject: name, groups: ids, actingFor: undefined, ...(person === undefined ? {} : { person: Object.freeze({ ...person }) }),
        authentication: Object.freeze({ method, amr: Object.freeze(['pwd']), acr: undefined, atMs: undefined, expiresAtMs: undefined }),
      })
      known.set(name, {
        verifier, actingFor, person,
        toPrincipal: (method) => {
          const found = byMethod.get(method) ?? make(method)
          byMethod.set(method, found)
          return found
        },
      })
    }
    return new LocalPrincipals(known)
  }

  find(name: string): KnownPrincipal | undefined { return this.#known.get(name) }

  has(name: string): boolean { return this.#known.has(name) }
}

/** Whether a secret is the verifier's: the way to check one that came over HTTP. Costs some milliseconds of another thread. */
export async function isSecretOf(secret: Sensitive<string>, verifier: ScramVerifier): Promise<boolean> {
  const salted = await saltedPassword(secret, verifier.salt, verifier.iterations)
  return timingSafeEqual(storedKeyOf(clientKeyOf(salted)), verifier.storedKey)
}

/** For a name that does not exist: the same work, and never right. */
export async function isSecretOfNobody(secret: Sensitive<string>, mockKey: Buffer, name: string): Promise<false> {
  await isSecretOf(secret, mockVerifier(mockKey, name))
  return false
}
