/** Everything the demo consists of, started in order and stopped in reverse: database, files, gateway. */
import { createServer } from 'node:net'
import { serve, type Served } from '@doorward/gateway'
import { findFreePort } from '@doorward/testkit'
import { startClinicDatabase, type ClinicDatabase } from './clinic-database.ts'
import { prepareFolder, writeConfiguration, type DemoFolder } from './demo-folder.ts'

export interface DemoOptions {
  /** Where configuration, log and secrets are kept. */
  readonly dir: string
  /** Where the demo's classification and policies come from. */
  readonly source: string
  /** Taken if free; else, and where undefined, the kernel chooses. */
  readonly ports: { readonly postgres: number | undefined; readonly console: number | undefined }
  readonly nowMs: number
  /** What the gateway says to its operator. */
  readonly log: (line: string) => void
}

export interface RunningDemo {
  readonly folder: DemoFolder
  readonly database: ClinicDatabase
  readonly postgresPort: number
  readonly consolePort: number
  /** Ends sessions, closes the log, stops the database. Idempotent. */
  stop(): Promise<void>
}

/** @throws {TestkitFault}, {ConfigFault}, {AuditFault}, system errors; nothing is left running then. */
export async function startDemo(options: DemoOptions): Promise<RunningDemo> {
  const folder = prepareFolder(options.dir, options.source, options.nowMs)
  const database = await startClinicDatabase(folder)
  try {
    const postgresPort = await choosePort(options.ports.postgres)
    const consolePort = await choosePort(options.ports.console)
    writeConfiguration(folder, { upstream: database.server.port, postgres: postgresPort, console: consolePort })
    const served = await serve({ configFile: folder.configFile, env: {}, log: options.log })
    return { folder, database, postgresPort, consolePort, stop: stopBoth(served, database) }
  } catch (error) {
    await database.server.stop()
    throw error
  }
}

function stopBoth(served: Served, database: ClinicDatabase): () => Promise<void> {
  return async () => {
    try {
      await served.stop()
    } finally {
      await database.server.stop()
    }
  }
}

/** The port wanted, when nobody has it. Somebody may take it before we listen: then starting fails, and says so. */
async function choosePort(wanted: number | undefined): Promise<number> {
  return wanted !== undefined && await isFree(wanted) ? wanted : findFreePort()
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.on('error', () => { resolve(false) })
    probe.listen(port, '127.0.0.1', () => { probe.close(() => { resolve(true) }) })
  })
}
