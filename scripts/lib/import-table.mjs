// Holds every import against the table in ARCHITECTURE.md: packages by the table, leaves never each other, no cycles between files,
// nothing from outside that package.json does not declare. Reads the raw text, since type-only imports count too.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { isBuiltin } from 'node:module'

const problems = []
const table = readTable()
const graph = new Map()

function readTable() {
  const text = readFileSync('ARCHITECTURE.md', 'utf8')
  const block = /<!-- import-table -->([\s\S]*?)<!-- \/import-table -->/.exec(text)?.[1]
  if (!block) throw new Error('ARCHITECTURE.md has no import table between its markers')
  const rows = [...block.matchAll(/^\| `([a-z]+)` \| ([^|]*)\|/gm)]
  return new Map(rows.map(([, name, may]) => [name, new Set([...may.matchAll(/`([a-z]+)`/g)].map((match) => match[1]))]))
}

for (const file of globSync('packages/*/src/**/*.ts')) {
  const name = file.split('/')[1]
  const isTest = file.endsWith('.test.ts')
  const manifest = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'))
  const declared = new Set(Object.keys(manifest.dependencies ?? {}))
  const may = table.get(name)
  if (!may) { problems.push(`${file}: package ${name} is not in the import table`); continue }
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
  const edges = []
  for (const match of text.matchAll(/^(?:import\s+|(?:import|export)\b[^'"`;]*?\bfrom\s+)['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm)) {
    const specifier = match[1] ?? match[2]
    const line = text.slice(0, match.index).split('\n').length
    const at = `${file}:${line}`
    if (specifier.startsWith('.')) {
      const target = normalize(join(dirname(file), specifier))
      if (!target.startsWith(`packages/${name}/`)) problems.push(`${at}: ${specifier} leaves the package`)
      if (!isTest) edges.push(target)
    } else if (specifier.startsWith('@doorward/')) {
      const other = specifier.split('/')[1]
      if (isTest && other === 'testkit') continue
      if (!may.has(other)) problems.push(`${at}: ${name} may not import ${other}`)
      else if (!declared.has(specifier)) problems.push(`${at}: ${specifier} is not declared in packages/${name}/package.json`)
    } else if (!isBuiltin(specifier)) {
      const external = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0]
      if (!declared.has(external) && !(isTest && external === 'fast-check')) problems.push(`${at}: ${external} is not declared in packages/${name}/package.json`)
    } else if (!specifier.startsWith('node:')) problems.push(`${at}: write node:${specifier}`)
    if (/\bexport\s*\*/.test(match[0])) problems.push(`${at}: export * names nothing`)
  }
  graph.set(file, edges)
}

const state = new Map()
function visit(file, path) {
  if (state.get(file) === 'done' || !graph.has(file)) return
  if (state.get(file) === 'open') { problems.push(`cycle: ${[...path.slice(path.indexOf(file)), file].map((f) => relative('packages', f)).join(' -> ')}`); return }
  state.set(file, 'open')
  for (const next of graph.get(file)) visit(next, [...path, file])
  state.set(file, 'done')
}
for (const file of graph.keys()) visit(file, [])

for (const problem of problems) console.log(problem)
console.log(`import table: ${graph.size} files, ${problems.length} problems`)
process.exit(problems.length === 0 ? 0 : 1)
