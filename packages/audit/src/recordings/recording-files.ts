/**
 * The small files beside a recording's segments, as JSON: what it is of (`recording.json`, written once), that it has ended (`closed.json`), that
 * its key is being or has been destroyed (`shred.json`), and the legal holds. None of them holds PHI or opens anything; the log says the same, and
 * `doorward recordings verify` compares the two.
 */
import { AuditFault } from '../fault.ts'
import { formatHoldScope, parseHoldScope, type LegalHold, type RecordingFacts } from './retention.ts'

/** Somebody as the log names them. */
export interface RecordedPerson { readonly issuer: string; readonly subject: string; readonly name: string }

/** What a recording is of. */
export interface RecordingSubject {
  /** 32 hexadecimal digits: the session's id. */
  readonly recording: string
  readonly principal: RecordedPerson
  /** Whom an agent acted for, nearest first. */
  readonly actingFor: readonly RecordedPerson[]
  readonly resource: string
  readonly protocol: string
  readonly client: string
  /** Why it is recorded: `resource`, or `policy` and which. */
  readonly why: string
}

export interface RecordingRecord extends RecordingSubject {
  /** Milliseconds since the epoch. */
  readonly startedMs: number
}

export interface RecordingEnd {
  readonly endedMs: number
  /** `interrupted`: the gateway ended first, and this was found at its next start. */
  readonly how: 'closed' | 'interrupted'
  readonly segments: number
  /** On disk. */
  readonly bytes: number
}

export interface ShredRecord {
  readonly step: 'begun' | 'done'
  readonly request: 'expiry' | 'shred' | 'early-shred'
  readonly reason: string
  /** `issuer|subject`, or `doorward` where retention ended. */
  readonly by: string
  readonly atMs: number
}

/** @returns what {@link mayRemove} asks about. */
export function toFacts({ recording, principal, actingFor, resource }: RecordingSubject, end: RecordingEnd | undefined): RecordingFacts {
  return { recording, resource, principals: [principal, ...actingFor].map(({ issuer, subject }) => `${issuer}|${subject}`), endedMs: end?.endedMs }
}

export function encodeJson(value: object): Buffer {
  return Buffer.from(`${JSON.stringify({ v: 1, ...value }, null, 1)}\n`, 'utf8')
}

/** @throws {AuditFault} `recording-invalid` */
export function decodeRecord(bytes: Buffer, recording: string): RecordingRecord {
  const fields = parse(bytes, 'recording.json', recording)
  if (fields.text('recording') !== recording) throw fields.wrong('recording')
  return {
    recording, principal: person(fields.value('principal'), fields), actingFor: fields.list('actingFor').map((one) => person(one, fields)), resource: fields.text('resource'),
    protocol: fields.text('protocol'), client: fields.text('client'), why: fields.text('why'), startedMs: fields.number('startedMs'),
  }
}

/** @throws {AuditFault} `recording-invalid` */
export function decodeEnd(bytes: Buffer, recording: string): RecordingEnd {
  const fields = parse(bytes, 'closed.json', recording)
  return { endedMs: fields.number('endedMs'), how: fields.choice('how', ['closed', 'interrupted']), segments: fields.number('segments'), bytes: fields.number('bytes') }
}

/** @throws {AuditFault} `recording-invalid` */
export function decodeShred(bytes: Buffer, recording: string): ShredRecord {
  const fields = parse(bytes, 'shred.json', recording)
  return { step: fields.choice('step', ['begun', 'done']), request: fields.choice('request', ['expiry', 'shred', 'early-shred']), reason: fields.text('reason'), by: fields.text('by'), atMs: fields.number('atMs') }
}

export function encodeHold({ id, scope, matter, by, atMs }: LegalHold): Buffer {
  return encodeJson({ id, scope: formatHoldScope(scope), matter, by, atMs })
}

/** A hold that cannot be read would hold nothing: nothing may be destroyed then. @throws {AuditFault} `recording-invalid` */
export function decodeHold(bytes: Buffer, id: string): LegalHold {
  const fields = parse(bytes, 'hold', id)
  const scope = parseHoldScope(fields.text('scope'))
  if (typeof scope === 'string' || fields.text('id') !== id) throw fields.wrong('scope')
  return { id, scope, matter: fields.text('matter'), by: fields.text('by'), atMs: fields.number('atMs') }
}

function person(value: unknown, fields: FileFields): RecordedPerson {
  const { issuer, subject, name } = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>> // each field is looked at below
  if (typeof issuer !== 'string' || typeof subject !== 'string' || typeof name !== 'string') throw fields.wrong('principal')
  return { issuer, subject, name }
}

/** One file's object, read field by field. */
class FileFields {
  readonly #fields: ReadonlyMap<string, unknown>
  readonly #what: string

  constructor(fields: ReadonlyMap<string, unknown>, what: string) {
    this.#fields = fields
    this.#what = what
  }

  wrong(field: string): AuditFault { return new AuditFault('recording-invalid', `${this.#what}: ${field} is missing or wrong`) }
  value(field: string): unknown { return this.#fields.get(field) }

  list(field: string): readonly unknown[] {
    const value = this.#fields.get(field)
    if (!Array.isArray(value)) throw this.wrong(field)
    return value
  }

  text(field: string): string {
    const value = this.#fields.get(field)
    if (typeof value !== 'string') throw this.wrong(field)
    return value
  }

  number(field: string): number {
    const value = this.#fields.get(field)
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw this.wrong(field)
    return value
  }

  choice<T extends string>(field: string, choices: readonly T[]): T {
    const choice = choices.find((one) => one === this.#fields.get(field))
    if (choice === undefined) throw this.wrong(field)
    return choice
  }
}

function parse(bytes: Buffer, file: string, id: string): FileFields {
  const what = `${file} of ${id}`
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new AuditFault('recording-invalid', `${what}: not JSON`, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new AuditFault('recording-invalid', `${what}: not an object`)
  const fields = new FileFields(new Map(Object.entries(value)), what)
  if (fields.number('v') !== 1) throw fields.wrong('v')
  return fields
}
