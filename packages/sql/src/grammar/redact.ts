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

/** Longest redacted text, bytes of UTF-8 (it is ASCII), mark included. */
export const MAX_REDACTED_BYTES = 16_384

const MARK = ' ...(cut)'

/** Fingerprint of a text that does not parse. */
export const NO_FINGERPRINT = 'unparsed'

/** @param text One statement, or the whole text of a simple Query. */
export function identify(grammar: Grammar, text: string): StatementIdentity {
  const bytes = Buffer.from(text, 'utf8')
  const digest = createHash('sha256').update(bytes).digest('hex')
  const fingerprint = grammar.fingerprint(text)
  const scanned = fingerprint === undefined ? undefined : grammar.scan(text)
  if (fingerprint === undefined || scanned?.kind !== 'scanned') {
    return { digest, fingerprint: fingerprint ?? NO_FINGERPRINT, redactedText: `(unparsed text of ${bytes.length} bytes)` }
  }
  return { digest, fingerprint, redactedText: redactTokens(scanned.tokens) }
}

/** The text of tokens that parse, literal-free; see above. */
export function redactTokens(tokens: readonly Token[]): string {
  let text = ''
  let end: number | undefined
  const setting = new SettingWatch()
  for (const token of tokens) {
    const shown = setting.isValue(token) ? REPLACED : redactToken(token)
    const gap = end !== undefined && token.start > end ? ' ' : ''
    if (text.length + gap.length + shown.length + MARK.length > MAX_REDACTED_BYTES) return text + MARK
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
