/**
 * Two answers side by side: what a client sees of each, byte by byte, but for what differs between two databases, or between two tries in
 * one, without any patient's doing. Each such thing is named here with its reason, and nothing else is overlooked.
 */
import { decodeFields, FieldReader, type BackendFrame } from '../../packages/testkit/src/pg-client-frames.ts'
import type { Answer } from './wire.ts'

/** OIDs from here on belong to objects that users made: the server counts them through all of its databases (access/transam.h). */
const FIRST_USER_OID = 16_384

export interface Names { /** Of databases and resources, replaced by one word. */ readonly databases: readonly string[] }

/** What became of a statement, for the count. */
export type Outcome = 'executed' | 'refused' | 'failed' | 'timed-out' | 'ended'

/** @returns the first place where two answers differ; undefined: equal. */
export function firstDifference(left: Answer, right: Answer, names: Names): { readonly at: number; readonly left: string; readonly right: string } | undefined {
  const length = Math.max(left.frames.length, right.frames.length)
  for (let at = 0; at < length; at += 1) {
    const [a, b] = [left.frames[at], right.frames[at]]
    if (a !== undefined && b !== undefined && a.tag === b.tag && a.body.equals(b.body)) continue
    const [one, other] = [comparable(a, names), comparable(b, names)]
    if (one !== other) return { at, left: one, right: other }
  }
  return left.end === right.end ? undefined : { at: length, left: left.end, right: right.end }
}

/** One frame as text, without what is not a patient's doing. */
export function comparable(frame: BackendFrame | undefined, names: Names): string {
  if (frame === undefined) return 'nothing'
  const { tag, body } = frame
  if (tag === 'T') return `T ${describeColumns(body)}`
  // Process ids of sessions.
  if (tag === 'A') return `A ${body.subarray(4).toString('latin1')}`
  // The number of a session's temporary schema is a slot of the server; the databases of the two worlds have different names.
  let text = body.toString('latin1').replace(/pg_(toast_)?temp_\d+/g, 'pg_temp')
  for (const name of names.databases) text = text.replaceAll(name, 'database')
  // What EXPLAIN measured with a clock.
  if (tag === 'D') text = text.replace(/((?:Planning|Execution)[ -]Time(?:>|"?: ))\d+\.\d+/g, '$1measured').replace(/actual time=[\d.]+/g, 'actual time=measured')
  // Every statement has its own receipt.
  if (tag === 'E' || tag === 'N') text = text.replace(/receipt[\s:#=]*[\w./+=-]+/gi, 'receipt')
  return `${tag} ${text}`
}

/** A row description: names, origins, types, sizes, modifiers, formats; objects that users made by that word instead of their OID. */
function describeColumns(body: Buffer): string {
  const read = new FieldReader(body)
  const own = (oid: number): string => (oid >= FIRST_USER_OID ? 'own' : String(oid))
  return Array.from({ length: read.int16() }, () => {
    const name = read.text()
    const [table, attribute, type, size, modifier, format] = [read.uint32(), read.int16(), read.uint32(), read.int16(), read.int32(), read.int16()]
    return `${name}:${own(table)}.${attribute}:${own(type)}:${size}:${modifier}:${format}`
  }).join(' ')
}

export function errorsOf(answer: Answer): readonly ReadonlyMap<string, string>[] {
  return answer.frames.filter(({ tag }) => tag === 'E').map(({ body }) => decodeFields(body))
}

/** `refused`: Doorward said no. `failed`: the server did. `ended`: Doorward ended the session, or somebody did. */
export function outcomeOf(answer: Answer): Outcome {
  if (answer.end === 'late') return 'timed-out'
  const errors = errorsOf(answer)
  if (errors.some((fields) => fields.get('C') === '57014')) return 'timed-out'
  if (answer.end === 'closed') return 'ended'
  if (errors.some((fields) => isRefusal(fields))) return 'refused'
  return errors.length > 0 ? 'failed' : 'executed'
}

function isRefusal(fields: ReadonlyMap<string, string>): boolean {
  return /^refused: /.test(fields.get('M') ?? '')
}

/** The first error's words, short, for a table of reasons: names and numbers taken out. */
export function reasonOf(answer: Answer): string {
  const [fields] = errorsOf(answer)
  if (fields === undefined) return answer.end
  return `${fields.get('C') ?? ''} ${fields.get('M') ?? ''}`.replace(/ ?\(receipt[^)]*\)/g, '').slice(0, 160)
}

/** A few lines of an answer, for a person. */
export function showAnswer(answer: Answer, names: Names): string {
  const lines = answer.frames.slice(0, 12).map((frame) => shorten(printable(comparable(frame, names))))
  return [...lines, ...(answer.frames.length > 12 ? [`... ${answer.frames.length - 12} more messages`] : []), answer.end].join('\n')
}

export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => (character === '\0' ? '|' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`))
}

function shorten(text: string): string {
  return text.length > 240 ? `${text.slice(0, 240)}...` : text
}
