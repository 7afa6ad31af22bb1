// Rules of docs/style.md that a machine can hold: file length, file names, empty catches, silenced types, skipped tests, unfinished words.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.mjs'], { encoding: 'utf8' }).split('\n').filter(Boolean)
const problems = []
for (const file of files) {
  if (file.startsWith('corpus/')) continue
  let text
  try { text = readFileSync(file, 'utf8') } catch { problems.push(`${file}: listed by git and not there`); continue }
  const lines = text.split('\n')
  const isTest = /\.test\.ts$|(^|\/)(test|tests|interop)\//.test(file)
  if (lines.length > 401 && !/\.table\.ts$/.test(file) && !isTest) problems.push(`${file}: ${lines.length - 1} lines, at most 400`)
  if (/(^|\/)(utils?|helpers?|common|misc|base|manager)(\.[a-z]+)+$/.test(file)) problems.push(`${file}: the name says nothing`)
  if (file.startsWith('packages/') && !isTest) {
    for (const [index, line] of lines.entries()) {
      const at = `${file}:${index + 1}`
      if (/catch( \([^)]*\))? \{ *\}/.test(line)) problems.push(`${at}: empty catch`)
      if (/(: |<|as )any\b/.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line) && !/['`"].*\bany\b.*['`"]/.test(line)) problems.push(`${at}: any`)
      if (/@ts-(ignore|expect-error|nocheck)/.test(line)) problems.push(`${at}: silenced type`)
      if (/\b(TODO(?!\(#\d+\):)|FIXME|XXX)\b/.test(line)) problems.push(`${at}: TODO without an issue`)
    }
  }
  if (isTest) for (const [index, line] of lines.entries()) if (/\b(it|test|describe)\.(only|todo)\(/.test(line)) problems.push(`${file}:${index + 1}: exclusive or unwritten test`)
}
for (const problem of problems) console.log(problem)
console.log(`tree rules: ${files.length} files, ${problems.length} problems`)
process.exit(problems.length === 0 ? 0 : 1)
