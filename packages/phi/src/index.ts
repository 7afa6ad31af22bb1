/** PHI: mask operators over neutral value shapes, and detectors. Knows no protocol; imports only core. */
export { suggestColumnClass, type ColumnName, type ColumnSuggestion } from './detect/column-suggestion.ts'
export { findIdentifiers, type IdentifierSpan } from './detect/identifier-spans.ts'
export { effectiveOperator, fitsShape, holdsMask, isMaskText, MAX_MASK_LENGTH, maskValue, type MaskContext } from './mask-value.ts'
export { REDACTED_JSON, REDACTED_TEXT, redactedValue } from './redact.ts'
export { OTHER, TEXT, type ArrayShape, type IntegerShape, type PlainShape, type TextShape, type ValueShape } from './shape.ts'
export { isTokenShape, isTokenText, MIN_TOKEN_KEY_BYTES, TextTokens, tokenOf, tokenPrefix, type TokenScope } from './token.ts'
export { AGED_TEXT, answerYear, yearOfMoment, yearOfText, type YearAnswer } from './year.ts'
export { ZIP3_WITHHELD, zip3Of, zip3OfInteger } from './zip3.ts'
