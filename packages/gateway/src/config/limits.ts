/** The bounds of one gateway process: what `limits:` and `sessions:` may say, and what holds when they say nothing. */
import { readDuration, readFields, readInteger, readSize, type Problems, type YamlNode } from '@doorward/policy'
import type { GatewayConfig, GatewayLimits } from './config.ts'

/** What holds for a key of `limits:` that is not there; each with where its number comes from. */
export const DEFAULT_LIMITS: GatewayLimits = {
  // A bound message of 65,535 parameters (PostgreSQL, Message Formats, Bind (F): Int16 count) with 250 bytes each fits.
  maxFrameBytes: 16_777_216,
  // Twice what pg_dump or an ORM sends; the analysis of 1 MB of text takes some 0.1 s, and the server's scanner hears no timeout.
  maxStatementBytes: 1_048_576,
  // Drivers cache a few hundred per connection (pgjdbc: 256, npgsql: 100); ten times that is a leak.
  statementsPerConnection: 4_096,
  // At most 40 kB each when idle: 100 MB.
  connections: 2_500,
  // Several pools of 100 connections, as application servers open them.
  connectionsPerPrincipal: 500,
  // PostgreSQL's own authentication_timeout is 60 s; ours waits for no person.
  startupMs: 15_000,
}

/** Automatic logoff (45 CFR 164.312(a)(2)(iii)): the usual 15 minutes for unattended work stations, and one working day. */
export const DEFAULT_SESSIONS: GatewayConfig['sessions'] = { idleMs: 15 * 60_000, absoluteMs: 8 * 3_600_000 }

/** Longest time a timer of the runtime can wait is 24.8 days (2^31 ms). */
const MAX_SESSION_MS = 24 * 86_400_000

/** @returns the limits, each missing key with its default. */
export function readLimits(node: YamlNode | undefined, problems: Problems): GatewayLimits {
  const fields = node === undefined ? undefined : readFields(node, 'limits', Object.keys(DEFAULT_LIMITS), problems)
  if (fields === undefined) return DEFAULT_LIMITS
  const size = (key: 'maxFrameBytes' | 'maxStatementBytes', least: number, most: number): number => {
    const entry = fields.get(key)
    return (entry === undefined ? undefined : readSize(entry.value, key, least, most, problems)) ?? DEFAULT_LIMITS[key]
  }
  const count = (key: 'statementsPerConnection' | 'connections' | 'connectionsPerPrincipal', most: number): number => {
    const entry = fields.get(key)
    return (entry === undefined ? undefined : readInteger(entry.value, key, 1, most, problems)) ?? DEFAULT_LIMITS[key]
  }
  const startup = fields.get('startupMs')
  const limits: GatewayLimits = {
    maxFrameBytes: size('maxFrameBytes', 8_192, 1_073_741_824),
    maxStatementBytes: size('maxStatementBytes', 1_024, 67_108_864),
    statementsPerConnection: count('statementsPerConnection', 1_000_000),
    connections: count('connections', 100_000),
    connectionsPerPrincipal: count('connectionsPerPrincipal', 100_000),
    startupMs: (startup === undefined ? undefined : readInteger(startup.value, 'startupMs', 100, 300_000, problems)) ?? DEFAULT_LIMITS.startupMs,
  }
  const statement = fields.get('maxStatementBytes') ?? fields.get('maxFrameBytes')
  if (statement !== undefined && limits.maxStatementBytes > limits.maxFrameBytes) {
    problems.error(statement.keyAt, `maxStatementBytes: expected at most maxFrameBytes (${limits.maxFrameBytes}), found ${limits.maxStatementBytes}`)
  }
  return limits
}

/** @returns the session times, each missing key with its default. */
export function readSessions(node: YamlNode | undefined, problems: Problems): GatewayConfig['sessions'] {
  const fields = node === undefined ? undefined : readFields(node, 'sessions', ['idle', 'absolute'], problems)
  if (fields === undefined) return DEFAULT_SESSIONS
  const idle = fields.get('idle')
  const absolute = fields.get('absolute')
  const idleMs = (idle === undefined ? undefined : readDuration(idle.value, 'idle', 1_000, MAX_SESSION_MS, problems)) ?? DEFAULT_SESSIONS.idleMs
  const absoluteMs = (absolute === undefined ? undefined : readDuration(absolute.value, 'absolute', 1_000, MAX_SESSION_MS, problems)) ?? DEFAULT_SESSIONS.absoluteMs
  const later = absolute ?? idle
  if (later !== undefined && idleMs > absoluteMs) problems.error(later.keyAt, 'sessions: expected idle to be at most absolute')
  return { idleMs, absoluteMs }
}
