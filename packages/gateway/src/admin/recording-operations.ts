/**
 * Recordings in the admin API. Viewers, whom the configuration names by group, see what is in them; custodians hold, release, shred and expire;
 * administrators may see that they are there. Only people, each as themselves: no agent looks at a recording, nor keeps one.
 */
import { formatHoldScope, isHeldBy, isRecordingId, parseHoldScope, toFacts, type LegalHold, type RecordedPerson, type RecordingArchive, type StoredRecording } from '@doorward/audit'
import type { EntryBody, GroupId, Principal, Receipt } from '@doorward/core'
import type { z } from 'zod'
import type { AdminProblem } from './admin-request.ts'
import type * as schemas from './recording-schemas.ts'

export interface RecordingOperationsParts {
  readonly archive: RecordingArchive
  readonly viewers: readonly GroupId[]
  readonly custodians: readonly GroupId[]
  readonly administrators: readonly GroupId[]
  readonly retentionMs: number
  readonly record: (body: EntryBody) => Promise<Receipt>
}

type Answer<S extends z.ZodType> = Promise<z.input<S> | AdminProblem>

/** Of one answer, before JSON escapes what has to be: then at most six times as much, mostly a fifth more. */
const MAX_PART_BYTES = 5 * 1024 * 1024

const NO_RECORDING: AdminProblem = { problem: 'not-found', message: 'no such recording' }
const NOT_VIEWER: AdminProblem = { problem: 'forbidden', message: 'that is for viewers of recordings' }
const NOT_CUSTODIAN: AdminProblem = { problem: 'forbidden', message: 'that is for custodians of recordings' }

export class RecordingOperations {
  readonly #parts: RecordingOperationsParts

