/**
 * What a client may set while it connects: start-up parameters and `options` pass the same rules as SET. Pure.
 * Source: PostgreSQL, Message Formats, StartupMessage; DESIGN.md, Vocabulary, purpose.
 */
import { parsePurpose, Sensitive, type Purpose } from '@doorward/core'
import type { HoldMode } from '@doorward/guard'
import { isPinnedValue, settingRule } from '@doorward/sql'
import type { TokenMethod } from '../credentials.ts'
import type { Setting } from '../startup-options.ts'

export type StartupSettings =
  | { readonly kind: 'settings'; readonly upstream: ReadonlyMap<string, string>; readonly purpose: Purpose | undefined; readonly hold: HoldMode; /** The token of the person for whom an agent acts. */ readonly actingForToken: Sensitive<string> | undefined; readonly tokenMethod: TokenMethod }
  | { readonly kind: 'refused'; readonly message: string; readonly next: string }

/** Names that are the protocol's or Doorward's own, not the server's settings. */
const NOT_SETTINGS: ReadonlySet<string> = new Set(['user', 'database', 'options', 'replication'])

/** @param parameters of the StartupMessage. @param options `-c` settings of its `options`, applied first. */
export function readStartupSettings(parameters: ReadonlyMap<string, string>, options: readonly Setting[]): StartupSettings {
  const upstream = new Map<string, string>()
  let purpose: Purpose | undefined
  let hold: HoldMode = 'wait'
  let tokenMethod: TokenMethod = 'oidc'
  let actingForToken: Sensitive<string> | undefined
  const stated = [...options, ...[...parameters].filter(([name]) => !NOT_SETTINGS.has(name)).map(([name, value]) => ({ name, value }))]
  for (const { name: written, value } of stated) {
    const name = written.toLowerCase()
    if (name.startsWith('_pq_.')) continue // protocol options, answered by NegotiateProtocolVersion
    if (name === 'doorward.purpose') {
      purpose = parsePurpose(value)
      if (purpose === undefined) return { kind: 'refused', message: 'doorward.purpose is no purpose of use', next: 'state one such as TREAT or HOPERAT' }
      continue
    }
    if (name === 'doorward.hold') {
      if (value !== 'wait' && value !== 'ticket') return { kind: 'refused', message: 'doorward.hold is neither wait nor ticket', next: 'leave it out to wait' }
      hold = value
      continue
    }
    if (name === 'doorward.acting_for_token') {
      actingForToken = new Sensitive(value)
      continue
    }
    if (name === 'doorward.auth') {
      if (value !== 'password' && value !== 'oauthbearer') return { kind: 'refused', message: 'doorward.auth is neither password nor oauthbearer', next: 'leave it out to send a token as the password' }
      tokenMethod = value === 'oauthbearer' ? 'oauthbearer' : 'oidc'
      continue
    }
    const rule = settingRule(name)
    if (rule.kind === 'free') { upstream.set(name, value); continue }
    // Doorward sets these itself; a client may say what holds anyway.
    if (rule.kind === 'pinned' && (isPinnedValue(rule, value) || isUtf8(name, value))) {
      if (!OURS.has(name)) upstream.set(name, value)
      continue
    }
    return { kind: 'refused', message: `the setting ${/^[a-z_.0-9]{1,63}$/.test(name) ? name : 'given'} may not be set to that value by a client`, next: 'leave it out of the connection string' }
  }
  upstream.set('client_encoding', 'UTF8')
  upstream.set('standard_conforming_strings', 'on')
  return { kind: 'settings', upstream, purpose, hold, actingForToken, tokenMethod }
}

const OURS: ReadonlySet<string> = new Set(['client_encoding', 'standard_conforming_strings'])

/** `UTF-8`, `utf8` and `Unicode` are one encoding to the server, which drops what is no letter or digit. PostgreSQL, Character Set Support. */
function isUtf8(name: string, value: string): boolean {
  return name === 'client_encoding' && ['utf8', 'unicode'].includes(value.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
}
