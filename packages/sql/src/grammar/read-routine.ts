/** Code: DO, CREATE FUNCTION, CREATE PROCEDURE. */
import { flagField, listField, optionFlag, readOptions, stringOf, stringsOf, type Fields, type Option } from './ast.ts'
import { tagged, unknownStatement } from './command-tag.ts'
import type { RawStatement } from './raw-statement.ts'
import { qualifiedObject } from './read-object.ts'
import { readSetting } from './read-setting.ts'

/** DO [ LANGUAGE name ] 'body'. Two bodies or languages are refused by the server, and not read here. */
export function readDo(fields: Fields): RawStatement {
  const options = readOptions(fields, 'args')
  const bodies = options?.filter((option) => option.name === 'as') ?? []
  const languages = options?.filter((option) => option.name === 'language') ?? []
  const body = stringOf(bodies[0]?.value)
  const language = languages.length === 0 ? 'plpgsql' : stringOf(languages[0]?.value)
  if (options === undefined || body === undefined || language === undefined || bodies.length > 1 || languages.length > 1) return unknownStatement('DO', 'DoStmt')
  return { kind: 'do', ...tagged('DO'), language, body }
}

export function readCreateFunction(fields: Fields): RawStatement {
  const kind = flagField(fields, 'is_procedure') ? 'procedure' : 'function'
  const command = `CREATE ${kind.toUpperCase()}`
  const name = qualifiedObject(kind, listField(fields, 'funcname'))
  const options = readOptions(fields, 'options')
  if (name === undefined || options === undefined) return unknownStatement(command, 'CreateFunctionStmt')
  const settings = readSettings(options)
  if (settings === undefined) return unknownStatement(command, 'SET clause of CREATE FUNCTION')
  // AS takes one string, or an object file and a symbol in it.
  const body = stringsOf(listField(find(options, 'as')?.value?.fields ?? {}, 'items'))?.[0]
  const security = find(options, 'security')
  return {
    kind: 'create-function', ...tagged(command), function: name, replace: flagField(fields, 'replace'),
    language: stringOf(find(options, 'language')?.value), securityDefiner: security !== undefined && optionFlag(security.value) !== false, settings, body,
  }
}

function find(options: readonly Option[], name: string): Option | undefined { return options.findLast((option) => option.name === name) }

/** RESET clauses exist in ALTER FUNCTION only; a setting without a name is RESET ALL. */
function readSettings(options: readonly Option[]): readonly string[] | undefined {
  const names: string[] = []
  for (const option of options) {
    if (option.name !== 'set') continue
    const setting = readSetting(option.value?.fields ?? {})
    if (setting?.name === undefined) return undefined
    names.push(setting.name)
  }
  return names
}
