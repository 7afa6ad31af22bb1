/** The gateway: what the CLI and the demo start. */
export { ConfigFault, serve, type Served, type ServedAddress, type ServeOptions } from './compose.ts'
export { checkConfig, createNodeFiles, formatProblems, loadConfig, type CheckedConfig, type CheckPorts, type GatewayConfig, type ResourceConfig } from './config/index.ts'
export { VERSION } from './version.ts'
