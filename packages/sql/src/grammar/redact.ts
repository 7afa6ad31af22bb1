/**
 * How a statement is told apart in log and approvals without any of its values: digest of its bytes, fingerprint, and its text rebuilt
 * from the scanner's tokens with every literal and comment replaced. Nothing is copied from between the tokens. A name that is not
 * plainly one (quoted, and with characters that a value might have) is replaced too, as are the bare words that SET assigns.
 *
 * Known to stay: what a caller writes as a plain name (`select 1 as smith`). The digest and the fingerprint are no secret keepers:
 * whoever holds the text can compute them.
 */
import { createHash } from 'node:crypto'
import type { StatementIdentity } from '@doorward/core'
import type { Grammar, Token } from './grammar.ts'
import { redactPlain } from './redact-plain.ts'

/** Longest redacted text, bytes of UTF-8 (it is ASCII), mark included. */
export const MAX_REDACTED_BYTES = 16_384

const MARK = ' ...(cut)'

/** Fingerprint of a text that does not parse. */
export const NO_FINGERPRINT = 'unparsed'

/** A longer text is scanned only so far, bytes: more would not be shown, and the scanner's answer is thirty times its text. */
const SCANNED_BYTES = 16_384

/** @param text One statement, or the whole text of a simple Query. */
export function identify(grammar: Grammar, text: string): StatementIdentity {
  const bytes = Buffer.from(text, 'utf8')
  const digest = createHash('sha256').update(bytes).digest('hex')
  const fingerprint = grammar.fingerprint(text)
  const redactedText = fingerprint === undefined ? undefined : redactText(grammar, text, bytes)
  return { digest, fingerprint: fingerprint ?? NO_FINGERPRINT, redactedText: redactedText ?? `(unparsed text of ${bytes.length} bytes)` }
}

/** As {@link identify} for a text that no parser may see: too long, or refused by guard-text.ts. */
export function identifyUnparsed(bytes: Uint8Array): StatementIdentity {
  const digest = createHash('sha256').update(bytes).digest('hex')
  return { digest, fingerprint: NO_FINGERPRINT, redactedText: `(unparsed text of ${bytes.length} bytes)` }
}

function redactText(grammar: Grammar, text: string, bytes: Buffer): string | undefined {
  if (bytes.length > SCANNED_BYTES) return redactBeginning(grammar, bytes)
  const plain = redactPlain(text)
  if (plain !== undefined) return plain
  const scanned = grammar.scan(text)
  return scanned.kind === 'scanned' ? redactTokens(scanned.tokens) : undefined
}

/**
 * Tokens are read from left to right, so those of a beginning are those of the whole, but for the last one, which the cut may have
 * changed: it is left out. Where the cut falls into a string, a quoted name or a comment, one of the closers ends it.
 */
function redactBeginning(grammar: Grammar, bytes: Buffer): string {
  let end = SCANNED_BYTES
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1 // not within a character
  const beginning = bytes.toString('utf8', 0, end)
  const tags = new Set(beginning.match(/\$(?:[A-Za-z_\x80-\uffff][A-Za-z0-9_\x80-\uffff]*)?\$/g)?.slice(-8))
  for (const closer of ['', "'", "''", '"', '*/', ...tags]) {
    const scanned = grammar.scan(beginning + closer)
    if (scanned.kind === 'scanned') return redactTokens(scanned.tokens.slice(0, -1)) + MARK
  }
  return `(text of ${bytes.length} bytes, not shown)`
}

/** The text of tokens that parse, literal-free; see above. */
export function redactTokens(tokens: readonly Token[]): string {
  let text = ''
  let end: number | undefined
  const setting = new SettingWatch()
  for (const token of tokens) {
    const shown = setting.isValue(token) ? REPLACED : redactToken(token)
    const gap = end !== undefined && token.start > end ? ' ' : ''
    if (text.length + gap.length + shown.length + MARK.length > MAX_REDACTED_BYTES - MARK.length) return text + MARK
    text += gap + shown
    end = token.end
  }
  return text
}

/** Follows `SET name = values`, `SET TIME ZONE value`, and the same in ALTER ROLE, DATABASE and SYSTEM, where a bare word is a literal. */
class SettingWatch {
  #state: 'start' | 'alter' | 'set' | 'value' | 'other' = 'start'

  isValue(token: Token): boolean {
    if (token.kind === 'comment') return false
    const word = token.text.toLowerCase()
    if (word === ';') this.#state = 'start'
    else if (this.#state === 'start') this.#state = word === 'set' ? 'set' : word === 'alter' ? 'alter' : 'other'
    else if (this.#state === 'alter' && !ALTER_WITH_SETTING.has(word)) this.#state = 'other'
    else if (this.#state === 'alter') this.#state = 'set'
    else if (this.#state === 'set' && (word === '=' || word === 'to' || word === 'zone')) this.#state = 'value'
    else if (this.#state === 'value') return token.kind !== 'operator'
    return false
  }
}

const ALTER_WITH_SETTING: ReadonlySet<string> = new Set(['role', 'user', 'database', 'system'])

const REPLACED = '?'

function redactToken(token: Token): string {
  switch (token.kind) {
    case 'keyword': case 'operator': return isPlain(token.text) ? token.text : REPLACED
    case 'parameter': return PARAMETER.test(token.text) ? token.text : REPLACED
    case 'identifier': return redactName(token.text)
    case 'comment': return '/* */'
    case 'string': case 'number': case 'bits': case 'unknown': return REPLACED
  }
}

/** Bind counts parameters in 16 bits; a longer number is a value in disguise. */
const PARAMETER = /^\$[0-9]{1,5}$/

/** ASCII without blanks or quotes: what keywords and operators are made of. */
function isPlain(text: string): boolean { return /^[!#-&(-~]{1,64}$/.test(text) }

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/

/** A quoted name keeps its quotes if what they hold would be a plain name too. */
function redactName(text: string): string {
  if (PLAIN_NAME.test(text)) return text
  const inside = text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : ''
  return PLAIN_NAME.test(inside) ? text : '"?"'
}
