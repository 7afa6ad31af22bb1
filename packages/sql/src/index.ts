/** SQL text, the server's analysed tree and the catalog to effects and flow. No sockets. */
export type {
  Analysed, AnalysisError, Answer, CopyTextOptions, FieldDescription, Question, Rejected, SessionChange, SessionView, StatementPlan, UnderstandResult, UnderstandSteps,
} from './plan.ts'
