/**
 * From one statement to a plan: what is decided, and what is checked while its answer passes. Queries are followed by the flow over the
 * server's own trees; utility statements by what the raw grammar says, with their inner queries analysed alone. Drive the
 * generator by answering its questions (plan.ts). Where it stops: it decides nothing.
 */
import type { Understanding } from '@doorward/core'
import type { RawStatement } from './grammar/raw-statement.ts'
import type { SessionView, StatementPlan, UnderstandResult, UnderstandSteps } from './plan.ts'
import type { UnderstandContext } from './understand-knowledge.ts'
import { understandQuery } from './understand-query.ts'

export interface UnderstandRequest {
  readonly statement: RawStatement
  /** The very bytes that are analysed and forwarded, as text. */
  readonly text: string
  /** From Parse: OIDs, 0 or left out where the server is to infer. */
  readonly parameterTypes: readonly number[]
  readonly session: SessionView
}

export function* understandStatement(context: UnderstandContext, request: UnderstandRequest): UnderstandSteps {
  const { statement } = request
  switch (statement.kind) {
    case 'query': {
      const query = yield* understandQuery(context, statement.command, request.text, request.parameterTypes)
      if (query.kind === 'error') return { kind: 'rejected', error: query }
      return plan(query.understanding, {
        tags: statement.tags, fields: query.fields, parameterTypes: query.parameterTypes,
        dependsOnDefinitions: query.dependsOnDefinitions,
      })
    }
    default:
      return plan({ kind: 'opaque', command: statement.command, reason: `statement ${statement.kind}`, objects: [] }, { tags: statement.tags })
  }
}

function plan(understanding: Understanding, rest: Partial<StatementPlan>): UnderstandResult {
  return {
    kind: 'plan',
    plan: {
      understanding, changes: [], tags: [], fields: undefined, parameterTypes: [], copy: undefined, dependsOnDefinitions: false,
      local: undefined, needsPrepared: undefined, explain: undefined, ...rest,
    },
  }
}
