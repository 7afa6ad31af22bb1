/**
 * Texts out of the catalog on their way through the few functions that tools use on them: gluing, trimming, collecting. The literals in them
 * stay whole, so that a masked caller's copy can be rewritten literal by literal. Every other function makes them `derived`, and those are
 * masked as a whole. Where it stops: a quote in a name that is glued on may hide where a literal begins; the rewriting must mask a text
 * whose quotes do not pair.
 */
import { argumentFact } from './constant.ts'
import { derive, withTexts, type Taint, type TextFlow } from './taint.ts'
import type { CallSite } from './walk.ts'

/** btrim, ltrim and rtrim of text, with a set of characters and without. */
const TRIMMING: ReadonlySet<number> = new Set([884, 885, 875, 881, 876, 882])
/** textcat, anytextcat, textanycat, string_agg(text), concat, concat_ws. */
const GLUING: ReadonlySet<number> = new Set([1258, 2003, 2004, 3538, 3058, 3059, ...TRIMMING])
/** min and max of text: one of the values. */
const CHOOSING: ReadonlySet<number> = new Set([2129, 2145])
/** array_agg of values and of arrays. */
const COLLECTING: ReadonlySet<number> = new Set([2335, 4053])
/** array_to_string, without and with a text for nulls. */
const JOINING: ReadonlySet<number> = new Set([395, 384])

const whole = (flow: TextFlow): TextFlow => (flow === 'verbatim' || flow === 'mixed' ? 'mixed' : 'derived')

/** @returns undefined: not among them. Arguments hold catalog texts and no PHI. */
export function textFlow(functionOid: number, call: CallSite): Taint | undefined {
  const change = changeBy(functionOid)
  if (change === undefined || call.nodes.some((_, index) => holdsQuote(functionOid, call, index))) return undefined
  const result = derive(...call.arguments)
  const flows = new Set(call.arguments.flatMap(taint => [...taint.texts.values()].map(change)))
  const [only, ...more] = flows
  return only === undefined || more.length > 0 ? result : withTexts(result, () => only)
}

function changeBy(functionOid: number): ((flow: TextFlow) => TextFlow) | undefined {
  if (GLUING.has(functionOid) || CHOOSING.has(functionOid)) return whole
  if (COLLECTING.has(functionOid)) return flow => (whole(flow) === 'mixed' || flow === 'collected' ? 'collected' : 'derived')
  if (JOINING.has(functionOid)) return flow => (flow === 'collected' ? 'mixed' : 'derived')
  return undefined
}

/** A quote of the caller's own would shift where literals begin and end. Trimming takes double quotes away and no others. */
function holdsQuote(functionOid: number, call: CallSite, index: number): boolean {
  const fact = argumentFact(call.nodes[index], undefined)
  if (fact.kind !== 'constant' || typeof fact.value !== 'string') return false
  return TRIMMING.has(functionOid) && index === 1 ? /['$\\]/.test(fact.value) : /['"$\\]/.test(fact.value)
}
