/**
 * Redacts texts of a plain lexical form without the scanner, whose answer for 2 kB takes longer than everything else that is read of them. Plain: ASCII
 * but for what stands in quotes; words, numbers of digits, parameters, quoted strings without backslashes or doubled quotes, and signs; no
 * comments, no quoted names, no prefixed strings, one statement. INVARIANT: either exactly what redactTokens makes of the scanner's tokens, or undefined.
 * Source: PostgreSQL, Lexical Structure; scan.l.
 */

/** Redacting makes a text of this form no longer, so none of these is cut (MAX_REDACTED_BYTES). */
const MAX_PLAIN_LENGTH = 16_000

/** A longer one is shown as `"?"`, see redact.ts. */
const MAX_NAME_LENGTH = 63

/**
 * One token of a plain text, or the blanks between two. Each alternative says what must not follow, so that none ends where the scanner would go on:
 * E'', U&'' and their kin behind a word, an exponent or a further dot behind digits, a string that is continued behind blanks. No sign begins a comment.
 */
const PLAIN = new RegExp([
  String.raw`[ \t\n\r]+`,
  String.raw`[A-Za-z_][A-Za-z0-9_]*(?![A-Za-z0-9_$]|&?')`,
  String.raw`[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_$.'])`,
  String.raw`\$[0-9]{1,5}(?![A-Za-z0-9_$.'])`,
  String.raw`'[^'\\]*'(?!\s*')`,
  String.raw`(?!--|\/\*)[-+*/<>=~!@#%^&|?](?![-+*/<>=~!@#%^&|?]{32})`,
  String.raw`[,()[\]:]|\.(?![0-9])|;(?=[ \t\n\r]*$)`,
].join('|'), 'y')

const BLANK = /[ \t\n\r]/

/** What these assign are bare words: redact.ts, SettingWatch. */
const ASSIGNING = /^[ \t\n\r]*(?:set|alter)\b/i

/** @param text without NUL, that parses. @returns undefined for what is not of the form. */
export function redactPlain(text: string): string | undefined {
  if (text.length > MAX_PLAIN_LENGTH || ASSIGNING.test(text)) return undefined
  const token = new RegExp(PLAIN)
  let redacted = ''
  let isBehindBlank = false
  for (let start = 0; start < text.length; start = token.lastIndex) {
    if (!token.test(text)) return undefined
    const first = text.charAt(start)
    const isBlank = BLANK.test(first)
    if (!isBlank) {
      if (isBehindBlank && redacted !== '') redacted += ' '
      redacted += first === '\'' || isDigit(first) ? '?' : shown(text.slice(start, token.lastIndex))
    }
    isBehindBlank = isBlank
  }
  return redacted
}

function isDigit(character: string): boolean { return character >= '0' && character <= '9' }

/** A word, a parameter or a sign; of these a word alone is ever so long. */
function shown(token: string): string { return token.length > MAX_NAME_LENGTH ? '"?"' : token }
