/** Tables for spreadsheets, RFC 4180. A cell that a spreadsheet would take for a formula is kept from being one. */
import type { Cell, Section } from './section.ts'

export function toCsv({ columns, rows }: Section): string {
  return [columns, ...rows].map((row) => `${row.map(toCsvCell).join(',')}\r\n`).join('')
}

function toCsvCell(cell: Cell): string {
  const text = typeof cell === 'object' ? String(cell.entry) : String(cell)
  // What somebody typed as a name or a table reaches a spreadsheet here.
  const plain = typeof cell === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
