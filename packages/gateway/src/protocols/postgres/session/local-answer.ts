/** Statements that Doorward answers itself, with nothing sent upstream: SET and SHOW of doorward.purpose and doorward.hold. Decided and recorded like any other. */
import type { Permitted } from '@doorward/guard'
import type { StatementPlan } from '@doorward/sql'
import { encodeBackend, encodeDataRow } from '../backend-encode.ts'
import type { Answer } from './answer.ts'
import type { SessionContext } from './session-context.ts'

/** text, variable length. PostgreSQL, pg_type. */
const TEXT_OID = 25

/** @param description `shown` in the simple protocol; in the extended one Describe has shown it. */
export async function localAnswer(session: SessionContext, plan: StatementPlan, permitted: Permitted<Answer>, description: 'shown' | 'hidden'): Promise<void> {
  const { local } = plan
  if (local === undefined) return
  permitted.permit.spend()
  for (const change of plan.changes) session.changed(change)
  const rows = local.show === undefined ? [] : [[local.show === 'doorward.hold' ? session.names.holdMode : session.names.purpose ?? '']]
  if (local.show !== undefined && description === 'shown') {
    session.exchange.push({ kind: 'local', bytes: encodeBackend({ kind: 'rowDescription', fields: [{ name: local.show, tableOid: 0, attribute: 0, typeOid: TEXT_OID, typeSize: -1, typeModifier: -1, format: 0 }] }) })
  }
  for (const row of rows) session.exchange.push({ kind: 'local', bytes: encodeDataRow(row.map((cell) => Buffer.from(cell, 'utf8'))) })
  session.exchange.push({ kind: 'local', bytes: encodeBackend({ kind: 'commandComplete', tag: local.tag }) })
  await session.admission.settle(permitted, { status: 'done', result: local.tag, rows: rows.length, bytes: 0, digest: undefined, maskedColumns: [] })
}
