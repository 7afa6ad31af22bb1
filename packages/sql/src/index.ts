/** SQL text, the server's analysed tree and the catalog to effects and flow. No sockets: the gateway answers the questions. */
export {
  columnRule as catalogColumn, functionBehaviour, redactDefinition, isPinnedValue, isShownSetting, settingRule, type BehaviourOf, type ColumnRule, type FunctionBehaviour, type SettingRule,
} from './behaviour/index.ts'
export { bindClassification, type ColumnClasses } from './catalog/bind-classification.ts'
export type {
  AttributeFacts, Catalog, CatalogNeeds, ForeignKeyFacts, FunctionFacts, OperatorFacts, ReferringKeyFacts, RelationFacts, TriggerFacts, TypeFacts,
  UniqueKeyFacts,
} from './catalog/facts.ts'
export {
  shownCommentsQuery, decodeFunctions, decodeNames, decodeOperators, decodeRelations, decodeTexts, decodeTypes, functionNamesQuery, functionsQuery, operatorsQuery, relationsQuery, typesQuery,
  namesVersionQuery, versionQuery, type Selection, type TextRow,
} from './catalog/queries.ts'
export { CatalogSnapshot, type CatalogLoad } from './catalog/snapshot.ts'
export type { CatalogText } from './flow/taint.ts'
export {
  checkText, DEFAULT_READER_LIMITS, DEFAULT_TEXT_LIMITS, identify, identifyUnparsed, loadGrammar, MAX_REDACTED_BYTES, NO_FINGERPRINT, readStatement, readTextWith,
  splitText, startTextReader,
  type CheckedText, type FailedReading, type Grammar, type GrammarFailure, type InnerStatement, type ObjectName, type Piece, type RawStatement, type ReaderLimits,
  type RelationName, type SettingValue, type SplitPiece, type SplitText, type TextLimits, type TextReader, type TextReaderOptions, type TextReading,
} from './grammar/index.ts'
export type {
  Analysed, AnalysisError, Answer, CopyTextOptions, FieldDescription, OwnSetting, Question, Rejected, SessionChange, SessionView, StatementPlan, UnderstandResult, UnderstandSteps,
} from './plan.ts'
export { plannedQuery, type PlannedQuery } from './planned-query.ts'
export { SqlFault, type SqlFaultCode } from './sql-fault.ts'
export { readTree, MAX_TREE_DEPTH, MAX_TREE_LENGTH } from './tree/read-tree.ts'
export type { GivenSubject, SubjectFlow } from './subject/subject-flow.ts'
export { SERVER_MAJORS } from './tree/nodes.table.ts'
export { understandStatement, type UnderstandRequest } from './understand.ts'
export type { UnderstandContext } from './understand-knowledge.ts'
