/** The one path. The mint of permits is deliberately not exported. */
export { describeDecision, describePrincipal, describeStatement, referTo } from './entries.ts'
export { GuardFault, type GuardFaultCode } from './guard-fault.ts'
export { Grant } from './grant.ts'
export { createGuard, Admission, type Guard, type HoldTerms, type Outcome, type Permitted, type SessionFacts, type Submission } from './path.ts'
export { ForwardPermit } from './permit.ts'
export type { Approval, Approved, Asked, ConnectRequest, GuardPorts, HoldDetails, HoldMode, HoldRequest, Prepared, Spent, Standing, TransformPort } from './ports.ts'
