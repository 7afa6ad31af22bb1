/** Behaviour of built-in functions, closed parts of the catalogs, and settings: the reviewed tables and their lookups. */
export { decidingArguments, escapedLikePattern, type ArgumentFact, type Deciding } from './argument-test.ts'
export { MODEST_SIZE, type ArgumentTest, type BehaviourOf, type FunctionBehaviour, type TestedArguments } from './behaviour.ts'
export { closedColumn, closedFunctionColumn, columnRule, functionColumnRule, hasColumnRules, isOpenSchema } from './catalogs.ts'
export type { ColumnRule } from './catalogs.table.ts'
export { functionBehaviour, opaqueFunction } from './functions.ts'
export { REDACTED_LITERAL, redactDefinition } from './redact-definition.ts'
export { isPinnedValue, isShownSetting, settingRule, type SettingRule } from './settings.ts'
