/** How many rows the target expects a session's statement to touch, where it can be asked without anything of the statement running. */
import { plannedQuery, type Piece, type StatementPlan } from '@doorward/sql'
import { decodeFrontend } from '../frontend.ts'
import type { Understander } from '../understand/understander.ts'
import { SessionFault } from './session-fault.ts'
import type { SessionNames } from './session-names.ts'

/** @param bind the portal's Bind frame; undefined: none can be given. @returns `unknown`: it counts as over every limit. */
export async function plannedRows(plan: StatementPlan, piece: Piece, bind: Buffer | undefined, names: SessionNames, understander: Pick<Understander, 'plannedRows'>): Promise<number | 'unknown'> {
  const { statement, text } = piece
  if (statement === undefined) return 0
  const query = plannedQuery(statement, text, names)
  if (query === 'nothing') return 0
  // What this session alone sees, nobody else can plan.
  if (query === undefined || plan.planning === undefined || names.ownsTemporary || names.catalog === 'uncommitted') return 'unknown'
  const given = query.parameters === 'message' ? { types: plan.parameterTypes, ...boundBy(bind) } : { types: [], formats: [], cells: [] }
  return understander.plannedRows({ text: query.text, parameterTypes: given.types, parameters: given, schemas: names.schemas })
}

function boundBy(frame: Buffer | undefined): { readonly formats: readonly (0 | 1)[]; readonly cells: readonly (Buffer | null)[] } {
  if (frame === undefined) return { formats: [], cells: [] }
  const message = decodeFrontend({ tag: frame[0] ?? 0, body: frame.subarray(5) })
  if (message.kind !== 'bind') throw new SessionFault('unexpected-message', 'a portal without its Bind')
  return { formats: message.parameterFormats, cells: message.parameters }
}
