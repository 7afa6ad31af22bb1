/**
 * The routes of the admin API, as a table: what each takes, gives and does. http.ts serves it, openapi.ts describes it. Paths are versioned;
 * what a version has promised stays.
 */
import { parseRequestId } from '../approvals/request-id.ts'
import type { AdminProblem } from './admin-request.ts'
import type { AdminRoute } from './admin-route.ts'
import { RECORDING_ROUTES } from './recording-routes.ts'
import * as schemas from './schemas.ts'

const BASE = '/api/v1'
const UNKNOWN: AdminProblem = { problem: 'not-found', message: 'no such request' }

export const ROUTES: readonly AdminRoute[] = [
  {
    method: 'GET', path: `${BASE}/me`, name: 'me', summary: 'Who the caller is to Doorward', query: undefined, body: undefined, answer: schemas.me,
    run: (operations, { caller }) => Promise.resolve(operations.me(caller)),
  },
  {
    method: 'GET', path: `${BASE}/approvals`, name: 'listApprovals', summary: 'Requests that the caller may answer or has asked, newest first', query: schemas.approvalQuery, body: undefined,
    answer: schemas.approvalList,
    run: (operations, { caller, query }) => { const { state, limit } = schemas.approvalQuery.parse(query); return operations.listApprovals(caller, state, limit) },
  },
  {
    method: 'GET', path: `${BASE}/approvals/{id}`, name: 'showApproval', summary: 'One request in full. That an approver has seen it is recorded', query: undefined, body: undefined, answer: schemas.approval,
    run: (operations, { caller, id }) => withRequest(id, (request) => operations.showApproval(caller, request)),
  },
  {
    method: 'POST', path: `${BASE}/approvals/{id}/approve`, name: 'approve', summary: 'Say yes. The statement runs when enough distinct people have', query: undefined, body: schemas.nothing, answer: schemas.approval,
    run: (operations, { caller, id }) => withRequest(id, (request) => operations.vote(caller, request, { kind: 'approve' })),
  },
  {
    method: 'POST', path: `${BASE}/approvals/{id}/deny`, name: 'deny', summary: 'Say no. One no is enough', query: undefined, body: schemas.denial, answer: schemas.approval,
    run: (operations, { caller, id, body }) => withRequest(id, (request) => operations.vote(caller, request, { kind: 'deny', reason: schemas.denial.parse(body).reason })),
  },
  {
    method: 'GET', path: `${BASE}/sessions`, name: 'listSessions', summary: 'Live sessions: all for administrators, else the caller\'s own', query: undefined, body: undefined, answer: schemas.sessionList,
    run: (operations, { caller }) => Promise.resolve(operations.listSessions(caller)),
  },
  {
    method: 'POST', path: `${BASE}/sessions/{id}/end`, name: 'endSession', summary: 'End a session now, in the middle of a result too', query: undefined, body: schemas.nothing, answer: schemas.ended,
    run: (operations, { caller, id }) => operations.endSession(caller, id),
  },
  {
    method: 'GET', path: `${BASE}/revocations`, name: 'listRevocations', summary: 'Principals that may do nothing', query: undefined, body: undefined, answer: schemas.revocationList,
    run: (operations, { caller }) => Promise.resolve(operations.listRevocations(caller)),
  },
  {
    method: 'POST', path: `${BASE}/revocations`, name: 'revoke', summary: 'Revoke a principal: its sessions end, and it is not let in again', query: undefined, body: schemas.revocationRequest, answer: schemas.ended,
    run: (operations, { caller, body }) => operations.revoke(caller, schemas.revocationRequest.parse(body).principal),
  },
  {
    method: 'POST', path: `${BASE}/revocations/lift`, name: 'liftRevocation', summary: 'Let a revoked principal in again', query: undefined, body: schemas.revocationRequest, answer: schemas.nothing,
    run: (operations, { caller, body }) => operations.liftRevocation(caller, schemas.revocationRequest.parse(body).principal),
  },
  {
    method: 'POST', path: `${BASE}/policies/reload`, name: 'reloadPolicies', summary: 'Read the policy files now', query: undefined, body: schemas.nothing, answer: schemas.reloaded,
    run: (operations, { caller }) => operations.reloadPolicies(caller),
  },
  ...RECORDING_ROUTES,
]

/** What cannot be a request's name is no request. */
function withRequest<T>(id: string, run: (id: string) => Promise<T>): Promise<T | AdminProblem> {
  const request = parseRequestId(id)
  return request === undefined ? Promise.resolve(UNKNOWN) : run(request)
}
