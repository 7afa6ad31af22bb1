/**
 * How many rows a plan is expected to touch, from EXPLAIN (FORMAT JSON): what comes back, and what goes into aggregates on the way, since one row can
 * hold a table. A LIMIT counts as what it lets through. Estimates are the planner's: good to a factor, when statistics are.
 * Source: PostgreSQL, src/backend/commands/explain.c.
 */

interface PlanNode {
  readonly type: string
  readonly rows: number
  /** It is run for its result beside the tree: a subquery, a CTE. */
  readonly beside: 'beside' | 'within'
  readonly inner: readonly PlanNode[]
}

/** Deeper than any plan that is read. */
const MAX_DEPTH = 200

/** Nodes that make few rows of many. */
const GATHERING: ReadonlySet<string> = new Set(['Aggregate', 'Group', 'WindowAgg', 'Unique', 'SetOp', 'ModifyTable'])

/** @param text one JSON text, as EXPLAIN returns it. @returns undefined: it is no such plan. */
export function touchedRows(text: string): number | undefined {
  let plans: unknown
  try {
    plans = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(plans) || plans.length === 0) return undefined
  let all = 0
  for (const one of plans) {
    const plan = typeof one === 'object' && one !== null && 'Plan' in one ? readNode(one.Plan, 0) : undefined
    // A statement that rules make several of: some of them plan to nothing, and say so in words.
    if (plan === undefined) return undefined
    all += touchedBy(plan)
  }
  return all
}

function readNode(value: unknown, depth: number): PlanNode | undefined {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return undefined
  const fields = new Map<string, unknown>(Object.entries(value))
  const [type, rows, parent] = [fields.get('Node Type'), fields.get('Plan Rows'), fields.get('Parent Relationship')]
  if (typeof type !== 'string' || typeof rows !== 'number' || !(rows >= 0)) return undefined
  const children = fields.get('Plans') ?? []
  if (!Array.isArray(children)) return undefined
  const inner: PlanNode[] = []
  for (const child of children) {
    const read = readNode(child, depth + 1)
    if (read === undefined) return undefined
    inner.push(read)
  }
  return { type, rows, beside: parent === 'InitPlan' || parent === 'SubPlan' ? 'beside' : 'within', inner }
}

function touchedBy({ type, rows, inner }: PlanNode): number {
  let most = rows
  for (const child of inner) {
    if (GATHERING.has(type) || child.beside === 'beside' || gathers(child)) most = Math.max(most, touchedBy(child))
  }
  return most
}

/** Whether rows are gathered anywhere in it: then fewer come out than were touched. */
function gathers({ type, inner }: PlanNode): boolean {
  return GATHERING.has(type) || inner.some((child) => child.beside === 'beside' || gathers(child))
}
