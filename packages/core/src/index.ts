/** The vocabulary of Doorward. Every other package speaks in these types; this one imports nothing. */
export { ACTIONS, isAction, type Action } from './action.ts'
export { classOf, type Classification, type TableClassification } from './classification.ts'
export type {
  Allow, Decision, DecisionRequest, Deny, DenyReason, ExceptionUse, Hold, Obligation, OutputMask, PolicyRef,
} from './decision.ts'
export { MAX_TOLD_PATIENTS, type EntryBody, type EntryKind, type Json, type PatientsTouched } from './entry.ts'
export { Fault } from './fault.ts'
export {
  isName, requireGroupId, requirePolicyId, requireResourceName, requireSessionId, toStatementId,
  type GroupId, type PolicyId, type ResourceName, type SessionId, type StatementId,
} from './ids.ts'
export { isMaskOperator, MASK_OPERATORS, REVEALING_MASKS, type MaskOperator } from './mask.ts'
export { isPhi, isPhiClass, PHI_CLASSES, type PhiClass } from './phi-class.ts'
export type { Authentication, PersonAt, Principal, PrincipalKind } from './principal.ts'
export { parsePurpose, type Purpose } from './purpose.ts'
export type { Receipt } from './receipt.ts'
export type { Refusal } from './refusal.ts'
export { Sensitive } from './sensitive.ts'
export type {
  Bulk, ColumnRef, ColumnUse, Effect, Flow, Opaque, OutputColumn, OutputSource, StatementIdentity, Understanding, Understood,
} from './statement.ts'
export { unreachable } from './unreachable.ts'
