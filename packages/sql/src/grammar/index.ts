/** Statements as PostgreSQL's raw grammar reads them: checked, split, named, redacted. What they touch is for the server's analysis. */
export {
  loadGrammar, type Grammar, type GrammarError, type GrammarFailure, type ParsedStatement, type ParsedText, type ScannedText, type Token, type TokenKind,
} from './grammar.ts'
export { checkText, DEFAULT_TEXT_LIMITS, measureOperatorRuns, type CheckedText, type TextLimits } from './guard-text.ts'
export type { ObjectKind, ObjectName, RelationName } from './object-name.ts'
export type {
  CallStatement, CloseStatement, CommentStatement, CopyOptions, CopyStatement, CopyTextOptions, CreateFunctionStatement, CreateTableAsStatement,
  CreateViewStatement, DdlStatement, DeallocateStatement, DeclareStatement, DiscardStatement, DoStatement, DropStatement, ExecuteStatement,
  ExplainStatement, FetchStatement, InnerStatement, ListenStatement, LockStatement, MaintenanceStatement, NotifyStatement, Persistence, Piece,
  PrepareStatement, PrivilegeStatement, QueryStatement, RawStatement, RefreshStatement, ResetStatement, ServerStatement, SetConstraintsStatement,
  SetStatement, SettingValue, SetTransactionStatement, ShowStatement, TransactionModes, TransactionStatement, TruncateStatement, UnknownStatement,
} from './raw-statement.ts'
export { identify, identifyUnparsed, MAX_REDACTED_BYTES, NO_FINGERPRINT } from './redact.ts'
export { readTextWith, type FailedReading, type TextReading } from './read-text.ts'
export { startTextReader, DEFAULT_READER_LIMITS, type ReaderLimits, type TextReader, type TextReaderOptions } from './text-reader.ts'
export { splitText, type SplitPiece, type SplitText } from './split.ts'
export { readStatement } from './utility.ts'
