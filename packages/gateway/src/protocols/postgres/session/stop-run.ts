/** Stops a statement whose answer may not go on: the upstream is told to cancel, and a recorded refusal takes the place of its end. */
import type { Refusal } from '@doorward/core'
import type { SessionContext } from './session-context.ts'
import type { StatementRun } from './statement-run.ts'

export async function stopRun(session: SessionContext, run: StatementRun, why: { readonly reason: Refusal['reason']; readonly message: string; readonly next: string }, cancel: () => Promise<void>): Promise<void> {
  run.refusal = await session.admission.refuse({ ...why, note: `statement ${run.facts.permitted.permit.statement}` })
  await cancel()
}
