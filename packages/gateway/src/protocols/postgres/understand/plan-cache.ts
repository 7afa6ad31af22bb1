/** Plans by text, parameter types and schemas, least used out first, together with the statements that stay prepared to confirm them. */
import type { StatementPlan } from '@doorward/sql'
import type { AnalysisConnection } from './analysis-connection.ts'

/** A statement that stays prepared on an analysis connection. */
export interface KeptStatement { readonly connection: AnalysisConnection; readonly name: string }

export interface KeptPlan {
  readonly plan: StatementPlan
  /** Of the catalog when it was made. */
  readonly version: string | undefined
  readonly statements: readonly KeptStatement[]
  /** The catalog's moment (CatalogLoader.moment) at which the server said that nothing it rests on had changed. */
  readonly confirmed: { at: string | undefined }
}

/** Plans of one resource; each also holds a prepared statement at the target. */
export const MAX_KEPT_PLANS = 1_000
/** Longer texts are seldom sent twice. */
export const MAX_KEPT_TEXT = 64 * 1024

export class PlanCache {
  readonly #plans = new Map<string, KeptPlan>()

  get(key: string): KeptPlan | undefined {
    const plan = this.#plans.get(key)
    if (plan === undefined) return undefined
    if (plan.statements.some(({ connection }) => !connection.isOpen)) { this.#plans.delete(key); return undefined }
    this.#plans.delete(key)
    this.#plans.set(key, plan)
    return plan
  }

  set(key: string, plan: KeptPlan): void {
    if (key.length > MAX_KEPT_TEXT) { this.forget(plan.statements); return }
    const before = this.#plans.get(key)
    if (before !== undefined) this.forget(before.statements)
    this.#plans.delete(key)
    this.#plans.set(key, plan)
    if (this.#plans.size <= MAX_KEPT_PLANS) return
    const [oldest] = this.#plans
    if (oldest === undefined) return
    this.#plans.delete(oldest[0])
    this.forget(oldest[1].statements)
  }

  clear(): void {
    for (const plan of this.#plans.values()) this.forget(plan.statements)
    this.#plans.clear()
  }

  /** Frees the server's side. */
  forget(statements: readonly KeptStatement[]): void {
    for (const { connection, name } of statements) connection.forget(name)
  }
}
