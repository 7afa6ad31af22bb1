/**
 * For the tests of this folder only: the live servers named by DOORWARD_TEST_PG (connection URIs, separated by spaces), asked through
 * psql. Reads the catalog and computes values; changes nothing but a temporary function.
 */
import { execFileSync } from 'node:child_process'

export interface TestServer {
  readonly uri: string
  /** server_version_num / 10000. */
  readonly major: number
}

/** @returns the servers, or a reason to skip. */
export function testServers(environment: NodeJS.ProcessEnv): readonly TestServer[] | string {
  const uris = (environment['DOORWARD_TEST_PG'] ?? '').split(/\s+/).filter(uri => uri !== '')
  if (uris.length === 0) return 'skipped: DOORWARD_TEST_PG missing'
  try {
    return uris.map(uri => ({ uri, major: Math.floor(Number(askServer(uri, 'show server_version_num')) / 10_000) }))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'skipped: psql missing'
    throw error
  }
}

/** @returns what psql prints, unaligned, without headers. */
export function askServer(uri: string, sql: string): string {
  return execFileSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', uri], { input: sql, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['pipe', 'pipe', 'ignore'] })
}
