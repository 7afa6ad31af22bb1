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

/** Somebody else starting at the same time takes one pair of ports, hardly five. */
const PORT_ATTEMPTS = 5

/** @throws {TestkitFault}, {ConfigFault}, {AuditFault}, system errors; nothing is left running then. */
export async function startDemo(options: DemoOptions): Promise<RunningDemo> {
  const folder = prepareFolder(options.dir, options.source, options.nowMs)
  const database = await startClinicDatabase(folder)
  try {
    const { served, ...ports } = await serveOnFreePorts(folder, database, options)
    return { folder, database, ...ports, stop: stopBoth(served, database) }
  } catch (error) {
    await database.server.stop()
    throw error
  }
}

interface ServedDemo { readonly served: Served; readonly postgresPort: number; readonly consolePort: number }

/** A port that was free may be somebody else's by the time we listen: then others are tried. */
async function serveOnFreePorts(folder: DemoFolder, database: ClinicDatabase, { ports, log }: DemoOptions): Promise<ServedDemo> {
  for (let attempt = 1; ; attempt++) {
    const postgresPort = await choosePort(ports.postgres)
    const consolePort = await choosePort(ports.console)
    writeConfiguration(folder, { upstream: database.server.port, postgres: postgresPort, console: consolePort })
    try {
      return { served: await serve({ configFile: folder.configFile, env: {}, log }), postgresPort, consolePort }
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!isTaken || attempt === PORT_ATTEMPTS) throw error
    }
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

/** The port wanted, when nobody has it now. */
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
