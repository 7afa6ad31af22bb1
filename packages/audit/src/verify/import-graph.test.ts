import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'

/** Files reached by imports that stay at run time, and what they take from outside. */
function reach(entry: string): { readonly files: ReadonlySet<string>; readonly outside: ReadonlySet<string> } {
  const files = new Set<string>()
  const outside = new Set<string>()
  const waiting = [entry]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue
    files.add(file)
    for (const [, clause, target] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b([^'"]*?)from '([^']+)'/gm)) {
      if (clause === undefined || target === undefined || /^\s*type\b/.test(clause)) continue
      if (target.startsWith('.')) waiting.push(join(dirname(file), target))
      else outside.add(target)
    }
  }
  return { files, outside }
}

test('the verifier needs nothing but Node, so that it can be carried as one file', () => {
  for (const entry of ['verify-log.ts', 'prove.ts', 'standalone.ts', 'tlog-policy.ts']) {
    const { files, outside } = reach(join(import.meta.dirname, entry))
    for (const name of outside) assert.match(name, /^node:(crypto|zlib|buffer|fs\/promises|path|util)$/, `${entry} needs ${name}`)
    for (const file of files) assert.notEqual(basename(dirname(file)), 'log', `${entry} needs ${basename(file)}`)
  }
})
