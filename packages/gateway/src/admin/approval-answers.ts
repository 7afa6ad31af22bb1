/** Requests as the API shows them, and what it says to votes. */
import type { z } from 'zod'
import type { Principal } from '@doorward/core'
import type { ApprovalDesk, Voted } from '../approvals/approval-desk.ts'
import { eligibilityOf } from '../approvals/eligible.ts'
import type { RequestRow } from '../state/state.ts'
import type { AdminProblem } from './admin-request.ts'
import { requestView, type approval, type approvalSummary } from './schemas.ts'

export async function toSummary(desk: ApprovalDesk, row: RequestRow, caller: Principal): Promise<z.infer<typeof approvalSummary>> {
  const view = requestView.parse(JSON.parse(row.view))
  return { ...await commonOf(desk, row, caller), summary: view.summary, resource: view.resource, requester: row.requester.name }
}

export async function toApproval(desk: ApprovalDesk, row: RequestRow, caller: Principal): Promise<z.infer<typeof approval>> {
  const votes = await desk.votes(row.id)
  return {
    ...await commonOf(desk, row, caller), request: requestView.parse(JSON.parse(row.view)),
    votes: votes.map((vote) => ({ name: vote.name, issuer: vote.issuer, subject: vote.subject, verdict: vote.verdict, groups: [...vote.groups], at: toTime(vote.atMs) })),
  }
}

async function commonOf(desk: ApprovalDesk, row: RequestRow, caller: Principal) {
  const votes = await desk.votes(row.id)
  const client = desk.isWaiting(row.id) ? 'waiting' as const : row.mode === 'ticket' ? 'ticket' as const : 'gone' as const
  return {
    id: row.id, state: row.state, client, asked: toTime(row.askedMs), expires: toTime(row.expiresMs), by: [...row.by], quorum: row.quorum,
    approved: votes.filter((vote) => vote.verdict === 'approve').length, mayAnswer: row.state === 'pending' && eligibilityOf(caller, row).kind === 'eligible',
    ...(row.note === undefined ? {} : { note: row.note }), ...(row.useByMs === undefined ? {} : { useBy: toTime(row.useByMs) }),
  } satisfies Partial<z.input<typeof approval>>
}

/** @returns the problem, or undefined: the vote counted. */
export function problemOf(voted: Voted): AdminProblem | undefined {
  switch (voted.kind) {
    case 'counted': return undefined
    case 'unknown': return { problem: 'not-found', message: 'no such request' }
    case 'ineligible': return { problem: 'forbidden', message: voted.why }
    case 'voted-already': return { problem: 'conflict', message: 'you have answered it already' }
    case 'ended': return { problem: 'conflict', message: `the request is ${voted.row.state}${voted.row.note === undefined ? '' : `: ${voted.row.note}`}` }
  }
}

export function toTime(ms: number): string { return new Date(ms).toISOString() }
