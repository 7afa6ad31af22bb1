/** Puts plans together: defaults for what most statements do not have, and the few shapes that repeat. */
import type { Action, ColumnUse, Effect, OutputColumn, Understood } from '@doorward/core'
import { Findings } from './flow/findings.ts'
import type { AnalysisError, StatementPlan, UnderstandResult } from './plan.ts'

const NOTHING = {
  changes: [], tags: [], fields: undefined, parameterTypes: [], copy: undefined, dependsOnDefinitions: false, local: undefined,
  needsPrepared: undefined, catalogTexts: [], functionResults: [], source: undefined, explain: undefined,
} as const

export type PlanParts = Partial<StatementPlan> & Pick<StatementPlan, 'understanding'>

export function plan(parts: PlanParts): UnderstandResult {
  const { understanding } = parts
  const merged = understanding.kind === 'opaque' ? understanding : { ...understanding, effects: mergeEffects(understanding.effects) }
  return { kind: 'plan', plan: { ...NOTHING, ...parts, understanding: merged } }
}

/** Effects of the same kind on one object are one effect. */
function mergeEffects(effects: readonly Effect[]): readonly Effect[] {
  const findings = new Findings()
  effects.forEach(effect => { findings.effect(effect) })
  return findings.effects
}

export function rejected(error: AnalysisError): UnderstandResult {
  return { kind: 'rejected', error }
}

export function understood(command: string, parts: Partial<Omit<Understood, 'kind' | 'command'>> = {}): Understood {
  return {
    kind: 'understood', command, effects: [], outputs: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined, ...parts,
  }
}

/** @param rule A short name. @param why One sentence, literal-free. @param next What to do instead. */
export function forbidden(command: string, rule: string, why: string, next: string, effects: readonly Effect[] = []): Understood {
  return understood(command, { effects, forbidden: { rule, why, next } })
}

export function opaquePlan(command: string, reason: string, objects: readonly string[] = []): UnderstandResult {
  return plan({ understanding: { kind: 'opaque', command, reason, objects } })
}

/** An effect on a whole object. */
export function effectOn(action: Action, object: string, kind: Effect['kind'], scope: Effect['scope'] = 'user', note?: string): Effect {
  return { action, object, kind, columns: [], classes: [], scope, note }
}

/** What an output's PHI is used for when it goes somewhere other than to the client. */
export function usesOfOutputs(outputs: readonly OutputColumn[], context: ColumnUse['context'], via: string): readonly ColumnUse[] {
  const uses = new Map<string, ColumnUse>()
  for (const output of outputs) {
    for (const { column } of output.sources) uses.set(`${column.relation}\u0000${column.column}`, { column, context, via, equality: false })
  }
  return [...uses.values()]
}
