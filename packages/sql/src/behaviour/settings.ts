/** What a session may do with a setting: one lookup for SET, RESET, set_config, ALTER ROLE ... SET, start-up parameters and `options`. */
import { FORBIDDEN_SETTINGS, FREE_SETTINGS, MODULE_PREFIXES, PINNED_SETTINGS, PRIVILEGE_SETTINGS, SECRET_SETTINGS } from './settings.table.ts'

export type SettingRule =
  /** Any value. `schemas`: names resolve anew afterwards. `stores`: a custom setting, which keeps any text for the session to read back. */
  | { readonly kind: 'free'; readonly changes: 'schemas' | 'nothing'; readonly stores: boolean }
  /** Only these values, lower case. RESET and DEFAULT are allowed only where the session's own default is one of them. */
  | { readonly kind: 'pinned'; readonly values: readonly string[]; readonly why: string }
  | { readonly kind: 'forbidden'; readonly why: string }
  /** Who the session is: decided by policy as an effect of kind `privilege`. */
  | { readonly kind: 'privilege' }
  /** Doorward's own (`doorward.purpose`): answered by the gateway, never sent. */
  | { readonly kind: 'local' }

const FREE: ReadonlySet<string> = new Set(FREE_SETTINGS)
const PRIVILEGE: ReadonlySet<string> = new Set(PRIVILEGE_SETTINGS)
const UNKNOWN = 'Doorward does not know this setting; it may change what statements mean or what the server sends'

/** A custom setting's name: two identifiers or more, joined by dots. The server would take odder ones. */
const CUSTOM = /^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)+$/

/** @param name As written; the server does not regard case. */
export function settingRule(name: string): SettingRule {
  const key = name.toLowerCase()
  if (key === 'search_path') return { kind: 'free', changes: 'schemas', stores: false }
  if (FREE.has(key)) return { kind: 'free', changes: 'nothing', stores: false }
  if (PRIVILEGE.has(key)) return { kind: 'privilege' }
  const pinned = PINNED_SETTINGS.get(key)
  if (pinned) return { kind: 'pinned', ...pinned }
  const forbidden = FORBIDDEN_SETTINGS.get(key)
  if (forbidden !== undefined) return { kind: 'forbidden', why: forbidden }
  if (key.startsWith('log_')) return { kind: 'forbidden', why: 'it decides what the server\'s log holds' }
  return key.includes('.') ? customRule(key) : { kind: 'forbidden', why: UNKNOWN }
}

function customRule(key: string): SettingRule {
  const prefix = key.slice(0, key.indexOf('.'))
  if (prefix === 'doorward') return { kind: 'local' }
  const module = MODULE_PREFIXES.get(prefix)
  if (module !== undefined) return { kind: 'forbidden', why: module }
  return CUSTOM.test(key) ? { kind: 'free', changes: 'nothing', stores: true } : { kind: 'forbidden', why: UNKNOWN }
}

/** @returns whether a pinned setting may take this value, as written without quotes. */
export function isPinnedValue(rule: SettingRule & { readonly kind: 'pinned' }, value: string): boolean {
  return rule.values.includes(value.trim().toLowerCase())
}

/** @returns whether SHOW and current_setting may answer: not for settings that may hold a credential. */
export function isShownSetting(name: string): boolean {
  return !SECRET_SETTINGS.has(name.toLowerCase())
}
