/**
 * Errors and notices for a caller whose PHI is masked. INVARIANT: what comes out follows from the SQLSTATE, the severity and the position in
 * the caller's own text, from names of the catalog, and from which of its few constant messages the server chose; no field that may hold a
 * value of a row survives.
 *
 * The SQLSTATE is kept. Whether an error of a given kind is raised can depend on data; a statement for which it does was refused before.
 * Source: PostgreSQL, Error and Notice Message Fields.
 */
import { CLASS_TEXTS, CONDITION_TEXTS, CONSTANT_HINTS, CONSTANT_MESSAGES } from './condition-texts.table.ts'

/** @returns whether a text is a name of the target's catalog, of the kind that the field holds: schema, table, column, type, constraint. */
export type IsCatalogName = (field: 's' | 't' | 'c' | 'd' | 'n', name: string) => boolean

/** For a SQLSTATE that is none: XX000, internal error. */
const UNKNOWN_SQLSTATE = 'XX000'
/** For a SQLSTATE of no known class: user code may raise any. */
const UNKNOWN_TEXT = 'the statement raised a condition of its own'
const NOTICE_TEXT = 'notice without its text'
/** Untranslated severities; `S` is translated by the server's locale and is replaced by these. */
const SEVERITIES: ReadonlySet<string> = new Set(['ERROR', 'FATAL', 'PANIC', 'WARNING', 'NOTICE', 'DEBUG', 'INFO', 'LOG'])
const NAME_FIELDS = ['s', 't', 'c', 'd', 'n'] as const
/** SQLSTATE classes in which the server itself fills the name fields. */
const NAMING_CLASSES: ReadonlySet<string> = new Set(['22', '23', '42', '55'])

/**
 * Kept: severity, SQLSTATE, position; the hint where it is one of the parser's constants; the message where it is the server's constant one for
 * its SQLSTATE; names where `isCatalogName` confirms them (a function's RAISE can put any text there). Any other message becomes the condition's name. Detail, context, internal query and its position,
 * source file, line and routine go, and every field that is not known.
 *
 * @param fields by their one-character codes.
 * @param isCatalogName absent: no names are kept.
 */
export function rewriteErrorFields(fields: ReadonlyMap<string, string>, isCatalogName: IsCatalogName = () => false): Map<string, string> {
  const severity = fields.get('V') ?? fields.get('S') ?? ''
  const shown = SEVERITIES.has(severity) ? severity : 'ERROR'
  const given = fields.get('C') ?? ''
  const sqlState = /^[0-9A-Z]{5}$/.test(given) ? given : UNKNOWN_SQLSTATE
  const message = fields.get('M') ?? ''
  const rewritten = new Map([['S', shown], ['V', shown], ['C', sqlState], ['M', CONSTANT_MESSAGES.get(sqlState)?.has(message) === true ? message : conditionText(sqlState)]])
  const hint = fields.get('H')
  if (hint !== undefined && CONSTANT_HINTS.has(hint)) rewritten.set('H', hint)
  const position = fields.get('P')
  if (position !== undefined && /^[1-9]\d{0,9}$/.test(position)) rewritten.set('P', position)
  if (!NAMING_CLASSES.has(sqlState.slice(0, 2))) return rewritten
  for (const field of NAME_FIELDS) {
    const name = fields.get(field)
    if (name !== undefined && isCatalogName(field, name)) rewritten.set(field, name)
  }
  return rewritten
}

/** The text for a SQLSTATE: its condition, else its class, else one text for all others. 00000 is what notices without a code of their own have. */
export function conditionText(sqlState: string): string {
  return sqlState === '00000' ? NOTICE_TEXT : CONDITION_TEXTS.get(sqlState) ?? CLASS_TEXTS.get(sqlState.slice(0, 2)) ?? UNKNOWN_TEXT
}
