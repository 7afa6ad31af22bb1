/** A refusal, a rejected text and a fault in PostgreSQL's own frame: what a person reads at the psql prompt. Source: PostgreSQL, Error Codes. */
import { Fault, type Refusal } from '@doorward/core'
import type { AnalysisError } from '@doorward/sql'
import { encodeBackend, encodeOwnError } from '../backend-encode.ts'

/** insufficient_privilege: what clients and people expect of a "no". */
const REFUSED = '42501'

/** `refused: <what> (receipt N)`, the next step as HINT. `offset` has no place here: the refusal is of the whole statement. */
export function encodeRefusal(refusal: Refusal): Buffer {
  const receipt = refusal.receipt === undefined ? 'no receipt: the log cannot be written' : `receipt ${refusal.receipt.index}`
  return encodeOwnError({ severity: 'ERROR', sqlstate: stateOf(refusal), message: `refused: ${refusal.message} (${receipt})`, hint: refusal.next })
}

function stateOf(refusal: Refusal): string {
  switch (refusal.reason) {
    case 'recorder-down': return '58000' // system_error
    case 'limit': return '54000' // program_limit_exceeded
    case 'withdrawn': return '57014' // query_canceled
    case 'protocol': return '0A000' // feature_not_supported
    default: return REFUSED
  }
}

/** The server's own error for a text it does not take, positions moved to where the piece stands in the client's text. */
export function encodeRejected(error: AnalysisError, offsetCharacters: number): Buffer {
  const fields = new Map(error.fields)
  const position = Number(fields.get('P'))
  if (Number.isInteger(position) && position > 0) fields.set('P', String(position + offsetCharacters))
  // The context of an analysis names Doorward's own doing.
  fields.delete('W')
  return encodeBackend({ kind: 'errorResponse', fields })
}

/** An error that a server would give for a message that makes no sense now: the session goes on. */
export function encodePlainError(sqlstate: string, message: string): Buffer {
  return encodeOwnError({ severity: 'ERROR', sqlstate, message })
}

/** The session ends. Faults hold no values, so their text may be shown. */
export function encodeFatal(error: unknown): Buffer {
  if (!(error instanceof Fault)) return encodeOwnError({ severity: 'FATAL', sqlstate: 'XX000', message: 'doorward: internal error, the session ends' })
  return encodeOwnError({ severity: 'FATAL', sqlstate: fatalState(error), message: `doorward: ${error.message}` })
}

function fatalState(error: Fault): string {
  switch (error.code) {
    case 'ended': return '57P01' // admin_shutdown
    case 'idle': return '57P05' // idle_session_timeout
    case 'upstream-gone': case 'unreachable': return '08006' // connection_failure
    case 'unexpected-result': case 'catalog-changed': return REFUSED
    default: return '08P01' // protocol_violation
  }
}
