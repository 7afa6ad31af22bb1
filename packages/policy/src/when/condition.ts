/**
 * One `when:` expression: parsed, checked against what an expression may use, type-checked, and from then on a function that never
 * throws. What cannot be shown to be cheap and total at load time is not let in; what fails later is `error`, which denies.
 */
import type { Environment } from '@marcbachmann/cel-js'
import { suggestion } from '../text/nearest.ts'
import { FIELDS, VARIABLES } from './environment.ts'
import type { Facts } from './facts.ts'
import { asksForEstimate, asksForMoment, findFault } from './inspect.ts'

/** Longest expression, in characters. */
export const MAX_EXPRESSION = 2_000

/** A checked expression. */
export interface Condition {
  readonly text: string
  /** `moment`: it asks for the time or the client's address, so its value may differ from one request to the next. */
  readonly restsOn: 'principal and statement' | 'moment'
  /** It looks at the planner's estimate, which is then asked for. */
  readonly estimate: 'looked-at' | 'not-looked-at'
  /** @returns `error` when evaluation throws or does not yield a truth value. Never throws. */
  evaluate(facts: Facts): 'true' | 'false' | 'error'
}

/** What is wrong with an expression; `offset` is in its own text. */
export interface ConditionFault {
  readonly kind: 'fault'
  readonly offset: number
  readonly message: string
}

/** @returns the checked condition, or the first thing wrong with the text. */
export function compileCondition(environment: Environment, text: string): { readonly kind: 'condition'; readonly condition: Condition } | ConditionFault {
  if (text.length > MAX_EXPRESSION) return fault(0, `expression too long: ${text.length} characters, expected at most ${MAX_EXPRESSION}`)
  try {
    const parsed = environment.parse(text)
    const refused = findFault(parsed.ast)
    if (refused !== undefined) return fault(refused.offset, refused.message)
    const check = parsed.check()
    if (!check.valid) return explain(check.error)
    if (check.type !== 'bool') return fault(0, `expected an expression that is true or false, found one of type ${check.type ?? 'unknown'}`)
    const run: (facts: Facts) => unknown = (facts) => parsed({ ...facts })
    const restsOn = asksForMoment(parsed.ast) ? 'moment' : 'principal and statement'
    return { kind: 'condition', condition: { text, restsOn, estimate: asksForEstimate(parsed.ast) ? 'looked-at' : 'not-looked-at', evaluate: (facts) => evaluate(run, facts) } }
  } catch (cause) {
    return explain(cause)
  }
}

function evaluate(run: (facts: Facts) => unknown, facts: Facts): 'true' | 'false' | 'error' {
  try {
    const value = run(facts)
    return value === true ? 'true' : value === false ? 'false' : 'error'
  } catch {
    return 'error' // the decision names the policy; what it failed on may be a value, so it is not kept
  }
}

function explain(cause: unknown): ConditionFault {
  const { summary, range } = Object(cause) as { summary?: unknown; range?: { start?: unknown } } // the library's errors, read defensively
  const offset = typeof range?.start === 'number' ? range.start : 0
  if (typeof summary !== 'string') return fault(offset, 'expression: not understood')
  const field = /^No such key: (\w+)$/.exec(summary)?.[1]
  if (field !== undefined) return fault(offset, `expression: no field "${field}"${suggestion(field, FIELDS)}`)
  const variable = /^Unknown variable: (\w+)$/.exec(summary)?.[1]
  if (variable !== undefined) return fault(offset, `expression: no variable "${variable}"${suggestion(variable, VARIABLES)}`)
  return fault(offset, `expression: ${summary.charAt(0).toLowerCase()}${summary.slice(1, 200)}`)
}

function fault(offset: number, message: string): ConditionFault {
  return { kind: 'fault', offset, message }
}
