/** Behaviour of built-in functions, closed parts of the catalogs, and settings: the reviewed tables and their lookups. */
export { decidingArguments, escapedLikePattern, MODEST_SIZE, type ArgumentFact, type ArgumentTest, type Deciding } from './argument-test.ts'
export type { BehaviourOf, FunctionBehaviour, TestedArguments } from './behaviour.ts'
export { closedColumn, closedFunctionColumn, columnRule, functionColumnRule, isOpenSchema } from './catalogs.ts'
export type { ColumnRule } from './catalogs.table.ts'
export { functionBehaviour, opaqueFunction } from './functions.ts'
export { isPinnedValue, isShownSetting, settingRule, type SettingRule } from './settings.ts'
