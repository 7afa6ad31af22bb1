/** The routes of recordings: part of the table of routes.ts. */
import type { AdminOperations } from './admin-operations.ts'
import type { AdminProblem } from './admin-request.ts'
import * as schemas from './recording-schemas.ts'
import type { RecordingOperations } from './recording-operations.ts'
import type { AdminRoute } from './admin-route.ts'
import { nothing } from './schemas.ts'

const BASE = '/api/v1/recordings'
const HOLDS = '/api/v1/recording-holds'
const NONE: AdminProblem = { problem: 'not-found', message: 'recordings are not configured' }

export const RECORDING_ROUTES: readonly AdminRoute[] = [
  {
    method: 'GET', path: BASE, name: 'listRecordings', summary: 'Recorded sessions, newest first. What is in them is not shown', query: schemas.recordingQuery, body: undefined, answer: schemas.recordingList,
    run: (operations, { caller, query }) => within(operations, (recordings) => recordings.list(caller, schemas.recordingQuery.parse(query))),
  },
  {
    method: 'GET', path: `${BASE}/{id}`, name: 'showRecording', summary: 'One recorded session. What is in it is not shown', query: undefined, body: undefined, answer: schemas.recording,
    run: (operations, { caller, id }) => within(operations, (recordings) => recordings.show(caller, id)),
  },
  {
    method: 'POST', path: `${BASE}/{id}/view`, name: 'viewRecording', summary: 'See one segment. That you see it is recorded first', query: undefined, body: schemas.viewRequest, answer: schemas.viewed,
    run: (operations, { caller, id, body, client }) => within(operations, (recordings) => recordings.view(caller, id, schemas.viewRequest.parse(body), client)),
  },
  {
    method: 'POST', path: `${BASE}/{id}/shred`, name: 'shredRecording', summary: 'Destroy its key, and so all of it, for good. A legal hold forbids it', query: undefined, body: schemas.shredRequest, answer: schemas.shredded,
    run: (operations, { caller, id, body }) => within(operations, (recordings) => recordings.shred(caller, id, schemas.shredRequest.parse(body))),
  },
  {
    method: 'POST', path: `${BASE}/expire`, name: 'expireRecordings', summary: 'Show, or destroy, what has outlived its retention and is not held', query: undefined, body: schemas.expireRequest, answer: schemas.expired,
    run: (operations, { caller, body }) => within(operations, (recordings) => recordings.expire(caller, schemas.expireRequest.parse(body))),
  },
  {
    method: 'GET', path: HOLDS, name: 'listHolds', summary: 'Legal holds', query: undefined, body: undefined, answer: schemas.holdList,
    run: (operations, { caller }) => within(operations, (recordings) => recordings.listHolds(caller)),
  },
  {
    method: 'POST', path: HOLDS, name: 'placeHold', summary: 'Keep recordings, those to come too, from being destroyed', query: undefined, body: schemas.holdRequest, answer: schemas.hold,
    run: (operations, { caller, body }) => within(operations, (recordings) => recordings.hold(caller, schemas.holdRequest.parse(body))),
  },
  {
    method: 'POST', path: `${HOLDS}/{id}/release`, name: 'releaseHold', summary: 'End a legal hold', query: undefined, body: nothing, answer: schemas.hold,
    run: (operations, { caller, id }) => within(operations, (recordings) => recordings.release(caller, id)),
  },
]

function within<T>(operations: AdminOperations, run: (recordings: RecordingOperations) => Promise<T>): Promise<T | AdminProblem> {
  return operations.recordings === undefined ? Promise.resolve(NONE) : run(operations.recordings)
}
