/**
 * From one statement to a plan: what is decided, and what is checked while its answer passes. Queries are followed by the flow over the
 * server's own trees; utility statements by what the raw grammar says, with their inner queries analysed alone. Drive the
 * generator by answering its questions (plan.ts). Where it stops: it decides nothing.
 */
import { unreachable } from '@doorward/core'
import { CHECKED_INPUT, mayReadParts } from './flow/checked-input.ts'
import type { DiscardStatement, RawStatement, TransactionStatement } from './grammar/raw-statement.ts'
import type { SessionChange, SessionView, UnderstandResult, UnderstandSteps } from './plan.ts'
import { understandCopy } from './understand-copy.ts'
import { understandDo } from './understand-do.ts'
import {
  understandCreateTableAs, understandCreateView, understandDeclare, understandExecute, understandExplain, understandFetch, understandPrepare, understandRefresh,
  type UnderstandAny,
} from './understand-inner.ts'
import { inputsOf } from './understand-inputs.ts'
import type { UnderstandContext } from './understand-knowledge.ts'
import {
  understandComment, understandCreateFunction, understandDdl, understandDrop, understandLock, understandMaintenance, understandPrivilege, understandServer, understandTruncate,
} from './understand-objects.ts'
import { effectOn, opaquePlan, plan, rejected, understood } from './understand-plan.ts'
import { understandQuery } from './understand-query.ts'
import { judgeSettingCalls, understandReset, understandSet, understandShow } from './understand-setting.ts'

export interface UnderstandRequest {
  readonly statement: RawStatement
  /** The very bytes that are analysed and forwarded, as text. */
  readonly text: string
  /** From Parse: OIDs, 0 or left out where the server is to infer. */
  readonly parameterTypes: readonly number[]
  readonly session: SessionView
}

/** EXPLAIN of a DECLARE of a query, EXECUTE of an EXPLAIN ...: deeper than any of these go. */
const MAX_NESTING = 8

export function* understandStatement(context: UnderstandContext, request: UnderstandRequest): UnderstandSteps {
  const steps = understandNested(context, request, 0)
  for (let next = steps.next(); ; next = steps.next(yield next.value)) {
    if (next.done === true) return next.value
    // Reading a literal may run code of the database: not before anything is decided.
    if (next.value.kind === 'analyse' && mayReadParts(next.value.text) && (yield* inputsOf(context)) === 'suspect') return opaquePlan(request.statement.command, CHECKED_INPUT)
  }
}

