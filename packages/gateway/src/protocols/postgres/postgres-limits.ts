/** What one PostgreSQL session may use. The numbers come from the configuration; these are its defaults. */
export interface PostgresLimits {
  /** Query, Parse, Bind and CopyData frames of a client, bytes. */
  readonly maxFrameBytes: number
  /** A statement's text, bytes. */
  readonly maxStatementBytes: number
  /** Prepared statements, portals and cursors of one connection together. */
  readonly statementsPerConnection: number
  /** From accept to ReadyForQuery. */
  readonly startupMs: number
  /** One question to the analysis connection. */
  readonly analysisMs: number
}
