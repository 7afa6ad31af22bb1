/** How reaching an upstream can fail. The caller refuses with it, and the log names it. */
import { Fault } from '@doorward/core'

/**
 * `unreachable` no connection, or it was lost · `tls` not offered, or certificate or name not verified · `authentication` the server asks
 * for what we do not do, or did not prove itself · `refused` the server said no: see `sqlstate` · `protocol` an answer that cannot be
 * read · `aborted` the caller gave up waiting
 */
export type UpstreamFaultCode = 'unreachable' | 'tls' | 'authentication' | 'refused' | 'protocol' | 'aborted'

/** Messages name codes and SQLSTATEs, never a credential or a server's text. */
export class UpstreamFault extends Fault<UpstreamFaultCode> {
  /** The server's SQLSTATE, five characters, when it is the server that refused. */
  readonly sqlstate: string | undefined

  constructor(code: UpstreamFaultCode, message: string, options?: { readonly cause?: unknown; readonly sqlstate?: string }) {
    super(code, message, options)
    this.sqlstate = options?.sqlstate
  }
}
