/**
 * doorward.yaml as the gateway uses it: every key checked, every path resolved against the folder of the file, every quantity in its
 * unit. Secrets are references here; only a {@link SecretRef} passes through a {@link SecretProvider} when somebody needs the value.
 */
import type { WitnessedKind } from '@doorward/audit'
import type { GroupId, PersonAt, PrincipalKind, Purpose, ResourceName } from '@doorward/core'
import type { TokenAlgorithm } from '../identity/oidc/algorithms.ts'
import type { SecretRef } from './secret.ts'

/** Where to listen. Port 0: whichever is free, for tests. */
export interface ListenAddress {
  /** An IP address without brackets, or a host name. */
  readonly host: string
  readonly port: number
}

/** What clients must bring to connect. */
export type ClientTransport =
  | { readonly kind: 'tls'; readonly certFile: string; readonly keyFile: string }
  /** Only when every listener is on loopback. */
  | { readonly kind: 'unsafely-plaintext' }

/** A principal that Doorward knows by itself. */
export interface LocalPrincipal {
  readonly name: string
  readonly kind: PrincipalKind
  readonly secret: SecretRef
  readonly groups: readonly GroupId[]
  /** Names of the providers for whose people this agent may act, each time proven by a token of theirs. */
  readonly actingFor: readonly string[]
  /** The same person at a provider; undefined: nobody there. */
  readonly person: PersonAt | undefined
}

/** A provider whose tokens prove who somebody is. */
export interface OidcProviderConfig {
  /** What clients may give as their user name. */
  readonly name: string
  /** Exactly as its tokens name it. */
  readonly issuer: string
  /** A token must be for one of them. */
  readonly audiences: readonly string[]
  /** Of tokens that people lend to local agents; undefined: the same, and then such a token also signs in as the person. */
  readonly delegationAudiences: readonly string[] | undefined
  /** The claim that holds groups: its name, or a path with dots. */
  readonly groupsClaim: string
  /** Groups of agents that act for this provider's people. */
  readonly agentGroups: readonly GroupId[]
  readonly algorithms: readonly TokenAlgorithm[]
  /** What clocks may differ by. */
  readonly skewMs: number
  /** Certificates of the provider's own authority; undefined: the system's. */
  readonly caFile: string | undefined
}

/** How the target system is spoken to. */
export type UpstreamTransport =
  /** TLS with the certificate and name verified, against the system's authorities or those of `caFile`. */
  | { readonly kind: 'verify-full'; readonly caFile: string | undefined }
  | { readonly kind: 'unsafely-plaintext' }

/** A credential of the target system. */
export interface UpstreamCredential {
  readonly user: string
  readonly password: SecretRef
}

/** A PostgreSQL database behind Doorward. */
export interface PostgresResource {
  readonly kind: 'postgres'
  readonly name: ResourceName
  readonly upstream: UpstreamCredential & {
    readonly host: string
    readonly port: number
    readonly database: string
    readonly transport: UpstreamTransport
  }
  /** The role that analyses statements and may read nothing; undefined: the upstream's own user does it. */
  readonly analysis: UpstreamCredential | undefined
  readonly classificationFile: string
  /** `always`: every session. `by-policy`: from the first statement that a policy with `record` allows. */
  readonly recorded: 'always' | 'by-policy'
}

/** A protected system. */
export type ResourceConfig = PostgresResource

/** Bounds of one gateway process. Reaching one refuses; see limits.ts for defaults and their sources. */
export interface GatewayLimits {
  /** Longest message a client may send, in bytes, its length word included. */
  readonly maxFrameBytes: number
  /** Longest text of one statement, in bytes. */
  readonly maxStatementBytes: number
  /** Named statements and portals one connection may keep open. */
  readonly statementsPerConnection: number
  readonly connections: number
  readonly connectionsPerPrincipal: number
  /** From accepted to ready, in milliseconds. */
  readonly startupMs: number
}

/** Who holds the log's key, when it is not in a file of this process. */
export type SignerConfig =
  | { readonly kind: 'socket'; readonly path: string }
  /** A child that speaks the signer protocol on its standard streams. */
  | { readonly kind: 'command'; readonly program: string; readonly args: readonly string[] }

/** Who vouches that the log has one history, and what waits for them. */
export interface WitnessConfig {
  /** A C2SP tlog-policy with URLs. */
  readonly policyFile: string
  readonly kinds: readonly WitnessedKind[]
  readonly everyMs: number
  readonly timeoutMs: number
}

/** The log of this process. */
export interface AuditConfig {
  readonly dir: string
  /** The log's name, C2SP tlog-checkpoint, Origin. */
  readonly origin: string
  /** Undefined: log.key in the state's folder. */
  readonly keyFile: string | undefined
  readonly signer: SignerConfig | undefined
  /** The log that this one goes on from, once. */
  readonly continues: { readonly dir: string; readonly keyFile: string } | undefined
  readonly witnesses: WitnessConfig | undefined
}

/** Where sessions are recorded, how long that is kept, and who may look. */
export interface RecordingsConfig {
  readonly dir: string
  /** Wraps the key of each recording. */
  readonly tenantKey: SecretRef
  /** Of recordings made before the key was changed. */
  readonly olderTenantKeys: readonly SecretRef[]
  readonly retentionMs: number
  /** Groups that may see what is in recordings. Nobody else, administrators included. */
  readonly viewers: readonly GroupId[]
  /** Groups that may place and release legal holds, shred and expire. */
  readonly custodians: readonly GroupId[]
}

/** Why a protection is off, in the words of whoever answers for it. */
export interface ExceptionNote {
  readonly setting: 'unsafelyAllowPlaintextClients' | 'unsafelyAllowPlaintext' | 'analysis'
  /** Undefined: not about one resource. */
  readonly resource: string | undefined
  readonly rationale: string
  readonly by: string
  /** The last day it holds, as 2027-03-31, UTC. */
  readonly expires: string
}

/** All of doorward.yaml. */
export interface GatewayConfig {
  /** The file it was read from, as given. */
  readonly file: string
  readonly listen: {
    readonly postgres: ListenAddress | undefined
    readonly console: ListenAddress | undefined
  }
  readonly clients: ClientTransport
  /** Folder of the embedded state. */
  readonly stateDir: string
  readonly audit: AuditConfig
  /** Undefined: nothing is recorded. */
  readonly recordings: RecordingsConfig | undefined
  readonly exceptions: readonly ExceptionNote[]
  readonly identity: {
    readonly local: readonly LocalPrincipal[]
    readonly oidc: readonly OidcProviderConfig[]
    /** What members of a group may state as their purpose; undefined: anybody anything. */
    readonly purposes: ReadonlyMap<GroupId, ReadonlySet<Purpose>> | undefined
    /** Groups that may see and end sessions, and revoke. They approve nothing by that. */
    readonly administrators: readonly GroupId[]
  }
  readonly resources: ReadonlyMap<ResourceName, ResourceConfig>
  /** Folders and files, in the order written. */
  readonly policyPaths: readonly string[]
  readonly sessions: { readonly idleMs: number; readonly absoluteMs: number }
  readonly limits: GatewayLimits
}
