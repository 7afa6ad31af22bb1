/**
 * SASLprep as libpq and the server do it: a password that the profile forbids is used as it is, not refused. Sources: RFC 4013,
 * RFC 3454; PostgreSQL, common/saslprep.c.
 *
 * Known to miss, both only for passwords that are not in NFKC form already: code points unassigned in Unicode 3.2 (table A.1) do
 * not fall back to the raw text, and the bidirectional rule (RFC 3454 §6) takes any letter of another script for left-to-right.
 */

/** RFC 3454 table C.1.2: spaces that become U+0020. */
const OTHER_SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu
/** RFC 3454 table B.1: commonly mapped to nothing. Zero width space (U+200B) is in C.1.2 too, and libpq asks there first. */
// oxlint-disable-next-line no-misleading-character-class -- the table lists code points, joined to nothing
const MAPPED_TO_NOTHING = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/gu
/** RFC 3454 tables C.1.2, C.2.1, C.2.2, C.3 to C.9: what may not remain. */
const PROHIBITED = new RegExp('[' +
  '\\u00a0\\u1680\\u2000-\\u200b\\u202f\\u205f\\u3000' + // C.1.2
  '\\u0000-\\u001f\\u007f-\\u009f\\u06dd\\u070f\\u180e\\u200c\\u200d\\u2028\\u2029\\u2060-\\u2063\\u206a-\\u206f\\ufeff\\ufff9-\\ufffc\\u{1d173}-\\u{1d17a}' + // C.2
  '\\ue000-\\uf8ff\\u{f0000}-\\u{ffffd}\\u{100000}-\\u{10fffd}' + // C.3
  '\\ufdd0-\\ufdef\\p{Noncharacter_Code_Point}' + // C.4
  '\\ud800-\\udfff' + // C.5
  '\\ufffd' + // C.6
  '\\u2ff0-\\u2ffb' + // C.7
  '\\u0340\\u0341\\u200e\\u200f\\u202a-\\u202e' + // C.8
  '\\u{e0001}\\u{e0020}-\\u{e007f}' + // C.9
  ']', 'u')
/** RFC 3454 table D.1, by script. */
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\u200f\ufb1d-\ufdff\ufe70-\ufefc]/u
const LETTER = /\p{L}/u
const ASCII = /^[\0-\x7f]*$/

/** The form of a password that both sides derive keys from. Passwords of ASCII stay as they are, control characters included. */
export function saslPrep(password: string): string {
  if (ASCII.test(password)) return password
  const prepared = password.replace(OTHER_SPACES, ' ').replace(MAPPED_TO_NOTHING, '').normalize('NFKC')
  return prepared === '' || PROHIBITED.test(prepared) || isMixedDirection(prepared) ? password : prepared
}

/** RFC 3454 §6: right-to-left text may hold no left-to-right letter, and starts and ends right-to-left. */
function isMixedDirection(text: string): boolean {
  const characters = Array.from(text)
  if (!characters.some((character) => RIGHT_TO_LEFT.test(character))) return false
  if (characters.some((character) => LETTER.test(character) && !RIGHT_TO_LEFT.test(character))) return true
  return !RIGHT_TO_LEFT.test(characters[0] ?? '') || !RIGHT_TO_LEFT.test(characters.at(-1) ?? '')
}
