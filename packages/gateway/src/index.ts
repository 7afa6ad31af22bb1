/** The gateway: what the CLI and the demo start. */
import * as recordingSchemas from './admin/recording-schemas.ts'
import * as adminSchemas from './admin/schemas.ts'

export { ConfigFault, serve, type Served, type ServedAddress, type ServeOptions } from './compose.ts'
export { checkConfig, createNodeFiles, formatProblems, loadConfig, type CheckedConfig, type CheckPorts, type GatewayConfig, type ResourceConfig } from './config/index.ts'
export { VERSION } from './version.ts'

/** What reports and evidence need: how the log names a patient, and what the configuration leaves out. */
export { patientDigest } from './patients/patient-digest.ts'
export { exceptionsInForce, type ExceptionInForce } from './audit-log/exceptions-in-force.ts'

/** The wire, for the command's own SQL client, and what setting roles and principals up needs. */
export { decodeBackend } from './protocols/postgres/backend.ts'
export type { BackendMessage, NoticeFields } from './protocols/postgres/backend-message.ts'
export { nextFrame } from './protocols/postgres/frame-source.ts'
export { encodeFrontend } from './protocols/postgres/frontend-encode.ts'
export { formatVerifier, makeVerifier, SCRAM_SALT_BYTES, type ScramVerifier } from './protocols/postgres/scram-verifier.ts'
export { makeSelfSigned, type SelfSigned, type SelfSignedOptions } from './protocols/postgres/tls-self-signed.ts'
export { cancelUpstream, connectUpstream, type UpstreamConnection, type UpstreamTarget } from './protocols/postgres/upstream.ts'
export { UpstreamFault, type UpstreamFaultCode } from './protocols/postgres/upstream-fault.ts'

/** What the admin API takes and gives: for its clients. */
export { adminSchemas, recordingSchemas }
