/** Whether a head is signed by the log's key: what a reader of single entries asks before relying on it. Verifying the whole log is verify-log.ts. */
import { readFile } from 'node:fs/promises'
import type { SignedCheckpoint } from '../note/checkpoint.ts'
import { Findings } from './finding.ts'
import { checkHead, keysOf } from './signed-head.ts'
import type { LogSource } from './source.ts'
import { toTrustedKeys } from './trusted-keys.ts'

/**
 * @param key the verifier key, or a file that holds it; the one beside the log unless given.
 * @returns what is wrong; undefined when the head is signed.
 */
export async function verifyHead(source: LogSource, head: SignedCheckpoint, key: string | undefined): Promise<string | undefined> {
  const verifierKey = key === undefined ? undefined : key.includes('+') ? key : await readFile(key, 'utf8')
  const trusted = await toTrustedKeys({ source, entries: 'doorward', ...(verifierKey === undefined ? {} : { verifierKey }) }, undefined)
  if (trusted.kind === 'malformed') return trusted.reason
  const findings = new Findings()
  const keys = keysOf(trusted, head.origin)
  checkHead(head, { current: keys, known: keys }, trusted, 'checkpoint', findings)
  return findings.sorted()[0]?.message
}
