/** What ends a session that is neither side's wire fault: an answer that is not what was allowed, a record that failed, an upstream that vanished. */
import { Fault } from '@doorward/core'

/**
 * `unexpected-result` a command tag or a row description other than predicted (raises an alert) · `unexpected-message` the upstream owes
 * something else · `catalog-changed` a definition changed between analysis and execution · `pinned-setting` the server reports an
 * encoding or quoting that Doorward does not work under · `upstream-gone` · `client-gone` · `ended` standing is over
 */
export type SessionFaultCode = 'unexpected-result' | 'unexpected-message' | 'catalog-changed' | 'pinned-setting' | 'upstream-gone' | 'client-gone' | 'ended' | 'limit'

export class SessionFault extends Fault<SessionFaultCode> {}
