/** What changes who may do what: GRANT, REVOKE, roles, owners, default privileges, policies, security labels. */
import { flagField, listField, nodeField, readOptions, stringsOf, structField, textField, type Fields } from './ast.ts'
import { tagged, unknownStatement } from './command-tag.ts'
import type { ObjectName } from './object-name.ts'
import type { PrivilegeStatement, RawStatement } from './raw-statement.ts'
import { objectKind, partObject, plainObject, readObject, readObjects, readRole, readRoles, relationObject } from './read-object.ts'
import { readSetting } from './read-setting.ts'

export function readGrant(fields: Fields): RawStatement {
  const form = flagField(fields, 'is_grant') ? 'grant' : 'revoke'
  const command = form.toUpperCase()
  const row = objectKind(textField(fields, 'objtype'))
  const nodes = listField(fields, 'objects')
  const objects = row === undefined ? undefined
    : textField(fields, 'targtype') === 'ACL_TARGET_ALL_IN_SCHEMA' ? stringsOf(nodes)?.map((name) => plainObject('all-in-schema', name))
      : readObjects(row, nodes)
  if (objects === undefined) return unknownStatement(command, 'objects of GRANT')
  return privilege(command, form, { objects, roles: readRoles(listField(fields, 'grantees')), privileges: privilegeNames(fields) })
}

export function readGrantRole(fields: Fields): RawStatement {
  const form = flagField(fields, 'is_grant') ? 'grant-role' : 'revoke-role'
  const granted = readRoles(listField(fields, 'granted_roles')).map((name) => plainObject('role', name))
  return privilege(form === 'grant-role' ? 'GRANT ROLE' : 'REVOKE ROLE', form, { objects: granted, roles: readRoles(listField(fields, 'grantee_roles')) })
}

export function readDefaultPrivileges(fields: Fields): RawStatement {
  const command = 'ALTER DEFAULT PRIVILEGES'
  const action = structField(fields, 'action')
  const options = readOptions(fields, 'options')
  if (action === undefined || options === undefined) return unknownStatement(command, 'AlterDefaultPrivilegesStmt')
  const schemas = options.filter((option) => option.name === 'schemas')
    .flatMap((option) => stringsOf(listField(option.value?.fields ?? {}, 'items')) ?? [])
  const objects = schemas.map((name) => plainObject('schema', name))
  return privilege(command, 'default-privileges', { objects, roles: readRoles(listField(action, 'grantees')), privileges: privilegeNames(action) })
}

export function readCreateRole(fields: Fields): RawStatement {
  return privilege('CREATE ROLE', 'create-role', { roles: [textField(fields, 'role') ?? ''] })
}

export function readAlterRole(fields: Fields): RawStatement {
  return privilege('ALTER ROLE', 'alter-role', { roles: readRole(fields, 'role') })
}

/** ALTER ROLE ... SET; without a role: ALL. */
export function readAlterRoleSet(fields: Fields): RawStatement {
  const setting = readSetting(structField(fields, 'setstmt') ?? {})
  if (setting === undefined) return unknownStatement('ALTER ROLE', 'setting of ALTER ROLE')
  const database = textField(fields, 'database')
  const objects = database === undefined ? [] : [plainObject('database', database)]
  return privilege('ALTER ROLE', 'alter-role-set', { objects, roles: readRole(fields, 'role'), setting })
}

export function readAlterDatabaseSet(fields: Fields): RawStatement {
  const setting = readSetting(structField(fields, 'setstmt') ?? {})
  if (setting === undefined) return unknownStatement('ALTER DATABASE', 'setting of ALTER DATABASE')
  return privilege('ALTER DATABASE', 'alter-database-set', { objects: [plainObject('database', textField(fields, 'dbname') ?? '')], setting })
}

export function readDropRole(fields: Fields): RawStatement {
  return privilege('DROP ROLE', 'drop-role', { roles: readRoles(listField(fields, 'roles')) })
}

export function readDropOwned(fields: Fields): RawStatement {
  return privilege('DROP OWNED', 'drop-owned', { roles: readRoles(listField(fields, 'roles')) })
}

export function readReassignOwned(fields: Fields): RawStatement {
  return privilege('REASSIGN OWNED', 'reassign-owned', { roles: [...readRoles(listField(fields, 'roles')), ...readRole(fields, 'newrole')] })
}

/** ALTER <object> OWNER TO role */
export function readOwner(fields: Fields): RawStatement {
  const row = objectKind(textField(fields, 'objectType'))
  if (row === undefined) return unknownStatement('ALTER', 'object type of AlterOwnerStmt')
  const command = `ALTER ${row.words}`
  const relation = structField(fields, 'relation')
  const object = relation === undefined ? readObject(row, nodeField(fields, 'object')) : relationObject(row.kind, relation)
  if (object === undefined) return unknownStatement(command, 'object of AlterOwnerStmt')
  return privilege(command, 'owner', { objects: [object], roles: readRole(fields, 'newowner') })
}

export function readCreatePolicy(fields: Fields): RawStatement { return readPolicy(fields, 'CREATE POLICY', 'create-policy') }

export function readAlterPolicy(fields: Fields): RawStatement { return readPolicy(fields, 'ALTER POLICY', 'alter-policy') }

export function readSecurityLabel(fields: Fields): RawStatement {
  const row = objectKind(textField(fields, 'objtype'))
  const object = row && readObject(row, nodeField(fields, 'object'))
  if (object === undefined) return unknownStatement('SECURITY LABEL', 'object of SecLabelStmt')
  return privilege('SECURITY LABEL', 'security-label', { objects: [object] })
}

function readPolicy(fields: Fields, command: string, form: 'create-policy' | 'alter-policy'): RawStatement {
  const object = partObject('policy', structField(fields, 'table'), textField(fields, 'policy_name'))
  if (object === undefined) return unknownStatement(command, 'table of the policy')
  return privilege(command, form, { objects: [object], roles: readRoles(listField(fields, 'roles')) })
}

function privilege(
  command: string, form: PrivilegeStatement['form'],
  given: { readonly objects?: readonly ObjectName[]; readonly roles?: readonly string[]; readonly privileges?: readonly string[]; readonly setting?: PrivilegeStatement['setting'] },
): PrivilegeStatement {
  return {
    kind: 'privilege', ...tagged(command), form, objects: given.objects ?? [], roles: given.roles ?? [], privileges: given.privileges ?? [],
    setting: given.setting,
  }
}

/** A privilege without a name is ALL with a column list. */
function privilegeNames(fields: Fields): readonly string[] {
  return listField(fields, 'privileges').flatMap((node) => (node?.type === 'AccessPriv' ? [textField(node.fields, 'priv_name') ?? 'all'] : []))
}