  constructor(parts: RecordingOperationsParts) { this.#parts = parts }

  async list(caller: Principal, query: z.output<typeof schemas.recordingQuery>): Answer<typeof schemas.recordingList> {
    if (!this.#maySee(caller)) return { problem: 'forbidden', message: 'that is for viewers and custodians of recordings, and administrators' }
    const { principal, resource, from, to, limit } = query
    const [fromMs, toMs] = [from === undefined ? 0 : Date.parse(from), to === undefined ? Infinity : Date.parse(to)]
    const { archive } = this.#parts
    const found = await archive.list(({ record }) => record.startedMs >= fromMs && record.startedMs < toMs && (resource === undefined || record.resource === resource)
      && (principal === undefined || [record.principal, ...record.actingFor].some((one) => one.name === principal || `${one.issuer}|${one.subject}` === principal)), limit)
    const holds = await archive.holds()
    return { recordings: await Promise.all(found.map((one) => this.#toView(one, holds))) }
  }

  async show(caller: Principal, id: string): Answer<typeof schemas.recording> {
    if (!this.#maySee(caller)) return NO_RECORDING
    const { archive } = this.#parts
    const stored = await archive.find(id)
    return stored === undefined ? NO_RECORDING : this.#toView(stored, await archive.holds())
  }

  /** One segment. That the caller sees it is in the log before it is opened. */
  async view(caller: Principal, id: string, { segment, offset, use }: z.output<typeof schemas.viewRequest>, client: string): Answer<typeof schemas.viewed> {
    const { archive, viewers, record } = this.#parts
    if (!isPerson(caller) || !isIn(caller, viewers)) {
      if (isRecordingId(id)) await record({ kind: 'recording.refused', of: id, recording: id, asked: 'view', reason: 'not a viewer', by: { ...personOf(caller) }, client })
      return NOT_VIEWER
    }
    const answer = await archive.view({ recording: id, segment, use, by: personOf(caller), client })
    switch (answer.kind) {
      case 'unknown': return NO_RECORDING
      case 'unreadable': return { problem: 'conflict', message: answer.why }
      case 'shown': {
        const { lines, rest } = partOf(answer.plaintext, offset)
        return { receipt: answer.receipt.index, segment, end: answer.end, lines, ...(rest === undefined ? {} : { offset: rest }), ...(answer.next === undefined ? {} : { next: answer.next }) }
      }
    }
  }

  async shred(caller: Principal, id: string, { reason, early }: z.output<typeof schemas.shredRequest>): Answer<typeof schemas.shredded> {
    if (!this.#keeps(caller)) return NOT_CUSTODIAN
    const answer = await this.#parts.archive.shred(id, early === 'yes' ? 'early-shred' : 'shred', reason, personOf(caller))
    switch (answer.kind) {
      case 'unknown': return NO_RECORDING
      case 'already': return { problem: 'conflict', message: 'it was shredded before' }
      case 'keep': return { problem: 'conflict', message: answer.why }
      case 'shredded': return { receipt: answer.receipt.index }
    }
  }

  async expire(caller: Principal, { use, limit }: z.output<typeof schemas.expireRequest>): Answer<typeof schemas.expired> {
    if (!this.#keeps(caller)) return NOT_CUSTODIAN
    const { archive } = this.#parts
    const { expired, held } = await archive.expire(use, personOf(caller), limit)
    const holds = await archive.holds()
    const toViews = (list: readonly StoredRecording[]): Promise<z.input<typeof schemas.recording>[]> => Promise.all(list.map((one) => this.#toView(one, holds)))
    return { expired: await toViews(expired), held: await toViews(held) }
  }

  async listHolds(caller: Principal): Answer<typeof schemas.holdList> {
    if (!this.#maySee(caller)) return NOT_CUSTODIAN
    return { holds: (await this.#parts.archive.holds()).map(toHold) }
  }

  async hold(caller: Principal, { scope, matter }: z.output<typeof schemas.holdRequest>): Answer<typeof schemas.hold> {
    if (!this.#keeps(caller)) return NOT_CUSTODIAN
    const parsed = parseHoldScope(scope)
    if (typeof parsed === 'string') return { problem: 'bad-request', message: parsed }
    // A hold on a slip of the pen would hold nothing, and nobody would know.
    if (parsed.kind === 'recording' && await this.#parts.archive.find(parsed.recording) === undefined) return NO_RECORDING
    return toHold(await this.#parts.archive.placeHold(parsed, matter, personOf(caller)))
  }

  async release(caller: Principal, id: string): Answer<typeof schemas.hold> {
    if (!this.#keeps(caller)) return NOT_CUSTODIAN
    const released = await this.#parts.archive.releaseHold(id, personOf(caller))
    return released === undefined ? { problem: 'not-found', message: 'no such hold' } : toHold(released)
  }

  #maySee(caller: Principal): boolean { return isPerson(caller) && isIn(caller, [...this.#parts.viewers, ...this.#parts.custodians, ...this.#parts.administrators]) }

  #keeps(caller: Principal): boolean { return isPerson(caller) && isIn(caller, this.#parts.custodians) }

  async #toView(stored: StoredRecording, holds: readonly LegalHold[]): Promise<z.input<typeof schemas.recording>> {
    const { record, end, shred } = stored
    const facts = toFacts(record, end)
    return {
      id: record.recording, state: stateOf(stored), principal: facts.principals[0] ?? '', name: record.principal.name, actingFor: facts.principals.slice(1), resource: record.resource, protocol: record.protocol,
      client: record.client, why: record.why, started: toTime(record.startedMs), segments: shred?.step === 'done' ? 0 : end?.segments ?? await this.#parts.archive.sealed(stored), bytes: end?.bytes ?? 0,
      ...(end === undefined ? {} : { ended: toTime(end.endedMs), keepUntil: toTime(end.endedMs + this.#parts.retentionMs) }), holds: holds.filter((one) => isHeldBy(facts, one)).map(({ id }) => id),
    }
  }
}

/** A segment ends with the line that fills it, and one value may be very long: what an answer holds has an end. Cut between characters. */
function partOf(plaintext: Buffer, from: number): { readonly lines: string; readonly rest: number | undefined } {
  let end = Math.min(from + MAX_PART_BYTES, plaintext.length)
  while (end < plaintext.length && ((plaintext[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return { lines: plaintext.toString('utf8', from, end), rest: end < plaintext.length ? end : undefined }
}

function stateOf({ end, shred }: StoredRecording): z.input<typeof schemas.recording>['state'] {
  if (shred !== undefined) return shred.step === 'done' ? 'shredded' : 'shredding'
  return end?.how ?? 'writing'
}

function isPerson(caller: Principal): boolean { return caller.kind === 'human' && caller.actingFor === undefined }

function isIn(caller: Principal, groups: readonly GroupId[]): boolean { return caller.groups.some((group) => groups.includes(group)) }

function personOf({ issuer, subject, name }: Principal): RecordedPerson { return { issuer, subject, name } }

function toHold({ id, scope, matter, by, atMs }: LegalHold): z.input<typeof schemas.hold> { return { id, scope: formatHoldScope(scope), matter, by, placed: toTime(atMs) } }

function toTime(ms: number): string { return new Date(ms).toISOString() }
