/**
 * Masks must not come back as data: a masked caller that reads `[redacted]` or a token and writes it again would destroy the record. Statements
 * that write are searched for what masks write, in their text, their parameters and the data of COPY. Integrity, not secrecy: a text
 * put together by the server from parts is not found, and neither are years and three-digit ZIP codes, which look like data.
 */
import { holdsMask, MAX_MASK_LENGTH } from '@doorward/phi'
import type { StatementPlan } from '@doorward/sql'
import { decodeFrontend } from '../frontend.ts'

/** What the caller gave: the statement's text, and the frame of its parameters. */
export interface Given {
  readonly text: string
  /** A whole Bind frame; undefined: no parameters. */
  readonly bind: Buffer | undefined
}

/** @returns whether a statement that writes carries a mask. */
export function writesMask(plan: StatementPlan, given: Given): boolean {
  const { understanding } = plan
  if (understanding.kind !== 'understood' || !understanding.effects.some((effect) => effect.action === 'create' || effect.action === 'update')) return false
  return holdsMask(given.text) || (given.bind !== undefined && parametersOf(given.bind).some((cell) => cell !== null && holdsMask(cell.toString('utf8'))))
}

/** Text types have the same bytes in both formats; in others a mask cannot stand. */
function parametersOf(bind: Buffer): readonly (Buffer | null)[] {
  const message = decodeFrontend({ tag: bind[0] ?? 0, body: bind.subarray(5) })
  return message.kind === 'bind' ? message.parameters : []
}

/** Looks through COPY data as it streams; a mask may be cut by a frame's end. */
export class MaskFinder {
  #before = ''

  /** @returns whether a mask has been seen. */
  push(data: Buffer): boolean {
    const text = this.#before + data.toString('latin1')
    this.#before = text.slice(-MAX_MASK_LENGTH)
    return holdsMask(text)
  }
}
