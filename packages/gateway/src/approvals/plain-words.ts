/** What a held statement does, in words for somebody who does not read SQL. Literal-free: objects, columns and classes only. */
import type { Action, Effect, Obligation, OutputMask, Principal, Understanding } from '@doorward/core'

const VERBS: Readonly<Record<Action, string>> = {
  read: 'read', create: 'add rows to', update: 'change rows of', delete: 'delete rows of', ddl: 'change the definition of', privilege: 'change rights on',
  destroy: 'destroy or empty', export: 'send out through the server', execute: 'run', connect: 'connect to',
}
const MOST_OBJECTS = 8
/** A statement of these alone, without an output, brings no rows back. */
const RETURNS_NOTHING: ReadonlySet<Action> = new Set<Action>(['create', 'update', 'delete', 'ddl', 'privilege', 'destroy'])

/** `wants to read clinic.patients (name, ssn), all rows, about 1,000`. */
export function inPlainWords(statement: Understanding, estimatedRows: number | undefined): string {
  if (statement.kind === 'opaque') return `wants to run a ${statement.command} that Doorward does not understand: ${statement.reason}`
  const byAction = new Map<Action, Effect[]>()
  for (const effect of statement.effects) {
    if (effect.scope === 'open') continue
    const known = byAction.get(effect.action)
    if (known === undefined) byAction.set(effect.action, [effect])
    else known.push(effect)
  }
  if (byAction.size === 0) return `wants to run a ${statement.command} that touches no data`
  const doing = [...byAction].map(([action, effects]) => `${VERBS[action]} ${listObjects(effects)}`).join(', and ')
  // Of a statement that a condition restricts a number is there only where the planner was asked.
  const about = estimatedRows === undefined ? '' : `about ${estimatedRows.toLocaleString('en-US')}`
  const rows = statement.bulk.restricted ? about === '' ? '' : `, ${about} rows` : about === '' ? ', all rows' : `, all rows, ${about}`
  return `wants to ${doing}${rows}`
}

/** Who asks and for whom: `scribe-bot (agent) for Ann Lee`. */
export function inPlainName(principal: Principal): string {
  const kind = principal.kind === 'human' ? '' : ` (${principal.kind})`
  return `${plainName(principal.name)}${kind}${principal.actingFor === undefined ? '' : ` for ${inPlainName(principal.actingFor)}`}`
}

/** A provider lets people choose their names: one that could be read as part of the sentence stands in quotes, and short. */
function plainName(name: string): string {
  return /^[\p{L}\p{N}._@+'-]{1,64}$/u.test(name) ? name : `"${name.replaceAll('"', '').slice(0, 40)}"`
}

/** How the answer is delivered: `masked: name redact, dob year`, in clear, or that there is none. */
export function inPlainMasks(statement: Understanding, obligations: readonly Obligation[]): string {
  if (statement.kind === 'understood' && statement.outputs.length === 0 && statement.effects.every(({ action }) => RETURNS_NOTHING.has(action))) return 'nothing'
  const masks = obligations.flatMap((obligation): readonly OutputMask[] => (obligation.kind === 'mask' ? obligation.outputs : []))
  const masked = obligations.some((obligation) => obligation.kind === 'mask')
  if (masks.length === 0) return masked ? 'masked, without PHI in the result' : 'in clear'
  return `masked: ${[...new Set(masks.map(({ class: phiClass, operator, atLeast }) => (atLeast === undefined ? `${phiClass} ${operator}` : `${phiClass} counted, ${atLeast} or more`)))].sort().join(', ')}`
}

/** An index may be made without a name. */
function plainObject(object: string): string { return object.endsWith('.') ? `a new index in ${object.slice(0, -1)}` : object }

function listObjects(effects: readonly Effect[]): string {
  const objects = new Map<string, Set<string>>()
  for (const effect of effects) {
    const classes = objects.get(effect.object) ?? new Set()
    for (const one of effect.classes) if (one !== 'none') classes.add(one)
    objects.set(effect.object, classes)
  }
  const shown = [...objects].slice(0, MOST_OBJECTS).map(([object, classes]) => (classes.size === 0 ? plainObject(object) : `${object} (${[...classes].sort().join(', ')})`))
  return objects.size > MOST_OBJECTS ? `${shown.join(', ')} and ${objects.size - MOST_OBJECTS} more` : shown.join(', ')
}
