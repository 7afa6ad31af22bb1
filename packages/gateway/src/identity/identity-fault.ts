import { Fault } from '@doorward/core'

/** `provider-unreachable` no answer, or none in time · `provider-answer` an answer that is not what the standards ask for */
export type IdentityFaultCode = 'provider-unreachable' | 'provider-answer'

/** An identity provider could not be asked. No new session is let in on its word meanwhile. */
export class IdentityFault extends Fault<IdentityFaultCode> {}
