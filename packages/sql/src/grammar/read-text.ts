/** A whole text, read: split, each piece named and identified. Synchronous; text-reader.ts decides where it runs. */
import type { StatementIdentity } from '@doorward/core'
import type { Grammar, GrammarFailure } from './grammar.ts'
import type { Piece } from './raw-statement.ts'
import { identify, identifyUnparsed } from './redact.ts'
import { splitText } from './split.ts'
import { readStatement } from './utility.ts'

/**
 * No reading, so no permission. `time`: it took too long. `busy`: too many texts wait. `too-many`: more statements than the limit.
 * Others as in {@link GrammarFailure}.
 */
export interface FailedReading {
  readonly kind: 'failed'
  readonly reason: GrammarFailure['reason'] | 'time' | 'busy' | 'too-many'
  readonly identity: StatementIdentity
}

export type TextReading =
  | {
    readonly kind: 'read'
    /** At least one. INVARIANT: they follow each other without gap and cover the text. */
    readonly pieces: readonly Piece[]
  }
  | {
    readonly kind: 'syntax-error'
    /** May quote the text: for the caller who wrote it, never for the log. */
    readonly message: string
    /** Code points from 0. */
    readonly position: number | undefined
    readonly identity: StatementIdentity
  }
  | FailedReading

/** @param maxStatements More statements than these are not read: `too-many`. */
export function readTextWith(grammar: Grammar, text: string, maxStatements: number): TextReading {
  const split = splitText(grammar, text, maxStatements)
  switch (split.kind) {
    case 'failed': return { kind: 'failed', reason: split.reason, identity: identifyUnparsed(Buffer.from(text, 'utf8')) }
    case 'syntax-error': {
      return { kind: 'syntax-error', message: split.message, position: split.position, identity: identifyUnparsed(Buffer.from(text, 'utf8')) }
    }
    case 'split': {
      const pieces = split.pieces.map((piece) => ({
        start: piece.start, length: piece.length, text: piece.text,
        statement: piece.node && readStatement(grammar, piece.node, piece.text), identity: identify(grammar, piece.text),
      }))
      return { kind: 'read', pieces }
    }
  }
}
