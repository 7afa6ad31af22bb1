/**
 * What is the same each time one kept plan runs under one kept decision: how its answer is to be transformed, and how the target describes it.
 * A memo: it holds what would be computed again from the very same objects, goes away with them, and keeps no "no".
 */
import type { Obligation, Understanding } from '@doorward/core'
import type { FieldDescription, StatementPlan } from '@doorward/sql'
import type { Field } from '../backend-message.ts'
import { keepBytes } from '../keep-bytes.ts'

/** The parts of a plan that a judgement rests on. Texts that share a plan share these, and differ in the values that they name. */
const RESTS_ON = ['fields', 'copy', 'changes', 'catalogTexts', 'functionResults', 'explain'] as const satisfies readonly (keyof StatementPlan)[]
/** A longer description is read each time. */
const MAX_KEPT_BYTES = 16 * 1024

/** For one resource. @typeParam T what was judged. */
export class KeptAnswers<T extends { readonly refused: object | undefined }> {
  readonly #judged = new WeakMap<Understanding, WeakMap<readonly Obligation[], { readonly plan: StatementPlan; readonly judged: T }>>()
  readonly #described = new WeakMap<readonly FieldDescription[], { readonly body: Buffer; readonly fields: readonly Field[] }>()

  /** @param obligations kept only where the decision that they are of is frozen, and so the same for ever. @param judge must rest on nothing else. */
  judged(plan: StatementPlan, obligations: readonly Obligation[], judge: () => T): T {
    const ofStatement = this.#judged.get(plan.understanding)
    const known = ofStatement?.get(obligations)
    if (known !== undefined && RESTS_ON.every((part) => known.plan[part] === plan[part])) return known.judged
    const judged = judge()
    if (judged.refused !== undefined || !Object.isFrozen(obligations)) return judged
    if (ofStatement === undefined) this.#judged.set(plan.understanding, new WeakMap([[obligations, { plan, judged }]]))
    else ofStatement.set(obligations, { plan, judged })
    return judged
  }

  /**
   * The columns of a RowDescription, read and compared with what was predicted once for the same bytes.
   * @param predicted of the plan. @param read @throws when the description is not as predicted.
   */
  fields(predicted: readonly FieldDescription[] | undefined, body: Buffer, read: () => readonly Field[]): readonly Field[] {
    const known = predicted === undefined ? undefined : this.#described.get(predicted)
    if (known?.body.equals(body) === true) return known.fields
    const fields = Object.freeze(read().map((field) => Object.freeze(field)))
    if (predicted !== undefined && body.length <= MAX_KEPT_BYTES) this.#described.set(predicted, { body: keepBytes(body), fields })
    return fields
  }
}
