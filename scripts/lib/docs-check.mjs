// Holds the documents against the code: links and named files exist, named npm scripts and doorward commands exist, every package is
// in ARCHITECTURE.md's tables, and no document, code or script names a path of somebody's machine.
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const problems = []
const documents = ['README.md', 'ARCHITECTURE.md', 'SECURITY.md', 'corpus/README.md', ...globSync('docs/**/*.md')].filter((file) => existsSync(file))
const scripts = new Set(Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).scripts))
const commands = new Set(globSync('packages/cli/src/*-command.ts').map((file) => file.split('/').at(-1).replace('-command.ts', '')))

for (const file of documents) {
  const text = readFileSync(file, 'utf8')
  const at = (index) => `${file}:${text.slice(0, index).split('\n').length}`
  for (const match of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
    if (/^[a-z]+:/.test(match[1])) continue
    if (!existsSync(normalize(join(dirname(file), match[1])))) problems.push(`${at(match.index)}: link to ${match[1]}, which is not there`)
  }
  for (const match of text.matchAll(/npm run ([a-z:]+)/g)) if (!scripts.has(match[1])) problems.push(`${at(match.index)}: npm run ${match[1]} is no script`)
  if (file !== 'corpus/README.md' && file !== 'docs/style.md') {
    for (const match of text.matchAll(/`doorward ([a-z]+)\b|npx doorward ([a-z]+)\b/g)) {
      const command = match[1] ?? match[2]
      if (!commands.has(command)) problems.push(`${at(match.index)}: doorward ${command} is no command`)
    }
    for (const match of text.matchAll(/`((?:packages|test|demo|docs|corpus|scripts|interop|bench)\/[A-Za-z0-9_.\/-]+)`/g)) {
      if (!existsSync(match[1])) problems.push(`${at(match.index)}: ${match[1]} is not there`)
    }
  }
}

const architecture = readFileSync('ARCHITECTURE.md', 'utf8')
for (const name of readdirSync('packages')) if (architecture.match(new RegExp(`\`${name}\``, 'g'))?.length < 2) problems.push(`ARCHITECTURE.md: package ${name} is not in both tables`)

const version = JSON.parse(readFileSync('packages/core/package.json', 'utf8')).version
for (const file of globSync('packages/*/package.json')) {
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  if (manifest.version !== version) problems.push(`${file}: version ${manifest.version}, core has ${version}`)
}
if (!readFileSync('packages/gateway/src/version.ts', 'utf8').includes(`'${version}'`)) problems.push(`packages/gateway/src/version.ts: not ${version}`)

// Paths of a machine: the checkout's own parent folder, and home folders.
const parent = dirname(process.cwd())
// A clone may lie right in a folder that every machine has, and that examples name.
const EVERYWHERE = new Set(['/tmp', '/var/tmp', '/home', '/opt', '/srv', '/usr/src'])
const tracked = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n').filter(Boolean)
for (const file of tracked) {
  let text
  try { text = readFileSync(file, 'utf8') } catch { continue }
  if (parent.length > 3 && !EVERYWHERE.has(parent) && text.includes(`${parent}/`)) problems.push(`${file}: names a path of this machine`)
}

for (const problem of problems) console.log(problem)
console.log(`docs: ${documents.length} documents, ${problems.length} problems`)
process.exit(problems.length === 0 ? 0 : 1)
