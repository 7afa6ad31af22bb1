/**
 * What a refused caller is told: what was refused, under which rule, and one thing to do next. Names and rules only: nothing
 * here may depend on data, and a masked flow names no policy, so that two databases that differ in values refuse with the same
 * bytes. The receipt leads whoever keeps the policies to the full grounds.
 */
import type { ColumnRef, Opaque, PolicyId, Purpose, Understood } from '@doorward/core'
import type { Policy } from '../file/policy.ts'
import type { Touched } from './applicable.ts'
import type { MaskedFlow } from './release.ts'

/** The caller's part of a denial. */
export interface RefusalWords {
  /** One sentence, lower case, no full stop. */
  readonly refusal: string
  /** One concrete step, likewise. */
  readonly next: string
}

const ASK = 'whoever keeps the policies, with the receipt number'

/** A policy that denies, by its id. */
export function policyDenies(policy: PolicyId, touched: Touched): RefusalWords {
  return {
    refusal: `policy ${policy} denies ${touched.action} on ${named(touched.object)}`,
    next: `leave ${touched.action} on ${named(touched.object)} out, or ask ${ASK}`,
  }
}

/** A policy whose expression failed. */
export function policyFailed(policy: PolicyId): RefusalWords {
  return { refusal: `policy ${policy} could not be evaluated, and a policy that fails denies`, next: `ask ${ASK}, to mend policy ${policy}` }
}

/** @param purposes Purposes under which a policy would allow it: the one thing a caller can often mend alone. */
export function nothingAllows(touched: Touched, purposes: readonly Purpose[]): RefusalWords {
  const stated = purposes.length === 0
    ? `ask whoever keeps the policies to allow ${touched.action} on ${named(touched.object)}`
    : `state a purpose of use that allows it (doorward.purpose): ${purposes.join(' or ')}`
  return { refusal: `no policy allows ${touched.action} on ${named(touched.object)}`, next: stated }
}

/** A part of the system catalogs that no policy names. @param note Why it is closed, as the understanding says. */
export function closedCatalog(touched: Touched, note: string | undefined): RefusalWords {
  const why = note === undefined ? 'it can show data' : named(note)
  return {
    refusal: `${named(touched.object)} is a closed part of the system catalogs: ${why}`,
    next: 'use the catalog views that describe tables and columns, which are open',
  }
}

/** An opaque statement that no policy allows by name. */
export function notUnderstood(statement: Opaque): RefusalWords {
  const [object] = statement.objects
  const refusal = `not understood: ${named(statement.reason)}`
  if (object === undefined) return { refusal, next: 'write the statement without it' }
  if (statement.extent !== 'calls') return { refusal, next: `write the statement without ${named(object)}` }
  return { refusal, next: `write the statement without ${named(object)}, or ask for a policy that allows execute on exactly that name` }
}

/** An opaque object that a policy allows by name, but masked. */
export function cannotMaskOpaque(object: string): RefusalWords {
  return {
    refusal: `what ${named(object)} returns is not understood, so it cannot be masked, and it is masked for you`,
    next: `write the statement without ${named(object)}`,
  }
}

/** A rule of Doorward's own, in its own words. */
export function ruleForbids(forbidden: NonNullable<Understood['forbidden']>): RefusalWords {
  return { refusal: forbidden.why, next: forbidden.next }
}

/** Several holds that no group may approve together. */
export function noCommonApprover(): RefusalWords {
  return {
    refusal: 'this statement needs approval under several policies, and no group may approve under all of them',
    next: 'split the statement by what it touches',
  }
}

/** More rows are expected than a policy's limit, or nobody can say how many. */
export function tooManyExpected({ id, limits }: Pick<Policy, 'id' | 'limits'>): RefusalWords {
  return {
    refusal: `more rows are expected than the ${limits?.estimatedRows ?? 0} that policy ${id} allows, or it cannot be told how many`,
    next: 'ask for fewer rows: restrict them by a condition, or with LIMIT',
  }
}

/** Masked values that would decide something: object, column and clause. */
export function maskedFlow({ column, context }: MaskedFlow): RefusalWords {
  const name = columnName(column)
  const [effect, next] = flowWords(context, name)
  return { refusal: `${name} is masked for you, so ${effect}`, next }
}

/** `schema.table.column`, as a refusal and the log show it. */
export function columnName(column: ColumnRef): string {
  return named(`${column.relation}.${column.column}`)
}

function flowWords(context: MaskedFlow['context'], name: string): readonly [string, string] {
  const without = (clause: string): string => `leave ${name} out of ${clause}`
  switch (context) {
    case 'predicate': return ['it cannot decide which rows come back', `select rows by a column that is not masked instead of ${name}`]
    case 'join': return ['it cannot decide which rows are joined', `join on a column that is not masked instead of ${name}`]
    case 'order': return ['it cannot decide the order of rows', `order by a column that is not masked instead of ${name}`]
    case 'group': return ['rows cannot be grouped by it', `group by a column that is not masked instead of ${name}`]
    case 'distinct': return ['it cannot decide which rows are duplicates', without('the DISTINCT')]
    case 'window': return ['it cannot decide the windows of a window function', without('the window')]
    case 'limit': return ['it cannot decide how many rows come back', without('LIMIT and OFFSET')]
    case 'rows': return ['it cannot decide how many rows come back', without('functions that return rows')]
    case 'error': return ['it cannot go where its value decides whether an error is raised', `select ${name} as it is, without computing with it`]
    case 'case': return ['it cannot decide which branch is taken', without('the condition')]
    case 'written': return ['its value cannot be written elsewhere', without('what is written')]
    case 'function': return ['it cannot be given to a function that may show or keep it', without('the function call')]
    case 'aggregate-filter': return ['it cannot decide which rows are aggregated', without('the FILTER')]
    case 'set-operation': return ['it cannot decide which rows a set operation keeps', `use UNION ALL, or leave ${name} out`]
    case 'estimate': return ['estimates that depend on it cannot be shown', without('the explained statement')]
    case 'lock': return ['it cannot decide what is locked', without('the lock')]
    case 'counted': return ['how many values it has cannot be shown', `use count(*) instead of counting ${name}`]
    case 'counted-otherwise': return ['how many values it has is shown only as a column of the answer', `count ${name} in an output column of its own, over one table, without FILTER, DISTINCT ON or windows, grouped by plain columns that are not masked`]
    case 'guesses': return ['it may be compared only with values that can be told one by one', `compare ${name} with one value, or with a list of literals`]
    default: return ['it cannot be used here', without('the statement')] // a context that this version does not know is refused too
  }
}

/** Names come from the statement or the catalog: kept on one line and short. */
function named(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?')
  return clean.length > MAX_SHOWN ? `${clean.slice(0, MAX_SHOWN)}...` : clean
}

const MAX_SHOWN = 300
