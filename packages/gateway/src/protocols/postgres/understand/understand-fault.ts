import { Fault } from '@doorward/core'

/** `unreachable` no analysis connection could be had · `timeout` the server did not answer in time · `out-of-step` it answered something else */
export type UnderstandFaultCode = 'unreachable' | 'timeout' | 'out-of-step' | 'catalog'

/** The target could not be asked what a statement means. The statement is refused (P2). */
export class UnderstandFault extends Fault<UnderstandFaultCode> {}
