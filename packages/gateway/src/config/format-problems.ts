/** Problems as `doorward check` prints them: `file:line:column: message`, the line, and a caret under the place. */
import type { ConfigProblem } from '@doorward/policy'

/** Widest part of a source line that is shown, in characters. */
const MAX_WIDTH = 120

/**
 * @param sourceOf The text of a file by the name its problems carry; undefined: the message alone is printed.
 * @returns lines without a final line end; empty when there is no problem.
 */
export function formatProblems(problems: readonly ConfigProblem[], sourceOf: (file: string) => string | undefined): string {
  return problems.map((problem) => formatProblem(problem, sourceOf)).join('\n')
}

function formatProblem(problem: ConfigProblem, sourceOf: (file: string) => string | undefined): string {
  const severity = problem.severity === 'warning' ? 'warning: ' : ''
  const head = `${problem.file}:${problem.line}:${problem.column}: ${severity}${problem.message}`
  const line = problem.source === 'hidden' ? undefined : sourceOf(problem.file)?.split(/\r\n|\n|\r/)[problem.line - 1]
  if (line === undefined || line.trim() === '') return head
  // A long line is cut so that the place stays visible with some text before it.
  const column = Math.min(problem.column - 1, line.length)
  const from = column < MAX_WIDTH - 20 ? 0 : column - 40
  const part = line.slice(from, from + MAX_WIDTH)
  const indent = line.slice(from, column).replace(/[^\t]/g, ' ')
  return `${head}\n  ${printable(part)}\n  ${indent}^`
}

/** A terminal must not be steered by what somebody wrote into a file. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '?')
}
