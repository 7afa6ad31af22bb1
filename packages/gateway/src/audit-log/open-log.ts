/**
 * The gateway's log, opened as its configuration says: by a key in a file or in another process, changed to the next key where one was prepared, as
 * the continuation of an older log, with witnesses.
 */
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import {
  connectSigner, loadKey, loadOrCreateKey, openAuditLog, parseTlogPolicy, promoteNextKey, systemClock, toNextKeyFile, VERIFIER_KEY_FILE, type AuditLog, type AuditLogOptions, type LogSigner, type Streams,
} from '@doorward/audit'
import { Fault } from '@doorward/core'
import type { AuditConfig, GatewayConfig } from '../config/config.ts'

/** A signer is restarted within this, or the log ends. */
const SIGNER_MS = 15_000

export interface OpenedLog {
  readonly log: AuditLog
  /** Lets the log and its signer go. Safe to call again. */
  close(): Promise<void>
}

/** @param warn takes lines for the operator. @throws {AuditFault} as openAuditLog; system errors of files. */
export async function openGatewayLog(config: GatewayConfig, warn: (line: string) => void): Promise<OpenedLog> {
  const { audit } = config
  const keyFile = audit.keyFile ?? join(config.stateDir, 'log.key')
  const signer = audit.signer === undefined ? undefined : await connectSigner({ connect: toConnect(audit.signer), clock: systemClock(), origin: audit.origin, timeoutMs: SIGNER_MS })
  try {
    const key = signer ?? await loadOrCreateKey(keyFile, audit.origin)
    const nextKey = signer === undefined ? await loadKey(toNextKeyFile(keyFile), audit.origin) : undefined
    const continues = await endPrevious(audit, key)
    const log = await openAuditLog({
      dir: audit.dir, origin: audit.origin, key, ...(nextKey === undefined ? {} : { nextKey }), ...(continues === undefined ? {} : { continues }), ...await toWitnesses(audit, warn),
    })
    // The log is signed by the next key from here on; should this fail, the next start finds both keys and the log says which it is.
    if (nextKey !== undefined) {
      await promoteNextKey(keyFile)
      await loadOrCreateKey(keyFile, audit.origin)
    }
    // The verifier key is public; beside the log it lets `doorward verify DIR` run without further words.
    await writeFile(join(audit.dir, VERIFIER_KEY_FILE), `${log.verifierKey.text}\n`)
    return { log, close: async () => { await log.close(); signer?.close() } }
  } catch (error) {
    signer?.close()
    throw error
  }
}

function toConnect(signer: NonNullable<AuditConfig['signer']>): () => Promise<Streams> {
  if (signer.kind === 'socket') {
    return () => new Promise((resolve, reject) => {
      const socket = createConnection(signer.path)
      socket.once('error', reject)
      socket.once('connect', () => { resolve({ input: socket, output: socket, close: () => { socket.destroy() } }) })
    })
  }
  return () => new Promise((resolve, reject) => {
    // What it has to say goes where our own lines go; its environment is ours, where it finds its key.
    const child = spawn(signer.program, [...signer.args], { stdio: ['pipe', 'pipe', 'inherit'] })
    child.once('error', reject)
    child.once('spawn', () => { resolve({ input: child.stdout, output: child.stdin, close: () => { child.stdin.end() } }) })
  })
}

/**
 * For a log that is to go on from another and has not begun: ends the other, naming this one. A crash between the two leaves the other ended once
 * more at the next start, and this one goes on from there.
 *
 * @returns the other's last checkpoint; undefined when there is nothing to do.
 */
async function endPrevious({ continues, dir, origin }: AuditConfig, key: LogSigner): Promise<Buffer | undefined> {
  if (continues === undefined || await exists(join(dir, 'checkpoint'))) return undefined
  const previousKey = await loadKey(continues.keyFile, undefined)
  if (previousKey === undefined) throw new Fault('no-previous-key', 'audit: the key of the log that this one goes on from is not there')
  const previous = await openAuditLog({ dir: continues.dir, origin: previousKey.verifierKey.name, key: previousKey })
  await previous.close({ origin, key: key.verifierKey.text })
  return previous.note
}

async function toWitnesses({ witnesses }: AuditConfig, warn: (line: string) => void): Promise<Pick<AuditLogOptions, 'witnesses'>> {
  if (witnesses === undefined) return {}
  const policy = parseTlogPolicy(await readFile(witnesses.policyFile))
  if (policy.kind === 'malformed') throw new Fault('witness-policy', policy.reason)
  const { everyMs, timeoutMs, kinds } = witnesses
  return { witnesses: { policy, post: (url, init) => fetch(url, { ...init, body: new Uint8Array(init.body) }), intervalMs: everyMs, timeoutMs, kinds: new Set(kinds), warn } }
}

async function exists(path: string): Promise<boolean> {
  try {
    await readFile(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
