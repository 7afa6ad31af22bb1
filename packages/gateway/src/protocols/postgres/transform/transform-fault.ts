/** How the upstream's rows can break while they are masked. A fault ends the session: a row that cannot be read cannot be masked (P3). */
import { Fault } from '@doorward/core'

/**
 * `column-count` another number of columns than was described · `bad-length` a length below -1 · `read-past-row` a value that ends behind its
 * row · `trailing-bytes` a row that goes on after its last value · `bad-copy` COPY data against its format · `row-too-long` a COPY row over
 * the limit · `truncated` COPY data that ends inside a row · `open-token` a token would be delivered before it is made: ours to fix
 */
export type TransformFaultCode = 'column-count' | 'bad-length' | 'read-past-row' | 'trailing-bytes' | 'bad-copy' | 'row-too-long' | 'truncated' | 'open-token'

/** The upstream's data does not have the form its description promised. Messages hold counts and positions, never values. */
export class TransformFault extends Fault<TransformFaultCode> {}
