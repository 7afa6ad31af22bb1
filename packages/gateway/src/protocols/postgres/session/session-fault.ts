/** What ends a session that is neither side's wire fault: an answer that is not what was allowed, a record that failed, an upstream that vanished. */
import { Fault } from '@doorward/core'

/**
 * `unexpected-result` a command tag or a row description other than predicted (raises an alert) · `unexpected-message` the upstream owes
 * something else · `catalog-changed` a definition changed between analysis and execution · `pinned-setting` the server reports an
 * encoding or quoting that Doorward does not work under · `upstream-gone` · `client-gone` · `ended` standing is over
 */
export type SessionFaultCode = 'unexpected-result' | 'unexpected-message' | 'catalog-changed' | 'pinned-setting' | 'upstream-gone' | 'client-gone' | 'ended' | 'limit'

export class SessionFault extends Fault<SessionFaultCode> {}

/** Name and place of a bug. Its message may quote a value, and is left out. */
export function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const place = /^ +at (?:.*\()?(?:.*\/)?([\w.-]+:\d+):\d+\)?$/m.exec(error.stack ?? '')
  return place?.[1] === undefined ? error.name : `${error.name} at ${place[1]}`
}

/** Answers that are not what was allowed: somebody must look. */
export const ALERTS: ReadonlySet<string> = new Set(['unexpected-result', 'pinned-setting'])

/** DESIGN.md, Understanding PostgreSQL: the bytes analysed mean the same at the server only under these. */
const PINNED: ReadonlyMap<string, string> = new Map([['client_encoding', 'UTF8'], ['standard_conforming_strings', 'on']])

/** @throws {SessionFault} `pinned-setting` */
export function requirePinned(name: string, value: string): void {
  const pinned = PINNED.get(name)
  if (pinned !== undefined && value !== pinned) throw new SessionFault('pinned-setting', `the target reports ${name} other than ${pinned}`)
}
