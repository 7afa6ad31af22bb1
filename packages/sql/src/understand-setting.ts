/**
 * SET, RESET, SHOW, and set_config() inside queries: one table of settings decides all of them (setting-rule.ts).
 */
import type { Effect, Understood } from '@doorward/core'
import type { SettingCall } from './flow/findings.ts'
import type { ResetStatement, SetStatement, ShowStatement } from './grammar/raw-statement.ts'
import type { Answer, Question, SessionChange, UnderstandResult } from './plan.ts'
import { settingRule, type SettingRule } from './setting-rule.ts'
import { effectOn, forbidden, plan, rejected, understood } from './understand-plan.ts'

export function understandSet(statement: SetStatement): UnderstandResult {
  const { value } = statement
  const rule = settingRule(statement.name)
  if (rule.kind === 'purpose') return setPurpose(statement)
  const text = value.kind === 'values' ? value.values.join(', ') : undefined
  const isDefault = value.kind === 'default' || isNoRole(statement.name, text)
  return settingPlan(statement.command, statement.tags, statement.name, rule, text, isDefault)
}

export function understandReset(statement: ResetStatement): UnderstandResult {
  const { name } = statement
  if (name === undefined) {
    return plan({ understanding: understood(statement.command), tags: statement.tags, changes: [{ kind: 'schemas' }, { kind: 'purpose', value: undefined }] })
  }
  const rule = settingRule(name)
  if (rule.kind === 'purpose') {
    return plan({ understanding: understood(statement.command), tags: statement.tags, changes: [{ kind: 'purpose', value: undefined }], local: { tag: 'RESET', show: undefined } })
  }
  return settingPlan(statement.command, statement.tags, name, rule, undefined, true)
}

/** SET ROLE NONE and SET SESSION AUTHORIZATION DEFAULT give rights back. */
function isNoRole(name: string, value: string | undefined): boolean {
  return name === 'role' && value === 'none'
}

function setPurpose(statement: SetStatement): UnderstandResult {
  const { value } = statement
  if (statement.local) return plan({ understanding: forbidden(statement.command, 'purpose', 'a purpose holds for the session, not for a transaction', 'use SET doorward.purpose without LOCAL') })
  const [purpose, ...more] = value.kind === 'values' ? value.values : []
  if (value.kind !== 'default' && (purpose === undefined || more.length > 0)) return plan({ understanding: forbidden(statement.command, 'purpose', 'a purpose is one code', "SET doorward.purpose = 'TREAT'") })
  return plan({ understanding: understood(statement.command), tags: statement.tags, changes: [{ kind: 'purpose', value: purpose }], local: { tag: 'SET', show: undefined } })
}

function settingPlan(command: string, tags: readonly string[], name: string, rule: SettingRule, value: string | undefined, isDefault: boolean): UnderstandResult {
  const { understanding, changes } = judge(command, name, rule, value, isDefault)
  return plan({ understanding, tags, changes })
}

interface Judged { readonly understanding: Understood; readonly changes: readonly SessionChange[] }

function judge(command: string, name: string, rule: SettingRule, value: string | undefined, isDefault: boolean): Judged {
  const changed: readonly SessionChange[] = [{ kind: 'setting', name, value }]
  switch (rule.kind) {
    case 'harmless': return { understanding: understood(command, { effects: [effectOn('execute', name, 'setting', 'open')] }), changes: changed }
    case 'planner': return { understanding: understood(command, { effects: [effectOn('execute', name, 'setting', 'closed', 'it decides which plan runs')] }), changes: changed }
    case 'schemas': return { understanding: understood(command, { effects: [effectOn('execute', name, 'setting', 'open')] }), changes: [...changed, { kind: 'schemas' }] }
    case 'pinned': {
      if (isDefault || (value !== undefined && rule.values.includes(value.toLowerCase()))) return { understanding: understood(command, { effects: [effectOn('execute', name, 'setting', 'open')] }), changes: changed }
      return { understanding: forbidden(command, `setting ${name}`, rule.why, `leave ${name} as it is`), changes: [] }
    }
    case 'privilege': {
      const effects = isDefault ? [effectOn('execute', name, 'setting', 'open')] : [effectOn('privilege', name, 'setting', 'user', rule.why)]
      // Other rights, other $user: names may mean something else from now on.
      return { understanding: understood(command, { effects }), changes: [...changed, { kind: 'schemas' }] }
    }
    case 'purpose': return { understanding: forbidden(command, 'purpose', 'a purpose is stated by SET or at connection start', "SET doorward.purpose = 'TREAT'"), changes: [] }
  }
}

/** What set_config() calls inside a query come to. */
export interface JudgedSettings {
  readonly effects: readonly Effect[]
  readonly changes: readonly SessionChange[]
  readonly forbidden: Understood['forbidden']
}

export function judgeSettingCalls(command: string, calls: readonly SettingCall[]): JudgedSettings {
  const effects: Effect[] = []
  const changes: SessionChange[] = []
  for (const call of calls) {
    if (call.name === undefined) {
      return { effects, changes, forbidden: { rule: 'set_config', why: 'the name of the setting is not a constant, so it is not known which one changes', next: 'name the setting in a literal' } }
    }
    const name = call.name.toLowerCase()
    const judged = judge(command, name, settingRule(name), call.value, false)
    if (judged.understanding.forbidden !== undefined) return { effects, changes, forbidden: judged.understanding.forbidden }
    effects.push(...judged.understanding.effects)
    changes.push(...judged.changes)
  }
  return { effects, changes, forbidden: undefined }
}

const TEXT = 25
const UNDEFINED_OBJECT = '42704'

/** Describes it on the analysis connection; a setting that only the session has is described here. */
export function* understandShow(statement: ShowStatement, text: string): Generator<Question, UnderstandResult, Answer> {
  const column = (name: string) => ({ name, tableOid: 0, attribute: 0, typeOid: TEXT, typeSize: -1, typeModifier: -1 })
  const outputs = (names: readonly string[]) => names.map(name => ({ name, typeId: TEXT, sources: [] }))
  if (statement.name === 'doorward.purpose') {
    return plan({
      understanding: understood(statement.command, { outputs: outputs([statement.name]) }), tags: statement.tags, fields: [column(statement.name)],
      local: { tag: 'SHOW', show: 'doorward.purpose' },
    })
  }
  const answer = yield { kind: 'analyse', text, parameterTypes: [] }
  const effects = [effectOn('read', statement.name ?? 'all', 'setting', 'open')]
  if (answer.kind === 'analysed') {
    const fields = answer.fields ?? []
    return plan({ understanding: understood(statement.command, { effects, outputs: outputs(fields.map(field => field.name)) }), tags: statement.tags, fields })
  }
  if (answer.kind === 'error' && !(answer.sqlState === UNDEFINED_OBJECT && statement.name?.includes('.'))) return rejected(answer)
  const name = statement.name ?? ''
  return plan({ understanding: understood(statement.command, { effects, outputs: outputs([name]) }), tags: statement.tags, fields: [column(name)] })
}