function* understandNested(context: UnderstandContext, request: UnderstandRequest, depth: number): UnderstandSteps {
  const { statement, text, parameterTypes, session } = request
  if (depth > MAX_NESTING) return opaquePlan(statement.command, 'statements nested too deep')
  const any: UnderstandAny = (inner, types) => understandNested(context, { statement: inner.statement, text: inner.text, parameterTypes: types, session }, depth + 1)
  const where = { ...context, session }
  switch (statement.kind) {
    case 'query': return yield* query(context, request)
    case 'explain': return yield* understandExplain(statement, text, parameterTypes, any)
    case 'prepare': return yield* understandPrepare(context, statement, any)
    case 'execute': return yield* understandExecute(context, statement, session, any)
    case 'deallocate': return simple(statement, [{ kind: 'deallocate', name: statement.name }])
    case 'declare': return yield* understandDeclare(statement, any)
    case 'fetch': case 'move': return yield* understandFetch(statement, session, any)
    case 'close': return simple(statement, [{ kind: 'close-cursor', cursor: statement.cursor }])
    case 'copy': return yield* understandCopy(context, statement)
    case 'create-table-as': return yield* understandCreateTableAs(context, statement, session, parameterTypes, any)
    case 'create-view': return yield* understandCreateView(context, statement, session, any)
    case 'refresh': return yield* understandRefresh(context, statement, session)
    case 'transaction': return transaction(statement)
    case 'set-transaction': case 'set-constraints': return simple(statement, [])
    case 'set': return understandSet(statement)
    case 'reset': return understandReset(statement)
    case 'show': return yield* understandShow(statement, text)
    case 'discard': return discard(statement)
    case 'listen': case 'unlisten': return plan({ understanding: understood(statement.command, { effects: [effectOn('execute', statement.channel ?? '*', 'session', 'open')] }), tags: statement.tags })
    case 'notify': return plan({ understanding: understood(statement.command, { effects: [effectOn('execute', statement.channel, 'session', 'open')] }), tags: statement.tags })
    case 'lock': return understandLock(where, statement)
    case 'ddl': return understandDdl(where, statement)
    case 'create-function': return understandCreateFunction(where, statement)
    case 'privilege': return understandPrivilege(where, statement)
    case 'drop': return understandDrop(where, statement)
    case 'truncate': return yield* understandTruncate(where, statement)
    case 'comment': return understandComment(where, statement)
    case 'maintenance': return understandMaintenance(where, statement)
    case 'server': return understandServer(where, statement)
    case 'do': return yield* understandDo(context, statement)
    case 'call': return opaquePlan(statement.command, 'CALL of a procedure', [`${statement.procedure.schema ?? ''}.${statement.procedure.name}`.replace(/^\./, '')])
    case 'unknown': return opaquePlan(statement.command, statement.reason)
    default: return unreachable(statement)
  }
}

function* query(context: UnderstandContext, request: UnderstandRequest): UnderstandSteps {
  const { statement, text, parameterTypes } = request
  const found = yield* understandQuery(context, statement.command, text, parameterTypes)
  if (found.kind === 'error') return rejected(found)
  const settings = judgeSettingCalls(statement.command, found.settings)
  const { understanding } = found
  return plan({
    understanding: understanding.kind === 'opaque' ? understanding
      : { ...understanding, effects: [...understanding.effects, ...settings.effects], forbidden: settings.forbidden },
    changes: settings.changes, tags: statement.tags, fields: found.fields, parameterTypes: found.parameterTypes, dependsOnDefinitions: found.dependsOnDefinitions,
    catalogTexts: found.catalogTexts, functionResults: found.functionResults, planning: found.planning, subjects: found.subjects, plainValues: found.plainValues, source: { statement, text, parameterTypes },
  })
}

function simple(statement: RawStatement, changes: readonly SessionChange[]): UnderstandResult {
  return plan({ understanding: understood(statement.command), tags: statement.tags, changes })
}

function transaction(statement: TransactionStatement): UnderstandResult {
  const { verb } = statement
  switch (verb) {
    case 'commit-prepared': case 'rollback-prepared':
      return plan({ understanding: understood(statement.command, { effects: [effectOn('privilege', 'prepared transaction', 'other')] }), tags: statement.tags, changes: [{ kind: 'catalog', scope: 'shared' }, { kind: 'schemas' }] })
    case 'prepare':
      return plan({ understanding: understood(statement.command, { effects: [effectOn('privilege', 'prepared transaction', 'other')] }), tags: statement.tags, changes: [{ kind: 'transaction', verb }] })
    case 'begin': case 'commit': case 'rollback': case 'savepoint': case 'release': case 'rollback-to':
      return simple(statement, statement.chain ? [{ kind: 'transaction', verb }, { kind: 'transaction', verb: 'begin' }] : [{ kind: 'transaction', verb }])
    default: return unreachable(verb)
  }
}

function discard(statement: DiscardStatement): UnderstandResult {
  switch (statement.what) {
    case 'all': return simple(statement, [{ kind: 'discard-all' }, { kind: 'schemas' }])
    case 'temp': return simple(statement, [{ kind: 'catalog', scope: 'session' }, { kind: 'schemas' }])
    case 'plans': case 'sequences': return simple(statement, [])
    default: return unreachable(statement.what)
  }
}
