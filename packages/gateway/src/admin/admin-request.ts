/** One call of the admin API: who makes it, from where, and how it is answered. */
import type { Principal } from '@doorward/core'

/** What the socket knows of a caller. */
export interface CallerFacts {
  /** `host:port`. */
  readonly address: string
  /** TLS, or both ends on this machine: credentials may be sent. */
  readonly transport: 'private' | 'readable'
}

export interface AdminCall<Query, Body> {
  readonly caller: Principal
  readonly id: string
  readonly query: Query
  readonly body: Body
}

export type ProblemCode =
  | 'unauthorized' | 'forbidden' | 'not-found' | 'conflict' | 'bad-request' | 'too-many' | 'plaintext' | 'unavailable' | 'cross-site' | 'too-large'

const STATUS: Readonly<Record<ProblemCode, number>> = {
  unauthorized: 401, forbidden: 403, 'not-found': 404, conflict: 409, 'bad-request': 400, 'too-many': 429, plaintext: 403, unavailable: 503, 'cross-site': 403, 'too-large': 413,
}

/** An expected "no" of the API. Returned, not thrown. */
export interface AdminProblem { readonly problem: ProblemCode; readonly message: string }

export function isProblem(answer: unknown): answer is AdminProblem {
  return typeof answer === 'object' && answer !== null && 'problem' in answer
}

export function problemResponse({ problem, message }: AdminProblem): Response {
  // `Bearer` and not `Basic`: a browser that is asked for a password keeps it, and then sends it for any page that asks (CSRF).
  const headers = problem === 'unauthorized' ? { 'www-authenticate': 'Bearer realm="doorward"' } : undefined
  return Response.json({ error: { code: problem, message } }, { status: STATUS[problem], ...(headers === undefined ? {} : { headers }) })
}
