/** SET, RESET, SHOW and the settings that ALTER SYSTEM, ALTER ROLE and ALTER DATABASE write: which setting, to what. */
import { constantText, flagField, listField, textField, type AstNode, type Fields } from './ast.ts'
import { tagged, unknownStatement } from './command-tag.ts'
import type { RawStatement, ResetStatement, SetStatement, SettingValue } from './raw-statement.ts'
import { readSetTransaction } from './read-transaction.ts'

export function readVariableSet(fields: Fields): RawStatement {
  return textField(fields, 'kind') === 'VAR_SET_MULTI' ? readSetTransaction(fields) : readSetting(fields) ?? unknownStatement('SET', 'VariableSetStmt of another kind')
}

/** The setting of a VariableSetStmt wherever it stands; undefined for SET TRANSACTION and for kinds not known. */
export function readSetting(fields: Fields): SetStatement | ResetStatement | undefined {
  const name = textField(fields, 'name')
  switch (textField(fields, 'kind')) {
    case 'VAR_SET_VALUE': return toSet(fields, readValues(listField(fields, 'args')))
    case 'VAR_SET_DEFAULT': return toSet(fields, { kind: 'default' })
    case 'VAR_SET_CURRENT': return toSet(fields, { kind: 'current' })
    case 'VAR_RESET': return name === undefined ? undefined : { kind: 'reset', ...tagged('RESET'), name: settingName(name) }
    case 'VAR_RESET_ALL': return { kind: 'reset', ...tagged('RESET'), name: undefined }
    default: return undefined
  }
}

export function readShow(fields: Fields): RawStatement {
  const name = textField(fields, 'name')
  if (name === undefined) return unknownStatement('SHOW', 'no name')
  return { kind: 'show', ...tagged('SHOW'), name: name.toLowerCase() === 'all' ? undefined : settingName(name) }
}

/** Names that guc.c still takes for others (map_old_guc_names). */
const OLD_NAMES: ReadonlyMap<string, string> = new Map([['sort_mem', 'work_mem'], ['vacuum_mem', 'maintenance_work_mem'], ['ssl_ecdh_curve', 'ssl_groups']])

/** @returns the name as the server compares it (guc_name_compare folds ASCII only). */
export function settingName(name: string): string {
  const folded = name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  return OLD_NAMES.get(folded) ?? folded
}

function toSet(fields: Fields, value: SettingValue): SetStatement | undefined {
  const name = textField(fields, 'name')
  return name === undefined ? undefined : { kind: 'set', ...tagged('SET'), name: settingName(name), value, local: flagField(fields, 'is_local') }
}

function readValues(nodes: readonly (AstNode | undefined)[]): SettingValue {
  const values: string[] = []
  for (const node of nodes) {
    const value = constantText(node)
    if (value === undefined) return { kind: 'expression' }
    values.push(value)
  }
  return { kind: 'values', values }
}
