/** What an operator wrote, read and checked. */
export { checkConfig, type CheckedConfig, type CheckPorts } from './check-config.ts'
export type {
  ClientTransport, GatewayConfig, GatewayLimits, ListenAddress, LocalPrincipal, OidcProviderConfig, PostgresResource, RecordingsConfig, ResourceConfig, UpstreamCredential, UpstreamTransport,
} from './config.ts'
export { formatProblems } from './format-problems.ts'
export { DEFAULT_LIMITS, DEFAULT_SESSIONS } from './limits.ts'
export { loadConfig, type LoadedConfig } from './load-config.ts'
export { createNodeFiles, type ConfigFiles } from './node-files.ts'
export { parseClassification, type ParsedClassification } from './parse-classification.ts'
export { PoliciesInForce, type Reloaded } from './policies-in-force.ts'
export { readPolicies } from './policy-files.ts'
export { isLoopback } from './read-listen.ts'
export { createSecretProvider, type ResolvedSecret, type SecretProvider, type SecretRef } from './secret.ts'
