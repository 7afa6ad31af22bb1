/**
 * SET, RESET, SHOW, and set_config() inside queries: one table of settings decides all of them (behaviour/settings.table.ts).
 */
import { unreachable, type Effect, type Understood } from '@doorward/core'
import { isPinnedValue, isShownSetting, settingRule } from './behaviour/index.ts'
import type { SettingCall } from './flow/findings.ts'
import type { ResetStatement, SetStatement, ShowStatement } from './grammar/raw-statement.ts'
import type { Answer, OwnSetting, Question, SessionChange, UnderstandResult } from './plan.ts'
import { effectOn, forbidden, plan, rejected, understood } from './understand-plan.ts'

export function understandSet(statement: SetStatement): UnderstandResult {
  const { value } = statement
  if (settingRule(statement.name).kind === 'local') return setOwn(statement)
  const text = value.kind === 'values' ? value.values.join(', ') : undefined
  const how = value.kind === 'default' || isNoRole(statement.name, text) ? 'default' : 'value'
  return plan({ ...judge(statement.command, statement.name, text, how), tags: statement.tags })
}

export function understandReset(statement: ResetStatement): UnderstandResult {
  const { name } = statement
  if (name === undefined) {
    return plan({ understanding: understood(statement.command), tags: statement.tags, changes: [{ kind: 'schemas' }, { kind: 'purpose', value: undefined }, { kind: 'hold', value: undefined }] })
  }
  if (settingRule(name).kind !== 'local') return plan({ ...judge(statement.command, name, undefined, 'default'), tags: statement.tags })
  const own = ownSetting(name)
  const change = own === undefined ? undefined : ownChange(own, undefined)
  if (change === undefined) return plan({ understanding: unknownLocal(statement.command, name) })
  return plan({ understanding: understood(statement.command), tags: statement.tags, changes: [change], local: { tag: 'RESET', show: undefined } })
}

/** SET ROLE NONE gives rights back. */
function isNoRole(name: string, value: string | undefined): boolean {
  return name === 'role' && value === 'none'
}

const PURPOSE: OwnSetting = 'doorward.purpose', HOLD: OwnSetting = 'doorward.hold'

function ownSetting(name: string): OwnSetting | undefined {
  return name === PURPOSE || name === HOLD ? name : undefined
}

function unknownLocal(command: string, name: string): Understood {
  return forbidden(command, `setting ${name}`, 'Doorward has no setting of this name', `those it has are ${PURPOSE} and ${HOLD}`)
}

/** SET of a setting of Doorward's own: nothing is sent. */
function setOwn(statement: SetStatement): UnderstandResult {
  const { value, name } = statement
  const own = ownSetting(name)
  if (own === undefined) return plan({ understanding: unknownLocal(statement.command, name) })
  if (statement.local) return plan({ understanding: forbidden(statement.command, name, 'it holds for the session, not for a transaction', `use SET ${name} without LOCAL`) })
  const [word, ...more] = value.kind === 'values' ? value.values : []
  const change = more.length > 0 ? undefined : ownChange(own, value.kind === 'default' ? undefined : word ?? '')
  if (change === undefined) {
    const example = own === PURPOSE ? `SET ${PURPOSE} = 'TREAT'` : `SET ${HOLD} = 'wait' or 'ticket'`
    return plan({ understanding: forbidden(statement.command, name, 'it takes one word', example) })
  }
  return plan({ understanding: understood(statement.command), tags: statement.tags, changes: [change], local: { tag: 'SET', show: undefined } })
}

/** @param word Undefined: the default. @returns undefined: no value of this setting. */
function ownChange(own: OwnSetting, word: string | undefined): SessionChange | undefined {
  if (own === PURPOSE) return word === '' ? undefined : { kind: 'purpose', value: word }
  return word === undefined || word === 'wait' || word === 'ticket' ? { kind: 'hold', value: word } : undefined
}

interface Judged { readonly understanding: Understood; readonly changes: readonly SessionChange[] }

/** @param how `default`: RESET, SET TO DEFAULT. */
function judge(command: string, name: string, value: string | undefined, how: 'default' | 'value'): Judged {
  const rule = settingRule(name)
  const changed: SessionChange = { kind: 'setting', name, value }
  const open = understood(command, { effects: [effectOn('execute', name, 'setting', 'open')] })
  const refuse = (why: string): Judged => ({ understanding: forbidden(command, `setting ${name}`, why, `leave ${name} as it is`), changes: [] })
  switch (rule.kind) {
    case 'free': return { understanding: open, changes: rule.changes === 'schemas' ? [changed, { kind: 'schemas' }] : [changed] }
    case 'pinned': return how === 'default' || (value !== undefined && isPinnedValue(rule, value)) ? { understanding: open, changes: [changed] } : refuse(rule.why)
    case 'forbidden': return refuse(rule.why)
    case 'privilege': {
      const effect = how === 'default' ? effectOn('execute', name, 'setting', 'open') : effectOn('privilege', name, 'setting')
      // Other rights, other $user: names may mean something else from now on.
      return { understanding: understood(command, { effects: [effect] }), changes: [changed, { kind: 'schemas' }] }
    }
    case 'local': return refuse('it is stated by SET, or when the connection starts')
    default: return unreachable(rule)
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
    const judged = judge(command, name, call.value, 'value')
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
  if (statement.name === 'doorward.purpose' || statement.name === 'doorward.hold') {
    return plan({
      understanding: understood(statement.command, { outputs: outputs([statement.name]) }), tags: statement.tags, fields: [column(statement.name)],
      local: { tag: 'SHOW', show: statement.name },
    })
  }
  const answer = yield { kind: 'analyse', text, parameterTypes: [] }
  const shown = statement.name === undefined || isShownSetting(statement.name)
  const effects = [effectOn('read', statement.name ?? 'all', 'setting', shown ? 'open' : 'closed', shown ? undefined : 'it may hold a credential or a command')]
  if (answer.kind === 'analysed') {
    const fields = answer.fields ?? []
    return plan({ understanding: understood(statement.command, { effects, outputs: outputs(fields.map(field => field.name)) }), tags: statement.tags, fields })
  }
  if (answer.kind === 'error' && !(answer.sqlState === UNDEFINED_OBJECT && statement.name?.includes('.'))) return rejected(answer)
  const name = statement.name ?? ''
  return plan({ understanding: understood(statement.command, { effects, outputs: outputs([name]) }), tags: statement.tags, fields: [column(name)] })
}
