/**
 * Walks a parsed expression before it may run. Functions are named one by one: what is not in the list (above all `matches`, whose
 * regular expressions can run for seconds) is refused. Macros are counted, because each walks a list and they nest.
 * Known to miss: nothing bounds what `timestamp` costs with a time zone, about 50 us a call.
 */
import type { ASTNode } from '@marcbachmann/cel-js'
import { suggestion } from '../text/nearest.ts'
import { OPTIONAL_FIELDS, VARIABLES } from './environment.ts'
import { MAX_LIST } from './facts.ts'

/** Steps one evaluation may take inside macros: 0.1 s at the 0.3 us a step that was measured. */
const MAX_STEPS = 300_000

const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter'])
const FUNCTIONS: ReadonlySet<string> = new Set(['has', 'size', 'string', 'int', 'double', 'timestamp', 'duration'])
const METHODS: ReadonlySet<string> = new Set([
  ...MACROS, 'size', 'startsWith', 'endsWith', 'contains', 'lowerAscii', 'upperAscii', 'trim',
  'getFullYear', 'getMonth', 'getDayOfMonth', 'getDayOfWeek', 'getDayOfYear', 'getHours', 'getMinutes',
])
const OPERATORS: ReadonlySet<string> = new Set([
  'value', 'id', '.', '[]', 'call', 'rcall', 'list', '?:', '||', '&&', '!_', '-_', '!=', '==', 'in', '+', '-', '*', '/', '%', '<', '<=', '>', '>=',
])

/** What an expression uses that it may not, and where in its text. */
export interface ExpressionFault {
  readonly offset: number
  readonly message: string
}

/** @returns the first fault, in the order of the walk; undefined when the expression may be used. */
export function findFault(ast: ASTNode): ExpressionFault | undefined {
  const walk: Walk = { steps: 0, guarded: new Set(), used: new Map() }
  const found = visit(ast, [], 1, walk)
  if (found !== undefined) return found
  for (const [path, offset] of walk.used) {
    if (!walk.guarded.has(path)) return { offset, message: `expression: ${path} may be absent: ask has(${path}) first` }
  }
  if (walk.steps <= MAX_STEPS) return undefined
  return { offset: 0, message: `expression: expected at most ${MAX_STEPS} steps, found ${walk.steps} for lists of ${MAX_LIST}: nest fewer of ${[...MACROS].join(', ')}` }
}

/** Variables whose value is another at another time, or for another connection of the same principal. */
const MOMENT: ReadonlySet<string> = new Set(['now', 'client'])

/** @returns whether it asks for the time or the client's address. A macro's own variable never has one of these names, see {@link findFault}. */
export function asksForMoment(node: ASTNode): boolean {
  return node.op === 'id' ? MOMENT.has(node.args) : childrenOf(node.args).some(asksForMoment)
}

/** @returns whether it asks for the planner's estimate. A field of that name is the statement's, whichever way it is reached. */
export function asksForEstimate(node: ASTNode): boolean {
  if (node.op === '.' && node.args[1] === ESTIMATE) return true
  return childrenOf(node.args).some(asksForEstimate)
}

const ESTIMATE = 'estimatedRows'

interface Walk {
  steps: number
  /** Optional fields some `has` asked for, and the first place where each is used. */
  readonly guarded: Set<string>
  readonly used: Map<string, number>
}

function visit(node: ASTNode, bound: readonly string[], repeats: number, walk: Walk): ExpressionFault | undefined {
  if (!OPERATORS.has(node.op)) return { offset: node.start, message: `expression: "${node.op}" may not be used here` }
  switch (node.op) {
    case 'value': return undefined
    case 'id': {
      const known = VARIABLES.includes(node.args) || bound.includes(node.args)
      return known ? undefined : { offset: node.start, message: `expression: no variable "${node.args}"${suggestion(node.args, VARIABLES)}` }
    }
    case 'call': {
      const [name, args] = node.args
      if (!FUNCTIONS.has(name)) return unknownFunction(node, name, FUNCTIONS)
      if (name === 'has') {
        const [field] = args
        const path = field === undefined ? undefined : pathOf(field)
        if (path !== undefined) walk.guarded.add(path)
        return field?.op === '.' ? visit(field.args[0], bound, repeats, walk) : undefined // the type check refuses has() of anything else
      }
      return visitAll(args, bound, repeats, walk)
    }
    case 'rcall': {
      const [name, receiver, args] = node.args
      if (!METHODS.has(name)) return unknownFunction(node, name, METHODS)
      const before = visit(receiver, bound, repeats, walk)
      if (before !== undefined || !MACROS.has(name)) return before ?? visitAll(args, bound, repeats, walk)
      const [variable, body] = args
      if (variable?.op !== 'id' || body === undefined) return { offset: node.start, message: `expression: ${name} expects a variable and a condition` }
      if (VARIABLES.includes(variable.args)) return { offset: variable.start, message: `expression: "${variable.args}" has a meaning here: choose another name` }
      const inner = repeats * (receiver.op === 'list' ? receiver.args.length : MAX_LIST)
      walk.steps += inner
      return visit(body, [...bound, variable.args], inner, walk)
    }
    case '.': {
      const path = pathOf(node)
      if (path !== undefined && OPTIONAL_FIELDS.includes(path) && !walk.used.has(path)) walk.used.set(path, node.start)
      return visit(node.args[0], bound, repeats, walk)
    }
    case 'in':
      if (node.args[1].op !== 'list') walk.steps += repeats * (MAX_LIST / 10) // a native search: some ten entries cost one step
      return visitAll(node.args, bound, repeats, walk)
    default:
      return visitAll(childrenOf(node.args), bound, repeats, walk)
  }
}

function visitAll(nodes: readonly ASTNode[], bound: readonly string[], repeats: number, walk: Walk): ExpressionFault | undefined {
  for (const node of nodes) {
    const found = visit(node, bound, repeats, walk)
    if (found !== undefined) return found
  }
  return undefined
}

/** Operands, however the operator keeps them; a new shape that holds no nodes was refused by its operator name before. */
function childrenOf(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf)
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : [] // `op` is what makes a node
}

/** `a.b` for a field of a variable; undefined for anything deeper or computed. */
function pathOf(node: ASTNode): string | undefined {
  return node.op === '.' && node.args[0].op === 'id' ? `${node.args[0].args}.${node.args[1]}` : undefined
}

function unknownFunction(node: ASTNode, name: string, known: ReadonlySet<string>): ExpressionFault {
  const why = name === 'matches' ? ': regular expressions can run for seconds; use startsWith, endsWith or contains' : suggestion(name, known)
  return { offset: node.start, message: `expression: "${name}" may not be used here${why}` }
}
