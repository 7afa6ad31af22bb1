/** The target's estimate of rows in a request to decide: asked for where the decision needs it, and over every limit where nobody can give it. */
import type { DecisionRequest } from '@doorward/core'
import type { GuardPorts, HoldDetails } from './ports.ts'

/** Where the question itself fails it is answered with yes: the decision then finds what is wrong, or has an estimate that it does not need. */
export function wantsEstimate(ports: GuardPorts, request: DecisionRequest): 'yes' | 'no' {
  try {
    return ports.wantsEstimate?.(request) ?? 'no'
  } catch {
    return 'yes'
  }
}

/** @returns the request with the estimate in its statement. Never throws: whoever cannot be asked does not know. */
export async function estimated(request: DecisionRequest, submission: { estimate?(): Promise<number | 'unknown'> }): Promise<DecisionRequest> {
  const { statement } = request
  if (statement.kind !== 'understood') return request
  let rows: number | 'unknown' = 'unknown'
  try {
    rows = await submission.estimate?.() ?? 'unknown'
  } catch {
    rows = 'unknown'
  }
  const told = rows === 'unknown' || !Number.isFinite(rows) ? { estimate: 'unknown' as const } : { estimatedRows: rows }
  return { ...request, statement: { ...statement, bulk: { ...statement.bulk, ...told } } }
}

/** What the decision was made by is what people are told. */
export function withEstimate(details: HoldDetails, { statement }: DecisionRequest): HoldDetails {
  const rows = statement.kind === 'understood' ? statement.bulk.estimatedRows : undefined
  return rows === undefined ? details : { ...details, estimatedRows: rows }
}
