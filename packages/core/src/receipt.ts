/**
 * Proof that the recorder has an entry durably: fdatasync has returned. Only the recorder makes one.
 */
export interface Receipt {
  /** The log's origin. */
  readonly origin: string
  /** The entry's index in the log; what a person is shown as the receipt number. */
  readonly index: number
}
