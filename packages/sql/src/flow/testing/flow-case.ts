/** One statement, and what understanding it comes to. */
export interface FlowCase {
  readonly sql: string
  /** Lines of {@link summaryOf}. */
  readonly is: readonly string[]
  /** First server version that takes the statement; left out: 15. */
  readonly from?: 18
}
