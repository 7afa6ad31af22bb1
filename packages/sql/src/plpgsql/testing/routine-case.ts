/** One function, or none, a statement that calls it, and what understanding the statement comes to (summary.ts). */
export interface RoutineCase {
  /** Runs as the owner of the ward before anything is understood. */
  readonly create?: string
  readonly sql: string
  readonly is: readonly string[]
}
