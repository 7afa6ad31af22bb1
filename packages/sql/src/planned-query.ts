/**
 * The query that EXPLAIN is asked about, for the rows that a statement may touch: its own text, or the one inside it. Where it stops: a query
 * whose parameters are not at hand has no estimate, since with other values it may be another plan.
 */
import type { InnerStatement, RawStatement } from './grammar/raw-statement.ts'
import type { RelationName } from './grammar/object-name.ts'
import type { SessionView } from './plan.ts'

export interface PlannedQuery {
  readonly text: string
  /** `message`: the values that the client binds to the statement are those of the query. */
  readonly parameters: 'message' | 'none'
}

/** EXPLAIN of a DECLARE of a COPY ...: as deep as understanding goes. */
const MAX_NESTING = 8

/** @returns `nothing`: it reads no rows when it runs; undefined: nobody can say. */
export function plannedQuery(statement: RawStatement, text: string, session: SessionView): PlannedQuery | 'nothing' | undefined {
  return planned(statement, text, session, 0)
}

function planned(statement: RawStatement, text: string, session: SessionView, depth: number): PlannedQuery | 'nothing' | undefined {
  if (depth > MAX_NESTING) return undefined
  const inside = (inner: InnerStatement): PlannedQuery | 'nothing' | undefined => planned(inner.statement, inner.text, session, depth + 1)
  switch (statement.kind) {
    case 'query': return { text, parameters: 'message' }
    case 'explain': return statement.analyze ? inside(statement.inner) : 'nothing'
    case 'declare': case 'create-table-as': return inside(statement.inner)
    case 'prepare': case 'create-view': case 'close': case 'deallocate': return 'nothing'
    case 'copy':
      if (statement.direction === 'in') return 'nothing'
      if (statement.inner !== undefined) return { text: statement.inner.text, parameters: 'none' }
      return statement.relation === undefined ? undefined : { text: `SELECT * FROM ONLY ${tableText(statement.relation)}`, parameters: 'none' }
    case 'execute': return statement.arguments.length === 0 ? known(session.prepared(statement.name), session, depth) : undefined
    case 'fetch': case 'move': return known(session.cursor(statement.cursor), session, depth)
    default: return undefined
  }
}

/** What stands behind a name, where it needs no values. */
function known(plan: ReturnType<SessionView['prepared']>, session: SessionView, depth: number): PlannedQuery | 'nothing' | undefined {
  if (plan?.source === undefined || plan.parameterTypes.length > 0) return undefined
  const found = planned(plan.source.statement, plan.source.text, session, depth + 1)
  return found === undefined || found === 'nothing' ? found : { ...found, parameters: 'none' }
}

function tableText({ catalog, schema, name }: RelationName): string {
  return [catalog, schema, name].flatMap(part => (part === undefined ? [] : [`"${part.replaceAll('"', '""')}"`])).join('.')
}
