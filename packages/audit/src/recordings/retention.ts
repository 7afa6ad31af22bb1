/**
 * Whether a recording may be destroyed now. Pure: facts in, an answer with its reason out. A legal hold beats everything; before its retention
 * has passed a recording goes only when somebody asks for that by name; what is still being written stays. Six years are those of 45 CFR
 * 164.316(b)(2)(i).
 */

const DAY_MS = 86_400_000
/** Six years, two of which may be leap years. */
export const DEFAULT_RETENTION_MS = (6 * 365 + 2) * DAY_MS

/** What a hold keeps. */
export type HoldScope =
  | { readonly kind: 'recording'; readonly recording: string }
  /** All of this person or program, also those to come. `issuer|subject`. */
  | { readonly kind: 'principal'; readonly principal: string }
  | { readonly kind: 'resource'; readonly resource: string }
  | { readonly kind: 'all' }

export interface LegalHold {
  /** 16 hexadecimal digits. */
  readonly id: string
  readonly scope: HoldScope
  /** What it is for, in the words of whoever placed it: a case number, not a patient. */
  readonly matter: string
  /** `issuer|subject`. */
  readonly by: string
  /** Milliseconds since the epoch. */
  readonly atMs: number
}

/** What of a recording its fate depends on. */
export interface RecordingFacts {
  readonly recording: string
  /** `issuer|subject` of the one who was recorded, and of whoever they acted for. */
  readonly principals: readonly string[]
  readonly resource: string
  /** Undefined: it is still being written. */
  readonly endedMs: number | undefined
}

/** `early`: somebody asked for it before its time, and said so. */
export type RemovalRequest = 'expiry' | 'shred' | 'early-shred'

export type RemovalAnswer =
  | { readonly kind: 'remove' }
  | { readonly kind: 'keep'; readonly reason: 'held' | 'retained' | 'being-written'; readonly why: string; /** Ids of the holds. */ readonly holds: readonly string[] }

export function mayRemove(facts: RecordingFacts, holds: readonly LegalHold[], request: RemovalRequest, nowMs: number, retentionMs: number): RemovalAnswer {
  const holding = holds.filter((hold) => isHeldBy(facts, hold))
  if (holding.length > 0) return { kind: 'keep', reason: 'held', why: `${holding.length === 1 ? 'a legal hold is' : `${holding.length} legal holds are`} on it: ${holding.map(({ id }) => id).join(', ')}`, holds: holding.map(({ id }) => id) }
  if (facts.endedMs === undefined) return { kind: 'keep', reason: 'being-written', why: 'it is still being written', holds: [] }
  const untilMs = facts.endedMs + retentionMs
  if (request !== 'early-shred' && nowMs < untilMs) return { kind: 'keep', reason: 'retained', why: `its retention ends ${new Date(untilMs).toISOString().slice(0, 10)}`, holds: [] }
  return { kind: 'remove' }
}

export function isHeldBy({ recording, principals, resource }: RecordingFacts, { scope }: LegalHold): boolean {
  switch (scope.kind) {
    case 'recording': return scope.recording === recording
    case 'principal': return principals.includes(scope.principal)
    case 'resource': return scope.resource === resource
    case 'all': return true
  }
}

/** @returns why it is no scope: what an operator may name after `--`. */
export function parseHoldScope(text: string): HoldScope | string {
  if (text === 'all') return { kind: 'all' }
  const colon = text.indexOf(':')
  const [kind, value] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)]
  if (value === '' || value.length > 600) return SCOPES
  if (kind === 'recording') return /^[0-9a-f]{32}$/.test(value) ? { kind, recording: value } : 'a recording is named by 32 hexadecimal digits'
  if (kind === 'principal') return /^[^|]+\|.+$/s.test(value) ? { kind, principal: value } : 'a principal is named as issuer|subject'
  return kind === 'resource' ? { kind, resource: value } : SCOPES
}

export function formatHoldScope(scope: HoldScope): string {
  switch (scope.kind) {
    case 'recording': return `recording:${scope.recording}`
    case 'principal': return `principal:${scope.principal}`
    case 'resource': return `resource:${scope.resource}`
    case 'all': return 'all'
  }
}

const SCOPES = 'expected recording:ID, principal:ISSUER|SUBJECT, resource:NAME or all'
