/**
 * Permission as a value. A {@link ForwardPermit} is minted here and nowhere else, from an allow decision and the durable receipt of its
 * intent; the mint is not exported from the package. Forgetting a check therefore does not compile, and using a permit twice throws.
 */
import type { Receipt, StatementId } from '@doorward/core'
import { GuardFault } from './guard-fault.ts'

/** Only this package holds it, so only {@link mintPermit} can construct a permit. */
const MINT = Symbol('mint')

/** Leave to send one statement upstream, once. */
export class ForwardPermit {
  readonly statement: StatementId
  /** The durable intent this permit was exchanged for. */
  readonly receipt: Receipt
  #spent: 'unspent' | 'spent' = 'unspent'

  /** @throws {GuardFault} `forged-permit` for anyone but the guard. */
  constructor(mint: symbol, statement: StatementId, receipt: Receipt) {
    if (mint !== MINT) throw new GuardFault('forged-permit', 'a permit was constructed outside the guard')
    this.statement = statement
    this.receipt = receipt
  }

  /**
   * Call immediately before the first byte goes upstream.
   * @throws {GuardFault} `spent-permit` the second time: one decision, one statement.
   */
  spend(): void {
    if (this.#spent === 'spent') throw new GuardFault('spent-permit', `permit of statement ${this.statement} was already spent`)
    this.#spent = 'spent'
  }

  get isSpent(): boolean { return this.#spent === 'spent' }
}

/** For `path.ts` alone; `index.ts` does not export it. */
export function mintPermit(statement: StatementId, receipt: Receipt): ForwardPermit {
  return new ForwardPermit(MINT, statement, receipt)
}
