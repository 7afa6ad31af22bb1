/** Rows as a table for a terminal, in the manner of psql: columns aligned, numbers to the right, control characters shown and not obeyed. */

export interface TableColumn {
  readonly name: string
  readonly align: 'left' | 'right'
}

/** A value longer than this is cut, with a mark: a terminal is not a file. */
const MAX_CELL = 120

/**
 * @param rows `null` is SQL NULL and prints as nothing, like the empty string.
 * @returns lines, without a final line end.
 */
export function toTableText(columns: readonly TableColumn[], rows: readonly (readonly (string | null)[])[]): string {
  const shown = rows.map((row) => columns.map((_, index) => toCell(row[index] ?? '')))
  const names = columns.map((column) => toCell(column.name))
  const widths = columns.map((_, index) => Math.max(widthOf(names[index] ?? ''), ...shown.map((row) => widthOf(row[index] ?? ''))))
  const line = (cells: readonly string[], align: (index: number) => 'left' | 'right' | 'center'): string =>
    cells.map((cell, index) => ` ${pad(cell, widths[index] ?? 0, align(index))} `).join('|').trimEnd()
  return [
    line(names, () => 'center'),
    widths.map((width) => '-'.repeat(width + 2)).join('+'),
    ...shown.map((row) => line(row, (index) => columns[index]?.align ?? 'left')),
    `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`,
  ].join('\n')
}

/** A terminal must not be steered by what somebody wrote into a table. */
export function toPrintable(text: string): string {
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}

function toCell(text: string): string {
  const printable = toPrintable(text).replaceAll('\n', '\u21b5')
  const characters = [...printable]
  return characters.length > MAX_CELL ? `${characters.slice(0, MAX_CELL - 1).join('')}\u2026` : printable
}

/** Characters, not columns: East Asian wide characters take two and are misaligned. */
function widthOf(text: string): number {
  return [...text].length
}

function pad(text: string, width: number, align: 'left' | 'right' | 'center'): string {
  const missing = Math.max(0, width - widthOf(text))
  const left = align === 'left' ? 0 : align === 'right' ? missing : Math.floor(missing / 2)
  return ' '.repeat(left) + text + ' '.repeat(missing - left)
}
