/**
 * What the admin API takes and gives, as schemas: requests are checked with them, and the OpenAPI document is made from them, so that neither
 * can say something else than the other. Times are RFC 3339 UTC.
 */
import { z } from 'zod'
import { DENIAL_REASONS } from '../approvals/approval-desk.ts'

const time = z.string().meta({ format: 'date-time' })

const principal = z.object({
  name: z.string(), kind: z.string(), issuer: z.string(), subject: z.string(), groups: z.array(z.string()), method: z.string(),
}).meta({ id: 'Principal', description: 'Issuer and subject identify; the name is for people.' })

const table = z.object({ object: z.string(), actions: z.array(z.string()), columns: z.array(z.string()), classes: z.array(z.string()) }).meta({ id: 'Table' })

/** As made by approvals/request-view.ts. */
export const requestView = z.object({
  summary: z.string(), who: principal, actingFor: z.array(principal), resource: z.string(), purpose: z.string().optional(), client: z.string(), command: z.string(),
  text: z.string().meta({ description: 'The statement, literals and comments replaced.' }),
  behind: z.array(z.string()).meta({ description: 'Statements that it runs by name.' }),
  parameters: z.enum(['some', 'none']), tables: z.array(table), classes: z.array(z.string()),
  rows: z.object({ all: z.enum(['yes', 'no', 'unknown']), estimate: z.number().optional() }), patients: z.number().optional().meta({ description: 'Distinct patients; absent: unknown.' }),
  delivery: z.string(), policies: z.array(z.string()), why: z.string(),
}).meta({ id: 'RequestView' })

const vote = z.object({ name: z.string(), issuer: z.string(), subject: z.string(), verdict: z.enum(['approve', 'deny']), groups: z.array(z.string()), at: time }).meta({ id: 'Vote' })

const approvalFields = {
  id: z.string(), state: z.enum(['pending', 'approved', 'used', 'denied', 'expired', 'withdrawn']), note: z.string().optional(),
  client: z.enum(['waiting', 'gone', 'ticket']).meta({ description: 'Whether a connection waits for the answer, is gone, or comes back with a ticket.' }),
  asked: time, expires: time, useBy: time.optional(), by: z.array(z.string()), quorum: z.number(), approved: z.number().meta({ description: 'Distinct people who said yes.' }),
  mayAnswer: z.boolean().meta({ description: 'Whether whoever asks may approve or deny it.' }),
}

export const approvalSummary = z.object({ ...approvalFields, summary: z.string(), resource: z.string(), requester: z.string() }).meta({ id: 'ApprovalSummary' })
export const approval = z.object({ ...approvalFields, votes: z.array(vote), request: requestView }).meta({ id: 'Approval' })
export const approvalList = z.object({ approvals: z.array(approvalSummary) }).meta({ id: 'ApprovalList' })
export const approvalQuery = z.object({ state: z.enum(['open', 'all']).default('open'), limit: z.coerce.number().int().min(1).max(500).default(100) })
export const denial = z.strictObject({ reason: z.enum(DENIAL_REASONS).default('other') }).meta({ id: 'Denial' })
export const nothing = z.strictObject({}).meta({ id: 'Nothing' })

export const me = z.object({
  name: z.string(), kind: z.string(), issuer: z.string(), subject: z.string(), groups: z.array(z.string()), administrator: z.boolean(),
}).meta({ id: 'Me' })

export const session = z.object({
  id: z.string(), principal: z.string(), issuer: z.string(), subject: z.string(), actingFor: z.string().optional(), resource: z.string(), protocol: z.string(), client: z.string(),
  opened: time, busy: z.boolean(),
}).meta({ id: 'Session' })
export const sessionList = z.object({ sessions: z.array(session) }).meta({ id: 'SessionList' })
export const ended = z.object({ ended: z.number().meta({ description: 'Live sessions that were ended.' }) }).meta({ id: 'Ended' })

export const revocationRequest = z.strictObject({
  principal: z.string().min(1).max(600).meta({ description: 'The name of a local principal, or issuer|subject.' }),
}).meta({ id: 'RevocationRequest' })
const revocation = z.object({ name: z.string(), issuer: z.string(), subject: z.string(), at: time, by: z.string() }).meta({ id: 'Revocation' })
export const revocationList = z.object({ revocations: z.array(revocation) }).meta({ id: 'RevocationList' })
export const reloaded = z.object({ policies: z.enum(['changed', 'unchanged']), version: z.string() }).meta({ id: 'Reloaded' })

export const problem = z.object({
  error: z.object({ code: z.string(), message: z.string() }),
}).meta({ id: 'Problem' })
