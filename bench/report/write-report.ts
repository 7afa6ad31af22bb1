/** Where results go: data/bench after every run, and with `--docs` into docs/performance.md between its markers. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toMarkdown } from './markdown.ts'
import type { Results } from './results.ts'
import { toSvg } from './svg.ts'

const BEGIN = '<!-- bench:begin, written by npm run bench -- --docs -->'
const END = '<!-- bench:end -->'

export function writeReport(results: Results, root: string, docs: 'update' | 'leave'): readonly string[] {
  const folder = join(root, 'data', 'bench')
  mkdirSync(folder, { recursive: true })
  const written: string[] = []
  const write = (path: string, content: string): void => { writeFileSync(path, content); written.push(path) }
  const json = `${JSON.stringify(results, undefined, 1)}\n`
  write(join(folder, 'results.md'), toMarkdown(results))
  write(join(folder, 'results.json'), json)
  write(join(folder, 'results.svg'), toSvg(results))
  if (docs === 'leave') return written
  const page = join(root, 'docs', 'performance.md')
  if (!existsSync(page)) throw new Error('docs/performance.md is missing')
  const text = readFileSync(page, 'utf8')
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no "${BEGIN}" ... "${END}"`)
  write(page, `${text.slice(0, from + BEGIN.length)}\n\n![Throughput and memory](performance.svg)\n\n${toMarkdown(results)}\n${text.slice(to)}`)
  write(join(root, 'docs', 'performance.json'), json)
  write(join(root, 'docs', 'performance.svg'), toSvg(results))
  return written
}
