/** What an answer says of itself, held against what was allowed: its columns, and the command tag at its end. Pure. */
import type { FieldDescription } from '@doorward/sql'
import { decodeBackend } from '../backend.ts'
import type { Field } from '../backend-message.ts'
import type { Frame } from '../frame.ts'
import { SessionFault } from './session-fault.ts'

/** @returns the columns of a RowDescription. @throws {SessionFault} `unexpected-result` where they are not those that were predicted. */
export function readDescription(predicted: readonly FieldDescription[] | undefined, frame: Frame): readonly Field[] {
  const message = decodeBackend(frame)
  if (message.kind !== 'rowDescription') throw new SessionFault('unexpected-result', 'a row description that is none')
  requireAsPredicted(predicted, message.fields)
  return message.fields
}

/** The prediction must hold to the last attribute number: a mask is planned by position. @throws {SessionFault} `unexpected-result` */
function requireAsPredicted(predicted: readonly FieldDescription[] | undefined, actual: readonly Field[]): void {
  if (predicted === undefined) throw new SessionFault('unexpected-result', `${actual.length} columns where the analysis predicts none`)
  if (predicted.length !== actual.length) throw new SessionFault('unexpected-result', `${actual.length} columns, the analysis predicts ${predicted.length}`)
  for (const [index, field] of actual.entries()) {
    const expected = predicted[index]
    if (expected === undefined || expected.tableOid !== field.tableOid || expected.attribute !== field.attribute || expected.typeOid !== field.typeOid) {
      throw new SessionFault('unexpected-result', `column ${index + 1} is not the one that was analysed (table ${field.tableOid}, attribute ${field.attribute}, type ${field.typeOid})`)
    }
  }
}

/** `SELECT 5` to `SELECT`, `INSERT 0 1` to `INSERT`. PostgreSQL, Message Formats, CommandComplete. */
export function withoutCount(tag: string): string {
  const space = tag.lastIndexOf(' ')
  if (space < 0 || space + 1 === tag.length) return tag
  for (let at = space + 1; at < tag.length; at += 1) if (tag.charCodeAt(at) < DIGIT_0 || tag.charCodeAt(at) > DIGIT_9) return tag
  const command = tag.slice(0, space)
  return command === 'INSERT 0' ? 'INSERT' : command
}

const DIGIT_0 = 0x30
const DIGIT_9 = 0x39

/** `UPDATE 5` is 5; a command that tells no number may have touched everything: TRUNCATE, DROP TABLE. */
export function countOf(result: string): number {
  if (result === '' || result.startsWith('SQLSTATE ') || result === 'portal suspended') return 0
  const count = / (\d+)$/.exec(result)?.[1]
  return count === undefined ? 1 : Number(count)
}
