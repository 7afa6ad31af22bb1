/**
 * Parses that were kept back: what goes upstream in front of a statement so that the name it stands on means there what it means here.
 */
import type { StatementPlan } from '@doorward/sql'
import { encodeFrontend } from '../frontend-encode.ts'
import type { PreparedStatement, SessionNames } from './session-names.ts'
import type { Prologue } from './statement-run.ts'

/** Frames, the answers they are owed, and what is to be noted once they have their place in the order. */
export interface Lead {
  readonly frames: Buffer[]
  readonly prologue: Prologue[]
  readonly statements: PreparedStatement[]
}

export function noLead(): Lead { return { frames: [], prologue: [], statements: [] } }

/** Adds what the upstream lacks of this statement. */
export function leadWith(lead: Lead, names: SessionNames, statement: PreparedStatement): void {
  const missing = names.missing(statement)
  if (missing === 'nothing') return
  if (missing === 'close-and-parse') {
    lead.frames.push(encodeFrontend({ kind: 'close', target: 'statement', name: statement.name }))
    lead.prologue.push({ answer: 'close' })
  }
  lead.frames.push(statement.parse)
  lead.prologue.push({ answer: 'parse', undone: () => { names.parseFailed(statement) } })
  lead.statements.push(statement)
}

/** The statement prepared by message that SQL EXECUTE or DEALLOCATE names, where nothing prepared by SQL has the name. */
export function statementNamedBy(plan: StatementPlan, names: SessionNames): PreparedStatement | undefined {
  let name = plan.needsPrepared
  for (const change of plan.changes) if (change.kind === 'deallocate') name ??= change.name
  return name === undefined || names.isPreparedBySql(name) ? undefined : names.statement(name)
}
