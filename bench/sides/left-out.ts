/**
 * What a measuring build puts in the place of a step (compose.ts, MeasuredParts). Each answers what the step answered the first time, so that
 * the rest of the path does the same work as ever. Never part of a package.
 */
import type { Decision, Receipt, Understanding } from '@doorward/core'
import type { GuardPorts } from '@doorward/guard'
import type { PostgresResource } from '../../packages/gateway/src/protocols/postgres/resource.ts'
import type { CutText, Understander, UnderstoodText } from '../../packages/gateway/src/protocols/postgres/understand/understander.ts'
import type { MeasuredParts } from '../../packages/gateway/src/compose.ts'

export const STEPS = ['nothing', 'analysis', 'decide', 'masks', 'record'] as const
export type Step = (typeof STEPS)[number]

const whole: MeasuredParts = { ports: (ports) => ports, resource: (resource) => resource }

export function leaveOut(step: Step): MeasuredParts {
  switch (step) {
    case 'nothing': return whole
    case 'analysis': return { ...whole, resource: withoutAnalysis }
    case 'decide': return { ...whole, ports: withoutDecide }
    case 'masks': return { ...whole, ports: withoutMasks }
    case 'record': return { ...whole, ports: withoutRecord }
  }
}

/** A statement is understood once per shape: texts that differ in digits only share the first one's plan, and nothing is confirmed. */
function withoutAnalysis(resource: PostgresResource): PostgresResource {
  const { understander } = resource
  const cuts = new Map<string, CutText>()
  const plans = new Map<string, UnderstoodText>()
  const shapeOf = (text: string): string => text.replace(/\d+/g, '0')
  const stub: Pick<Understander, 'cut' | 'understand' | 'invalidate' | 'estimateRows'> = {
    async cut(sql) {
      const shape = shapeOf(sql.toString('latin1'))
      const known = cuts.get(shape)
      if (known !== undefined) return known
      const cut = await understander.cut(sql)
      cuts.set(shape, cut)
      return cut
    },
    async understand(piece, parameterTypes, session, own) {
      const shape = `${shapeOf(piece.text)} ${parameterTypes.join()}`
      const known = plans.get(shape)
      if (known !== undefined) return known
      const understood = await understander.understand(piece, parameterTypes, session, own)
      const kept: UnderstoodText = understood.kind === 'plan' ? { ...understood, confirm: 'done' } : understood
      plans.set(shape, kept)
      return kept
    },
    invalidate() { understander.invalidate() },
    estimateRows(plan) { return understander.estimateRows(plan) },
  }
  return { ...resource, understander: stub as Understander } // everything of it that a session calls
}

/** The first decision on an understanding stands for ever. */
function withoutDecide(ports: GuardPorts): GuardPorts {
  const decisions = new WeakMap<Understanding, Decision>()
  return {
    ...ports,
    decide(request) {
      const known = decisions.get(request.statement)
      if (known !== undefined) return known
      const decision = ports.decide(request)
      decisions.set(request.statement, decision)
      return decision
    },
  }
}

/** Decided, and then delivered as it came. One decision stays one object, since much is kept by it. */
function withoutMasks(ports: GuardPorts): GuardPorts {
  const stripped = new WeakMap<Decision, Decision>()
  return {
    ...ports,
    decide(request) {
      const decision = ports.decide(request)
      if (decision.kind === 'deny') return decision
      const known = stripped.get(decision)
      if (known !== undefined) return known
      const without = Object.freeze({ ...decision, obligations: Object.freeze(decision.obligations.filter((obligation) => obligation.kind !== 'mask')) })
      stripped.set(decision, without)
      return without
    },
  }
}

function withoutRecord(ports: GuardPorts): GuardPorts {
  let index = 0
  return {
    ...ports,
    record(): Promise<Receipt> {
      index += 1
      return Promise.resolve({ origin: 'bench', index })
    },
  }
}
