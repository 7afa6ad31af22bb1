/** A file system of a few texts, for the tests of this folder; and the machine's own. */
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import type { ConfigFiles } from './node-files.ts'
import { createNodeFiles } from './node-files.ts'

/** Files by path; a path that others begin with is a folder. */
export function filesOf(texts: Readonly<Record<string, string>>): ConfigFiles {
  const files = new Map(Object.entries(texts))
  return {
    readFile: (path) => files.get(path) ?? missing(path),
    listFolder: (path) => {
      if (files.has(path)) return undefined
      const names = [...files.keys()].filter((name) => name.startsWith(`${path}/`)).map((name) => name.slice(path.length + 1).split('/')[0] ?? '')
      return names.length === 0 ? missing(path) : [...new Set(names)].reverse()
    },
  }
}

function missing(path: string): never {
  throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' })
}

test('the machine\'s files: reads, lists, and says what is missing', () => {
  const files = createNodeFiles()
  const here = fileURLToPath(import.meta.url)
  const folder = fileURLToPath(new URL('.', import.meta.url))
  assert.match(files.readFile(here), /^\/\*\* A file system/)
  assert.equal(files.listFolder(here), undefined)
  assert.ok(files.listFolder(folder)?.includes('files.test.ts'))
  assert.throws(() => files.readFile(`${here}.missing`), { code: 'ENOENT' })
  assert.throws(() => files.readFile(process.execPath), { name: 'TypeError' })
})
