/**
 * Definitions out of the catalog (view texts, defaults, checks, partition bounds, function sources) for a masked caller: the same text,
 * but a literal that could be somebody's value gives way to a mark. A heuristic, and strict: what may stay is listed below.
 *
 * Known to miss: a value of at most three letters or digits; a date on the first of a month; a number of at most four digits; a value
 * spelled as an identifier (a column's name, an enum's label), for names are open; in a body that is no SQL (Perl, Python), what no
 * quote of SQL surrounds.
 * Where it stops: only whole texts as the catalog gives them. A piece cut out of one may begin inside a literal.
 */

/** What stands where a literal stood. */
export const REDACTED_LITERAL = '[redacted]'

/** Literals that are words of the trade: settings, units, flags, text search configurations, states. Nobody's value. */
const COMMON_WORDS: ReadonlySet<string> = new Set([
  'active', 'inactive', 'enabled', 'disabled', 'pending', 'draft', 'open', 'closed', 'done', 'failed', 'queued', 'running', 'deleted', 'archived', 'default', 'unknown',
  'other', 'none', 'null', 'true', 'false', 'male', 'female', 'user', 'admin', 'public', 'private', 'internal', 'external', 'system', 'info', 'warning', 'error', 'debug',
  'simple', 'english', 'german', 'french', 'italian', 'spanish', 'portuguese', 'dutch', 'danish', 'swedish', 'norwegian', 'finnish', 'russian', 'turkish',
  'epoch', 'millennium', 'century', 'decade', 'year', 'quarter', 'month', 'week', 'hour', 'minute', 'second', 'days', 'hours', 'minutes', 'seconds', 'weeks', 'months',
  'years', 'today', 'tomorrow', 'yesterday', 'infinity', 'utf8', 'base64', 'escape', 'json', 'jsonb', 'text', 'xml', 'array', 'object', 'string', 'number', 'boolean',
  'insert', 'update', 'delete', 'truncate', 'select', 'before', 'after', 'yyyy', 'hh24',
])

/** A literal followed by one of these casts names an object of the catalog. */
const CATALOG_NAME = /^::(?:pg_catalog\.)?reg(?:class|config|dictionary|proc|procedure|oper|operator|type|role|namespace|collation)\b/

/** Regular expressions: bracket expressions, bounds and class escapes say which characters may stand, not which do. */
const PATTERN_PARTS = /\[\^?\]?[^\]]*\]|\{\d{1,3}(?:,\d{0,3})?\}|\\[dwsDWSmMyYAZ]/g

const DATE = /^\d{4}-\d{2}-01(?:[ T]00:00:00(?:[+-]00(?::?00)?)?)?$/
const NUMBER = /^-?\d{1,4}(?:\.\d{1,3})?$/

/** @returns whether a literal's content may be shown. */
function isPlain(content: string): boolean {
  if (DATE.test(content) || NUMBER.test(content)) return true
  const words = content.replaceAll(PATTERN_PARTS, ' ').match(/[\p{L}\p{N}]+/gu) ?? []
  const rest = words.filter(word => !COMMON_WORDS.has(word.toLowerCase()))
  return rest.join('').length <= 3
}

/** An identifier in double quotes (or a text of another language): one word, or no digits to speak of and no address. */
function isPlainName(content: string): boolean {
  return content.length <= 65 && (/^"?[\p{L}_][\p{L}\p{N}_]*"?$/u.test(content) || !/\d[\d -]{3,}\d|@/.test(content))
}

/** One token: a body, a string, a quoted identifier, a comment, a parameter, a number, a word, anything else. */
const TOKEN = new RegExp([
  /(?<dollar>\$(?<tag>[\p{L}_][\p{L}\p{N}_]*|)\$(?<body>[\s\S]*?)\$\k<tag>\$)/u,
  /(?<escape>[eE]'(?:[^'\\]|''|\\[\s\S])*')/u,
  /(?<string>'(?:[^']|'')*')/u,
  /(?<name>"(?:[^"]|"")*")/u,
  /(?<line>--[^\r\n]*)/u,
  /(?<block>\/\*(?:[^*]|\*(?!\/))*\*\/)/u,
  /(?<number>\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)/u,
  /(?<rest>\$\d{1,4}(?!\d)|[\p{L}_][\p{L}\p{N}_$]*|[\s\S])/u,
].map(part => part.source).join('|'), 'gu')

/** pg_get_functiondef quotes a body so, with as many `x` as it takes. */
const BODY_TAG = /^(?:function|procedure)x*$/

/** Longer texts are not looked through. */
const MAX_LENGTH = 1_000_000

/** @param text A definition as the catalog gives it, whole. @returns the same text with literals that could be values replaced. */
export function redactDefinition(text: string): string {
  if (text.length > MAX_LENGTH) return REDACTED_LITERAL
  let result = ''
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match
    if (token === "'" || token === '"' || token === '$') return result + REDACTED_LITERAL // opens what nothing ends
    result += redactToken(token, match.groups ?? {}, text.slice(match.index + token.length, match.index + token.length + 40))
  }
  return result
}

/** @param following What stands behind the token: enough of it to hold a cast. */
function redactToken(token: string, groups: Readonly<Record<string, string | undefined>>, following: string): string {
  const { tag, body, escape, string, name, line, block, number } = groups
  if (tag !== undefined && body !== undefined) return redactDollar(tag, body, token)
  if (escape !== undefined) return redactString(token, escape.slice(2, -1).replaceAll('\\\\', '\\'), following)
  if (string !== undefined) return redactString(token, string.slice(1, -1), following)
  if (name !== undefined) return isPlainName(name) ? token : `"${REDACTED_LITERAL}"`
  if (line !== undefined) return isPlain(line) ? token : '--'
  if (block !== undefined) return isPlain(block) ? token : '/* */'
  if (number !== undefined) return NUMBER.test(number) ? token : '0'
  return token
}

/** A function's body is a text of its own; between other dollars stands a literal. */
function redactDollar(tag: string, body: string, token: string): string {
  if (BODY_TAG.test(tag)) return `$${tag}$${redactDefinition(body)}$${tag}$`
  return isPlain(body) ? token : `$${tag}$${REDACTED_LITERAL}$${tag}$`
}

function redactString(token: string, content: string, following: string): string {
  return isPlain(content) || (CATALOG_NAME.test(following) && isPlainName(content)) ? token : `'${REDACTED_LITERAL}'`
}
