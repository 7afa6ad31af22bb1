/**
 * What a server may say after start-up, as messages. Bytes of rows and COPY data stay views of the frame.
 * Source: PostgreSQL, Message Formats, the messages marked (B).
 */
import type { FormatCode } from './frontend.ts'

export interface AuthenticationMd5 { readonly kind: 'authenticationMd5'; /** 4 bytes. */ readonly salt: Buffer }
export interface AuthenticationSasl { readonly kind: 'authenticationSasl'; readonly mechanisms: readonly string[] }
export interface AuthenticationSaslStep { readonly kind: 'authenticationSaslContinue' | 'authenticationSaslFinal'; readonly data: Buffer }
/** Kerberos V5, GSS, SSPI or a method newer than this: the number is all we need to name it. */
export interface AuthenticationOther { readonly kind: 'authenticationOther'; readonly method: number; readonly data: Buffer }
export interface BackendKeyData { readonly kind: 'backendKeyData'; readonly pid: number; /** 4 bytes in 3.0, 4 to 256 in 3.2. */ readonly key: Buffer }
export interface ParameterStatus { readonly kind: 'parameterStatus'; readonly name: string; readonly value: string }
/** I: idle, T: in a transaction, E: in a failed one. */
export type TransactionStatus = 'I' | 'T' | 'E'
export interface ReadyForQuery { readonly kind: 'readyForQuery'; readonly status: TransactionStatus }
export interface Field {
  readonly name: string
  /** 0 when the field is no column of a table. */
  readonly tableOid: number
  readonly attribute: number
  readonly typeOid: number
  /** Negative: of variable width. */
  readonly typeSize: number
  readonly typeModifier: number
  /** In the answer to Describe of a statement always 0: not yet known. */
  readonly format: FormatCode
}
export interface RowDescription { readonly kind: 'rowDescription'; readonly fields: readonly Field[] }
/** May hold PHI. */
export interface DataRow { readonly kind: 'dataRow'; readonly cells: readonly (Buffer | null)[] }
export interface ParameterDescription { readonly kind: 'parameterDescription'; readonly types: readonly number[] }
export interface CommandComplete { readonly kind: 'commandComplete'; readonly tag: string }
/** Field code (`S`, `V`, `C`, `M`, `D`, `H`, ...) to text. PostgreSQL, Error and Notice Message Fields. May quote PHI. */
export type NoticeFields = ReadonlyMap<string, string>
export interface ErrorOrNotice { readonly kind: 'errorResponse' | 'noticeResponse'; readonly fields: NoticeFields }
export interface NotificationResponse {
  readonly kind: 'notificationResponse'
  readonly pid: number
  readonly channel: string
  /** May hold PHI. */
  readonly payload: string
}
export interface CopyResponse {
  readonly kind: 'copyInResponse' | 'copyOutResponse' | 'copyBothResponse'
  /** 0: text or csv, lines; 1: binary. */
  readonly format: FormatCode
  readonly columnFormats: readonly FormatCode[]
}
export interface CopyData { readonly kind: 'copyData'; readonly data: Buffer }
export interface FunctionCallResponse { readonly kind: 'functionCallResponse'; readonly value: Buffer | null }
export interface NegotiateProtocolVersion {
  readonly kind: 'negotiateProtocolVersion'
  /**
   * The newest minor version the server supports for our major one. The server sends the whole version number (major in the upper
   * half); servers before it settled sent the minor alone. Both are read.
   */
  readonly minor: number
  readonly unrecognised: readonly string[]
}
export interface BareBackend {
  readonly kind:
    | 'authenticationOk' | 'authenticationCleartext' | 'parseComplete' | 'bindComplete' | 'closeComplete' | 'noData' | 'portalSuspended'
    | 'emptyQueryResponse' | 'copyDone'
}

export type BackendMessage =
  | AuthenticationMd5 | AuthenticationSasl | AuthenticationSaslStep | AuthenticationOther | BackendKeyData | ParameterStatus
  | ReadyForQuery | RowDescription | DataRow | ParameterDescription | CommandComplete | ErrorOrNotice | NotificationResponse
  | CopyResponse | CopyData | FunctionCallResponse | NegotiateProtocolVersion | BareBackend

/** An error or notice of Doorward's own. `sqlstate` is five characters: PostgreSQL, Error Codes. */
export interface OwnNotice {
  readonly severity: 'ERROR' | 'FATAL' | 'WARNING' | 'NOTICE'
  readonly sqlstate: string
  readonly message: string
  readonly detail?: string
  readonly hint?: string
}

/** Its fields: severity twice, since `S` may be translated by a server and `V` never is. */
export function toNoticeFields(notice: OwnNotice): NoticeFields {
  const fields = new Map([['S', notice.severity], ['V', notice.severity], ['C', notice.sqlstate], ['M', notice.message]])
  if (notice.detail !== undefined) fields.set('D', notice.detail)
  if (notice.hint !== undefined) fields.set('H', notice.hint)
  return fields
}
