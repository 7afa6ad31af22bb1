/** Transactions: BEGIN to ROLLBACK PREPARED, SET TRANSACTION, SET CONSTRAINTS. */
import { constantText, flagField, listField, readOptions, textField, type Fields, type Option } from './ast.ts'
import { tagged, unknownStatement } from './command-tag.ts'
import type { RawStatement, TransactionModes, TransactionStatement } from './raw-statement.ts'
import { relationObject } from './read-object.ts'
import type { ObjectName } from './object-name.ts'

/** A failed transaction answers COMMIT and PREPARE TRANSACTION with ROLLBACK. */
const VERBS: ReadonlyMap<string, readonly [TransactionStatement['verb'], ...string[]]> = new Map([
  ['TRANS_STMT_BEGIN', ['begin', 'BEGIN']],
  ['TRANS_STMT_START', ['begin', 'START TRANSACTION']],
  ['TRANS_STMT_COMMIT', ['commit', 'COMMIT', 'COMMIT', 'ROLLBACK']],
  ['TRANS_STMT_ROLLBACK', ['rollback', 'ROLLBACK']],
  ['TRANS_STMT_SAVEPOINT', ['savepoint', 'SAVEPOINT']],
  ['TRANS_STMT_RELEASE', ['release', 'RELEASE']],
  ['TRANS_STMT_ROLLBACK_TO', ['rollback-to', 'ROLLBACK']],
  ['TRANS_STMT_PREPARE', ['prepare', 'PREPARE TRANSACTION', 'PREPARE TRANSACTION', 'ROLLBACK']],
  ['TRANS_STMT_COMMIT_PREPARED', ['commit-prepared', 'COMMIT PREPARED']],
  ['TRANS_STMT_ROLLBACK_PREPARED', ['rollback-prepared', 'ROLLBACK PREPARED']],
])

export function readTransaction(fields: Fields): RawStatement {
  const row = VERBS.get(textField(fields, 'kind') ?? '')
  if (row === undefined) return unknownStatement('TRANSACTION', 'TransactionStmt of another kind')
  const [verb, command = '', ...tags] = row
  const modes = readModes(readOptions(fields, 'options'))
  if (modes === undefined) return unknownStatement(command, 'transaction mode')
  return {
    kind: 'transaction', ...tagged(command, ...tags), verb, modes,
    savepoint: textField(fields, 'savepoint_name'), gid: textField(fields, 'gid'), chain: flagField(fields, 'chain'),
  }
}

/** VariableSetStmt of kind VAR_SET_MULTI. */
export function readSetTransaction(fields: Fields): RawStatement {
  const name = textField(fields, 'name')
  if (name === 'TRANSACTION SNAPSHOT') {
    return { kind: 'set-transaction', ...tagged('SET'), scope: 'transaction', modes: NO_MODES, snapshot: true }
  }
  const modes = readModes(readOptions(fields, 'args'))
  if (modes === undefined || (name !== 'TRANSACTION' && name !== 'SESSION CHARACTERISTICS')) return unknownStatement('SET', 'SET of several settings')
  return { kind: 'set-transaction', ...tagged('SET'), scope: name === 'TRANSACTION' ? 'transaction' : 'session', modes, snapshot: false }
}

export function readSetConstraints(fields: Fields): RawStatement {
  const constraints: ObjectName[] = []
  for (const node of listField(fields, 'constraints')) {
    const constraint = node?.type === 'RangeVar' ? relationObject('table-constraint', node.fields) : undefined
    if (constraint === undefined) return unknownStatement('SET CONSTRAINTS', 'constraint name')
    constraints.push(constraint)
  }
  return { kind: 'set-constraints', ...tagged('SET CONSTRAINTS'), constraints, mode: flagField(fields, 'deferred') ? 'deferred' : 'immediate' }
}

const NO_MODES: TransactionModes = { isolation: undefined, access: undefined, deferrable: undefined }

function readModes(options: readonly Option[] | undefined): TransactionModes | undefined {
  if (options === undefined) return undefined
  let modes = NO_MODES
  for (const { name, value } of options) {
    const text = constantText(value)
    switch (name) {
      case 'transaction_isolation': modes = { ...modes, isolation: text }; break
      case 'transaction_read_only': modes = { ...modes, access: text === '1' ? 'read-only' : 'read-write' }; break
      case 'transaction_deferrable': modes = { ...modes, deferrable: text === '1' ? 'deferrable' : 'not-deferrable' }; break
      default: return undefined
    }
  }
  return modes
}
