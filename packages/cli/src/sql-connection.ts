/**
 * One connection of `doorward sql`, spoken with the gateway's own codecs: simple queries, one at a time, values as text.
 * COPY FROM STDIN is declined; COPY TO STDOUT is printed. Source: PostgreSQL, Message Flow: Simple Query.
 */
import type { Sensitive } from '@doorward/core'
import { cancelUpstream, connectUpstream, decodeBackend, encodeFrontend, nextFrame, type NoticeFields, type UpstreamConnection, type UpstreamTarget } from '@doorward/gateway'

export interface SqlTarget {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: Sensitive<string>
  readonly tls: UpstreamTarget['tls']
  /** Stated as `doorward.purpose`; undefined: none. */
  readonly purpose: string | undefined
  readonly randomBytes: (size: number) => Buffer
}

/** What came back, in the order it came. */
export type SqlAnswer =
  | { readonly kind: 'rows'; readonly columns: readonly { readonly name: string; readonly typeOid: number }[]; readonly rows: readonly (readonly (string | null)[])[] }
  | { readonly kind: 'copied'; readonly text: string }
  | { readonly kind: 'done'; readonly tag: string }
  | { readonly kind: 'notice' | 'error'; readonly fields: NoticeFields }

export interface SqlConnection {
  /** Runs one text. An error is an answer; a lost connection throws. */
  query(sql: string, signal: AbortSignal): Promise<readonly SqlAnswer[]>
  /** Asks that what runs be cancelled; its own answer says whether it was. @throws {UpstreamFault} the gateway cannot be reached. */
  cancel(signal: AbortSignal): Promise<void>
  close(): void
}

/** @throws {UpstreamFault} the gateway cannot be reached, or said no. */
export async function connectSql(target: SqlTarget, signal: AbortSignal): Promise<SqlConnection> {
  const parameters = new Map([['application_name', 'doorward sql'], ...(target.purpose === undefined ? [] : [['options', `-c doorward.purpose=${escapeOption(target.purpose)}`] as const])])
  const connection = await connectUpstream({ ...target, parameters }, signal)
  return {
    query: async (sql, querySignal) => {
      connection.stream.write(encodeFrontend({ kind: 'query', sql: Buffer.from(sql, 'utf8') }))
      return collect(connection, querySignal)
    },
    cancel: async (cancelSignal) => {
      if (connection.backendKey !== undefined) await cancelUpstream(target, connection.backendKey, cancelSignal)
    },
    close: () => {
      connection.stream.write(encodeFrontend({ kind: 'terminate' }))
      connection.stream.end()
    },
  }
}

/** Words of `options` are split at white space and a backslash keeps the next character. PostgreSQL, pg_split_opts. */
function escapeOption(text: string): string {
  return text.replace(/[\s\\]/g, '\\$&')
}

async function collect(connection: UpstreamConnection, signal: AbortSignal): Promise<readonly SqlAnswer[]> {
  const answers: SqlAnswer[] = []
  let open: { columns: { name: string; typeOid: number }[]; rows: (string | null)[][] } | undefined
  let copied: string[] = []
  const endRows = (): void => {
    if (open !== undefined) answers.push({ kind: 'rows', ...open })
    if (copied.length > 0) answers.push({ kind: 'copied', text: copied.join('') })
    open = undefined
    copied = []
  }
  for (;;) {
    const message = decodeBackend(await nextFrame(connection.stream, connection.reader, signal))
    switch (message.kind) {
      case 'rowDescription': open = { columns: message.fields.map(({ name, typeOid }) => ({ name, typeOid })), rows: [] }; break
      case 'dataRow': open?.rows.push(message.cells.map((cell) => cell === null ? null : cell.toString('utf8'))); break
      case 'copyData': copied.push(message.data.toString('utf8')); break
      case 'copyInResponse': connection.stream.write(encodeFrontend({ kind: 'copyFail', message: 'doorward sql has no data to copy' })); break
      case 'commandComplete': endRows(); answers.push({ kind: 'done', tag: message.tag }); break
      case 'emptyQueryResponse': answers.push({ kind: 'done', tag: '' }); break
      case 'noticeResponse': answers.push({ kind: 'notice', fields: message.fields }); break
      // Rows that came before an error were delivered: they are shown. A table without any is not.
      case 'errorResponse': if (open?.rows.length === 0) open = undefined; endRows(); answers.push({ kind: 'error', fields: message.fields }); break
      case 'readyForQuery': return answers
      // What a session may say at any time, and COPY's frames around the data.
      default: break
    }
  }
}
