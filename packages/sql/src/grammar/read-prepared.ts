/** Prepared statements and cursors: PREPARE, EXECUTE, DEALLOCATE, DECLARE, FETCH, MOVE, CLOSE. */
import { flagField, listField, nodeField, numberField, structField, textField, type AstNode, type Fields } from './ast.ts'
import { tagged, unknownStatement } from './command-tag.ts'
import type { FetchStatement, RawStatement } from './raw-statement.ts'
import { qualifiedObject } from './read-object.ts'
import { isSameTree } from './same-tree.ts'
import { isSign, type StatementText } from './statement-text.ts'

/** PREPARE name [ ( types ) ] AS statement */
export function readPrepare(fields: Fields, text: StatementText): RawStatement {
  const name = textField(fields, 'name')
  const as = text.findKeyword('as', 1)
  const inner = as === undefined ? undefined : text.inner(as + 1, text.tokens().length, nodeField(fields, 'query'))
  if (name === undefined || inner === undefined) return unknownStatement('PREPARE', 'inner statement of PREPARE')
  const types = listField(fields, 'argtypes')
  const written = types.length === 0 ? [] : text.listItems(2)
  if (written === undefined || written.length !== types.length || !written.every((type, index) => isType(text, type, types[index]))) {
    return unknownStatement('PREPARE', 'parameter types of PREPARE')
  }
  return { kind: 'prepare', ...tagged('PREPARE'), name, parameterTypes: written, inner }
}

/** EXECUTE name [ ( arguments ) ]: its tag is that of the statement it runs. */
export function readExecute(fields: Fields, text: StatementText): RawStatement {
  const name = textField(fields, 'name')
  const params = listField(fields, 'params')
  const written = params.length === 0 ? [] : text.listItems(2)
  if (name === undefined || written === undefined || written.length !== params.length
    || !written.every((argument, index) => isExpression(text, argument, params[index]))) {
    return unknownStatement('EXECUTE', 'arguments of EXECUTE')
  }
  return { kind: 'execute', command: 'EXECUTE', tags: [], name, arguments: written }
}

export function readDeallocate(fields: Fields): RawStatement {
  const name = textField(fields, 'name')
  const command = name === undefined ? 'DEALLOCATE ALL' : 'DEALLOCATE'
  if ((name === undefined) !== flagField(fields, 'isall')) return unknownStatement('DEALLOCATE', 'no name')
  return { kind: 'deallocate', ...tagged(command), name }
}

/** nodes/parsenodes.h, CURSOR_OPT_*. Others are the server's own and do not come from the text. */
const CURSOR = { binary: 0x1, scroll: 0x2, noScroll: 0x4, insensitive: 0x8, asensitive: 0x10, hold: 0x20, fastPlan: 0x100 }
const KNOWN_CURSOR_OPTIONS = Object.values(CURSOR).reduce((all, bit) => all | bit, 0)

/** DECLARE name options CURSOR [ WITH HOLD ] FOR query */
export function readDeclare(fields: Fields, text: StatementText): RawStatement {
  const cursor = textField(fields, 'portalname')
  const at = text.findKeyword('for', 1)
  const inner = at === undefined ? undefined : text.inner(at + 1, text.tokens().length, nodeField(fields, 'query'))
  if (cursor === undefined || inner === undefined) return unknownStatement('DECLARE CURSOR', 'inner statement of DECLARE')
  const options = numberField(fields, 'options')
  if ((options & ~KNOWN_CURSOR_OPTIONS) !== 0) return unknownStatement('DECLARE CURSOR', 'cursor options')
  const has = (bit: number): boolean => (options & bit) !== 0
  return {
    kind: 'declare', ...tagged('DECLARE CURSOR'), cursor, inner,
    binary: has(CURSOR.binary), hold: has(CURSOR.hold),
    scroll: has(CURSOR.noScroll) ? 'no-scroll' : has(CURSOR.scroll) ? 'scroll' : undefined,
    sensitivity: has(CURSOR.insensitive) ? 'insensitive' : has(CURSOR.asensitive) ? 'asensitive' : undefined,
  }
}

const DIRECTIONS: ReadonlyMap<string, FetchStatement['direction']> = new Map([
  ['FETCH_FORWARD', 'forward'], ['FETCH_BACKWARD', 'backward'], ['FETCH_ABSOLUTE', 'absolute'], ['FETCH_RELATIVE', 'relative'],
])

/** FETCH_ALL is LONG_MAX, which has 32 bits in WebAssembly; a caller who writes this number asks for all as well as we care. */
const FETCH_ALL = 2_147_483_647

export function readFetch(fields: Fields): RawStatement {
  const move = flagField(fields, 'ismove')
  const command = move ? 'MOVE' : 'FETCH'
  const cursor = textField(fields, 'portalname')
  const direction = DIRECTIONS.get(textField(fields, 'direction') ?? '')
  if (cursor === undefined || direction === undefined) return unknownStatement(command, 'direction')
  const count = numberField(fields, 'howMany')
  const all = count === FETCH_ALL && (direction === 'forward' || direction === 'backward')
  return { kind: move ? 'move' : 'fetch', ...tagged(command), cursor, direction, count: all ? 'all' : count }
}

export function readClose(fields: Fields): RawStatement {
  const cursor = textField(fields, 'portalname')
  return { kind: 'close', ...tagged(cursor === undefined ? 'CLOSE CURSOR ALL' : 'CLOSE CURSOR'), cursor }
}

/** CALL name(arguments) */
export function readCall(fields: Fields, text: StatementText): RawStatement {
  const call = structField(fields, 'funccall')
  const tokens = text.tokens()
  const first = tokens[1]
  const last = tokens.at(-1)
  if (call === undefined || first === undefined || last === undefined || !isSign(last, ')')) return unknownStatement('CALL', 'call')
  const written = text.slice(first.start, last.end)
  const procedure = qualifiedObject('procedure', listField(call, 'funcname'))
  if (procedure === undefined || !isExpression(text, written, { type: 'FuncCall', fields: call })) return unknownStatement('CALL', 'call')
  return { kind: 'call', ...tagged('CALL'), procedure, text: written, start: first.start, length: last.end - first.start }
}

/** Proof that `written`, alone, is the expression `node`. */
function isExpression(text: StatementText, written: string, node: AstNode | undefined): boolean {
  const target = onlyTarget(text, written)
  return target !== undefined && node !== undefined && isSameTree(target, { [node.type]: node.fields })
}

/** Proof that `written`, alone, is the type `node`. */
function isType(text: StatementText, written: string, node: AstNode | undefined): boolean {
  const target = onlyTarget(text, `null::${written}`)
  const cast = target === undefined ? undefined : nodeField({ target }, 'target')
  return cast?.type === 'TypeCast' && node?.type === 'TypeName' && isSameTree(cast.fields['typeName'], node.fields)
}

/** The value of the only output of `SELECT <expression>`. */
function onlyTarget(text: StatementText, expression: string): unknown {
  const parsed = text.grammar.parse(`SELECT ${expression}`)
  if (parsed.kind !== 'parsed' || parsed.statements.length !== 1) return undefined
  const select = parsed.statements[0]?.node
  const targets = select?.type === 'SelectStmt' ? listField(select.fields, 'targetList') : []
  const target = targets.length === 1 ? targets[0] : undefined
  return target?.type === 'ResTarget' ? target.fields['val'] : undefined
}
