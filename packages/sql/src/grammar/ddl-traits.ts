/**
 * What the parts of ALTER TABLE do beyond changing the catalog. A part not listed reads rows and changes access: fail closed.
 * Source: nodes/parsenodes.h AlterTableType, commands/tablecmds.c of 18.
 */
import { flagField, listField, nodeField, structField, textField, type AstNode, type Fields } from './ast.ts'

/** Fields of DDL nodes that hold an expression, a query or a body. */
const CODE_FIELDS: ReadonlySet<string> = new Set([
  'raw_expr', 'raw_default', 'cooked_default', 'where_clause', 'whereClause', 'whenClause', 'expr', 'query', 'sql_body', 'qual', 'with_check',
  'actions',
  'FuncCall', 'A_Expr', 'SubLink',
])

/** Parts that look at no stored row. (A new column without default or constraint writes nothing to existing rows.) */
const BLIND: ReadonlySet<string> = new Set([
  'AT_ColumnDefault', 'AT_DropNotNull', 'AT_DropExpression', 'AT_SetStatistics', 'AT_SetOptions', 'AT_ResetOptions', 'AT_SetStorage',
  'AT_SetCompression', 'AT_DropColumn', 'AT_DropConstraint', 'AT_AlterColumnGenericOptions', 'AT_ClusterOn', 'AT_DropCluster', 'AT_SetLogged',
  'AT_SetUnLogged', 'AT_DropOids', 'AT_SetAccessMethod', 'AT_SetTableSpace', 'AT_SetRelOptions', 'AT_ResetRelOptions', 'AT_ReplaceRelOptions',
  'AT_AddInherit', 'AT_DropInherit', 'AT_AddOf', 'AT_DropOf', 'AT_ReplicaIdentity', 'AT_GenericOptions', 'AT_DetachPartition',
  'AT_DetachPartitionFinalize', 'AT_SetIdentity', 'AT_DropIdentity', 'AT_AddIdentity',
  'AT_ChangeOwner', 'AT_EnableTrig', 'AT_EnableAlwaysTrig', 'AT_EnableReplicaTrig', 'AT_DisableTrig', 'AT_EnableTrigAll', 'AT_DisableTrigAll',
  'AT_EnableTrigUser', 'AT_DisableTrigUser', 'AT_EnableRule', 'AT_EnableAlwaysRule', 'AT_EnableReplicaRule', 'AT_DisableRule',
  'AT_EnableRowSecurity', 'AT_DisableRowSecurity', 'AT_ForceRowSecurity', 'AT_NoForceRowSecurity',
])

/** Parts that leave alone who may do what, and what guards it (triggers and rules are such guards). */
const NO_ACCESS: ReadonlySet<string> = new Set([
  'AT_AddColumn', 'AT_AddColumnToView', 'AT_ColumnDefault', 'AT_DropNotNull', 'AT_SetNotNull', 'AT_SetExpression', 'AT_DropExpression',
  'AT_SetStatistics', 'AT_SetOptions', 'AT_ResetOptions', 'AT_SetStorage', 'AT_SetCompression', 'AT_DropColumn', 'AT_AddIndex', 'AT_AddConstraint',
  'AT_AlterConstraint', 'AT_ValidateConstraint', 'AT_AddIndexConstraint', 'AT_DropConstraint', 'AT_AlterColumnType', 'AT_AlterColumnGenericOptions',
  'AT_ClusterOn', 'AT_DropCluster', 'AT_SetLogged', 'AT_SetUnLogged', 'AT_DropOids', 'AT_SetAccessMethod', 'AT_SetTableSpace', 'AT_AddInherit',
  'AT_DropInherit', 'AT_AddOf', 'AT_DropOf', 'AT_ReplicaIdentity', 'AT_GenericOptions', 'AT_AttachPartition', 'AT_DetachPartition',
  'AT_DetachPartitionFinalize', 'AT_AddIdentity', 'AT_SetIdentity', 'AT_DropIdentity',
])

export interface AlterTableTraits {
  readonly readsRows: boolean
  readonly changesAccess: boolean
  /** The parts' names in order. */
  readonly actions: readonly string[]
}

/** @returns undefined when a part is no AlterTableCmd. */
export function alterTableTraits(commands: readonly (AstNode | undefined)[]): AlterTableTraits | undefined {
  const actions: string[] = []
  let readsRows = false
  let changesAccess = false
  for (const node of commands) {
    const subtype = node?.type === 'AlterTableCmd' ? textField(node.fields, 'subtype') : undefined
    if (node === undefined || subtype === undefined) return undefined
    actions.push(subtype)
    readsRows ||= !BLIND.has(subtype) && !isBlindAddition(subtype, node)
    changesAccess ||= !NO_ACCESS.has(subtype)
  }
  return { readsRows, changesAccess, actions }
}

/** ADD COLUMN of a bare type, and ADD CONSTRAINT ... NOT VALID. */
function isBlindAddition(subtype: string, node: AstNode): boolean {
  const def = nodeField(node.fields, 'def')
  if (subtype === 'AT_AddColumn') {
    return def?.type === 'ColumnDef' && listField(def.fields, 'constraints').length === 0 && structField(def.fields, 'raw_default') === undefined
  }
  return subtype === 'AT_AddConstraint' && def?.type === 'Constraint' && flagField(def.fields, 'skip_validation')
}

/** Whether any part holds an expression, a query or a body. Iterative: depth is the caller's choice. */
export function holdsCode(root: Fields): boolean {
  const pending: unknown[] = [root]
  while (pending.length > 0) {
    const value = pending.pop()
    if (typeof value !== 'object' || value === null) continue
    for (const [key, field] of Object.entries(value)) {
      if (CODE_FIELDS.has(key)) return true
      pending.push(field)
    }
  }
  return false
}
