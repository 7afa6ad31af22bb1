/** Sections of reports on a terminal. */
import type { Section } from '@doorward/audit'
import { writeLine, type CliIo } from './cli-io.ts'
import { toTableText, type TableColumn } from './table-text.ts'

/** Sections as text: what they say, and their tables. */
export function writeSections(sections: readonly Section[], io: CliIo): void {
  for (const { id, title, text, columns, rows, standing } of sections) {
    writeLine(io.stdout, `${id} ${title}`)
    for (const paragraph of text) writeLine(io.stdout, paragraph)
    if (standing === 'none') writeLine(io.stdout, 'nothing in the period')
    if (rows.length > 0) writeLine(io.stdout, toTableText(columns.map((name): TableColumn => ({ name, align: 'left' })), rows.map((row) => row.map((cell) => (typeof cell === 'object' ? String(cell.entry) : String(cell))))))
    writeLine(io.stdout, '')
  }
}
