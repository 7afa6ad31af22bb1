/** What a statement costs by the exceptions that it passes by: taken from its principal's budgets, or a refusal that says when to come back. */
import type { Allow, Hold, Json, Principal } from '@doorward/core'
import type { GuardPorts, Spent } from './ports.ts'

/** `left`: for the intent's entry; undefined: nothing was to be spent. */
export type Spending = { readonly kind: 'spent'; readonly left: Json | undefined } | { readonly kind: 'over'; readonly message: string; readonly next: string }

/** Spends, all or nothing. Never throws. */
export function spend(ports: GuardPorts, principal: Principal, { obligations }: Allow | Hold): Spending {
  const uses = obligations.flatMap((one) => (one.kind === 'exception' && one.use.perHour !== undefined ? [one.use] : []))
  if (uses.length === 0) return { kind: 'spent', left: undefined }
  if (ports.spend === undefined) return { kind: 'over', message: 'no budget is kept here for the exception that the statement needs', next: 'tell the operator the receipt number' }
  let spent: Spent
  try {
    spent = ports.spend(principal, uses)
  } catch {
    return { kind: 'over', message: 'the budget of an exception could not be looked up', next: 'tell the operator the receipt number' }
  }
  if (spent.kind === 'over') return { kind: 'over', ...overBudget(spent) }
  const { left } = spent
  return { kind: 'spent', left: uses.map(({ policy, allow }, index) => ({ policy, allow, left: left[index] })) }
}

/** What the caller spent alone decides this, and the time: nothing of it depends on data. */
function overBudget({ use, againAtMs }: Extract<Spent, { kind: 'over' }>): { readonly message: string; readonly next: string } {
  const what = use.allow === 'counts' ? 'statements with counts' : 'comparisons'
  const message = `policy ${use.policy} gives ${use.perHour ?? 0} ${what} of ${use.classes.join(', ')} in an hour, and they are used up`
  if (againAtMs === undefined) return { message: `this statement takes ${use.cost} ${what}, and policy ${use.policy} gives ${use.perHour ?? 0} in an hour`, next: 'compare with fewer values in one statement' }
  return { message, next: `send it again after ${new Date(againAtMs).toISOString()}` }
}
