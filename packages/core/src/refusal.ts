import type { DenyReason } from './decision.ts'
import type { Receipt } from './receipt.ts'

/**
 * An expected "no", already recorded. Each protocol puts it into its own frame. `held`: the statement waits for people without its connection
 * (a ticket), and passes once they have approved.
 */
export interface Refusal {
  readonly kind: 'refusal'
  readonly reason: DenyReason | 'recorder-down' | 'held' | 'expired' | 'disapproved' | 'withdrawn' | 'standing' | 'cannot-transform' | 'protocol'
  /** What was refused, under which rule. One sentence, lower case, no full stop. */
  readonly message: string
  /** What to do next. One sentence. */
  readonly next: string
  /** Undefined only when the recorder itself is down. */
  readonly receipt: Receipt | undefined
}
