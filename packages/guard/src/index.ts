/** The one path. The mint of permits is deliberately not exported. */
export { describePrincipal } from './entries.ts'
export { GuardFault, type GuardFaultCode } from './guard-fault.ts'
export { createGuard, Admission, type Guard, type Outcome, type Permitted, type SessionFacts, type Submission } from './path.ts'
export { ForwardPermit } from './permit.ts'
export type { Approval, ConnectRequest, GuardPorts, HoldRequest, Prepared, Standing, TransformPort } from './ports.ts'
