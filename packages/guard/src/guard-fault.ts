import { Fault } from '@doorward/core'

export type GuardFaultCode = 'forged-permit' | 'spent-permit' | 'settled-twice' | 'outcome-not-recorded' | 'session-closed' | 'recorder-lost'

/** Something that must not happen on the path. Ends the session. */
export class GuardFault extends Fault<GuardFaultCode> {}
