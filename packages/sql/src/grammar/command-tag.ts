/** What the server calls a command, and the `unknown` that every reader falls back to. Source: tcop/utility.c, CreateCommandTag. */
import type { UnknownStatement } from './raw-statement.ts'

/** @param tags What CommandComplete may say instead of the command's own name. */
export function tagged(command: string, ...tags: readonly string[]): { readonly command: string; readonly tags: readonly string[] } {
  return { command, tags: tags.length === 0 ? [command] : tags }
}

/** @param reason Literal-free: a node's or field's name, or which proof failed. */
export function unknownStatement(command: string, reason: string): UnknownStatement {
  return { kind: 'unknown', command, tags: [], reason }
}
