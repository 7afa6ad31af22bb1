/**
 * Text out of the system catalogs for a masked caller: what people wrote into view definitions, defaults, constraints, function bodies and
 * comments may hold somebody's value. Definitions lose their literals, comments that PostgreSQL did not come with are masked. Introspection
 * goes on otherwise: an empty text and NULL stay what they are. Pure.
 */
import { redactDefinition } from '@doorward/sql'
import { decodeBackend } from '../backend.ts'
import { encodeDataRow } from '../backend-encode.ts'
import { TransformFault } from './transform-fault.ts'

export interface CatalogTextOutput {
  readonly output: number
  readonly holds: 'definition' | 'comment' | 'datum'
  /** `whole`: the cell is one text; `collected`: an array of them; `derived`: computed from one. */
  readonly flow: 'whole' | 'collected' | 'derived'
}

export interface CatalogTextField { readonly typeOid: number; readonly format: number }

/** One DataRow body in, one out. */
export type RewriteRow = (body: Buffer) => Buffer

/** What stands for a text that cannot be shown. */
const WITHHELD = Buffer.from('[redacted]', 'utf8')
/** text, varchar, name, bpchar, char, pg_node_tree: their binary form is their text. PostgreSQL, pg_type. */
const TEXTS: ReadonlySet<number> = new Set([25, 1043, 19, 1042, 18, 194, 2275])
/** text[], name[], varchar[]. */
const TEXT_ARRAYS: ReadonlySet<number> = new Set([1009, 1003, 1015])
/** 'D', Int32 length. */
const HEADER = 5

/** @param isShownComment whether a comment may be shown. @returns undefined: nothing to rewrite. */
export function planCatalogTexts(fields: readonly CatalogTextField[], texts: readonly CatalogTextOutput[], isShownComment: (text: string) => boolean): RewriteRow | undefined {
  if (texts.length === 0) return undefined
  const rewriters = texts.map((text) => ({ output: text.output, rewrite: rewriterOf(fields[text.output], text, isShownComment) }))
  return (body) => {
    const row = decodeBackend({ tag: 0x44, body })
    if (row.kind !== 'dataRow') throw new TransformFault('column-count', 'a row that is none')
    const cells = [...row.cells]
    for (const { output, rewrite } of rewriters) {
      const cell = cells[output]
      if (cell === undefined) throw new TransformFault('column-count', `${cells.length} columns, expected more than ${output}`)
      if (cell !== null && cell.length > 0) cells[output] = rewrite(cell)
    }
    return encodeDataRow(cells).subarray(HEADER)
  }
}

type RewriteCell = (cell: Buffer) => Buffer | null

function rewriterOf(field: CatalogTextField | undefined, text: CatalogTextOutput, isShownComment: (text: string) => boolean): RewriteCell {
  if (field === undefined) return () => null
  const isText = TEXTS.has(field.typeOid)
  const withheld: RewriteCell = () => (isText ? WITHHELD : null)
  if (text.holds === 'datum' || text.flow === 'derived') return withheld
  const show = text.holds === 'definition' ? redactDefinition : (value: string): string => (isShownComment(value) ? value : WITHHELD.toString('utf8'))
  if (text.flow === 'whole') return isText ? (cell) => Buffer.from(show(cell.toString('utf8')), 'utf8') : withheld
  if (!TEXT_ARRAYS.has(field.typeOid)) return withheld
  return field.format === 0 ? (cell) => rewriteArrayText(cell.toString('utf8'), show) : (cell) => rewriteArrayBinary(cell, show)
}

/** `{a,"b \"c\"",NULL}` of one dimension; anything else is withheld. PostgreSQL, Arrays, Array Input and Output Syntax. */
function rewriteArrayText(text: string, show: (value: string) => string): Buffer | null {
  const elements = parseArrayText(text)
  if (elements === undefined) return null
  // The server quotes as it sees fit: what loses nothing is delivered as it came.
  if (elements.every((element) => element === null || show(element) === element)) return Buffer.from(text, 'utf8')
  const quoted = elements.map((element) => (element === null ? 'NULL' : `"${show(element).replaceAll(/["\\]/g, (sign) => `\\${sign}`)}"`))
  return Buffer.from(`{${quoted.join(',')}}`, 'utf8')
}

/** @returns undefined for more than one dimension, or what is no array. */
export function parseArrayText(text: string): readonly (string | null)[] | undefined {
  if (text === '{}') return []
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined
  const elements: (string | null)[] = []
  let at = 1
  for (;;) {
    const match = ELEMENT.exec(text.slice(at))
    if (match === null) return undefined
    const [whole, quoted, bare] = match
    elements.push(quoted !== undefined ? quoted.replaceAll(/\\([\s\S])/g, '$1') : bare === undefined || bare.toUpperCase() === 'NULL' ? null : bare.replaceAll(/\\([\s\S])/g, '$1'))
    at += whole.length
    const next = text[at]
    if (next === '}' && at === text.length - 1) return elements
    if (next !== ',') return undefined
    at += 1
  }
}

const ELEMENT = /^(?:"((?:[^"\\]|\\[\s\S])*)"|((?:[^"\\{},]|\\[\s\S])+))/

/** Int32 dimensions, Int32 has-null, OID, then length and lower bound, then cells. PostgreSQL, array_send. */
function rewriteArrayBinary(cell: Buffer, show: (value: string) => string): Buffer | null {
  if (cell.length < 12) return null
  const dimensions = cell.readInt32BE(0)
  if (dimensions === 0) return cell
  if (dimensions !== 1 || cell.length < 20) return null
  const parts: Buffer[] = [cell.subarray(0, 20)]
  let at = 20
  for (let left = cell.readInt32BE(12); left > 0; left -= 1) {
    if (at + 4 > cell.length) return null
    const length = cell.readInt32BE(at)
    at += 4
    if (length === -1) { parts.push(NULL_LENGTH); continue }
    if (length < 0 || at + length > cell.length) return null
    const shown = Buffer.from(show(cell.toString('utf8', at, at + length)), 'utf8')
    const size = Buffer.allocUnsafe(4)
    size.writeInt32BE(shown.length)
    parts.push(size, shown)
    at += length
  }
  return at === cell.length ? Buffer.concat(parts) : null
}

const NULL_LENGTH = Buffer.from([0xff, 0xff, 0xff, 0xff])
