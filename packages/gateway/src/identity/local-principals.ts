/**
 * Principals of the configuration file: agents, services, and people before an identity provider is connected. Secrets are turned into
 * SCRAM verifiers when the gateway starts and are not kept. Source: RFC 5802, PostgreSQL, SASL Authentication.
 */
import { requireGroupId, type Principal, type PrincipalKind, type Sensitive } from '@doorward/core'
import { makeVerifier, parseVerifier, type ScramVerifier } from '../protocols/postgres/scram-verifier.ts'

export interface LocalPrincipal {
  readonly name: string
  readonly kind: PrincipalKind
  readonly groups: readonly string[]
  /** The secret itself, or a verifier as PostgreSQL writes it (`SCRAM-SHA-256$...`). */
  readonly secret: Sensitive<string>
}

export interface KnownPrincipal {
  readonly verifier: ScramVerifier
  /** The principal once it has authenticated. @param method as the exchange ran. */
  toPrincipal(method: string, atMs: number): Principal
}

export class LocalPrincipals {
  readonly #known: ReadonlyMap<string, KnownPrincipal>

  private constructor(known: ReadonlyMap<string, KnownPrincipal>) { this.#known = known }

  static async load(principals: readonly LocalPrincipal[], randomBytes: (size: number) => Buffer): Promise<LocalPrincipals> {
    const known = new Map<string, KnownPrincipal>()
    for (const { name, kind, groups, secret } of principals) {
      const verifier = parseVerifier(secret.reveal()) ?? await makeVerifier(secret, randomBytes(16))
      const ids = groups.map(requireGroupId)
      known.set(name, {
        verifier,
        toPrincipal: (method, atMs) => ({
          name, kind, issuer: 'local', subject: name, groups: ids, actingFor: undefined,
          authentication: { method, amr: ['pwd'], acr: undefined, atMs, expiresAtMs: undefined },
        }),
      })
    }
    return new LocalPrincipals(known)
  }

  find(name: string): KnownPrincipal | undefined { return this.#known.get(name) }
}
