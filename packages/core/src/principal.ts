import type { GroupId } from './ids.ts'

/** A person, a program, or an AI agent. An agent may act for a person. */
export type PrincipalKind = 'human' | 'service' | 'agent'

/** How a principal proved who it is; policy and log both read it. */
export interface Authentication {
  /** `scram-sha-256`, `scram-sha-256-plus`, `oidc`, ... */
  readonly method: string
  /** RFC 8176 authentication method references, as the provider stated them. */
  readonly amr: readonly string[]
  readonly acr: string | undefined
  /** Milliseconds since the epoch; undefined: several sessions share this principal, and each has a time of its own. */
  readonly atMs: number | undefined
  /** When the proof ends (a token's `exp`), milliseconds since the epoch; undefined: no end of its own. */
  readonly expiresAtMs: number | undefined
}

/** Who is asking. `issuer` and `subject` together identify; `name` is for people. */
/** How a provider knows a person. */
export interface PersonAt {
  readonly issuer: string
  readonly subject: string
}

export interface Principal {
  readonly name: string
  readonly kind: PrincipalKind
  /** `local`, or the issuer URL. */
  readonly issuer: string
  readonly subject: string
  readonly groups: readonly GroupId[]
  readonly authentication: Authentication
  /**
   * Who it is at a provider, where one person has a name here as well: nobody approves for themselves under their other name, and counts once.
   * Left out: nobody else.
   */
  readonly person?: PersonAt | undefined
  /** The person an agent acts for. Its rights do not pass to the agent unless a policy says so. */
  readonly actingFor: Principal | undefined
}
