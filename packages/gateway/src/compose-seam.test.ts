import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as gateway from './index.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const SEAM = /\bcomposeWith\b|\bMeasuredParts\b/

test('the package does not export the seam that the bench measures through', () => {
  assert.equal('composeWith' in gateway, false)
  const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'packages', 'gateway', 'package.json'), 'utf8'))
  assert.ok(typeof manifest === 'object' && manifest !== null && 'exports' in manifest)
  assert.deepEqual(Object.keys(manifest.exports ?? {}), ['.'])
})

test('nothing but the composition itself and the bench mentions the seam', () => {
  const files = globSync(['packages/*/{src,bin}/**/*.{ts,mjs}', 'demo/**/*.ts', 'scripts/**/*.mjs'], { cwd: ROOT })
  assert.ok(files.length > 100)
  const mentioned = files.filter((file) => SEAM.test(readFileSync(join(ROOT, file), 'utf8'))).map((file) => file.replaceAll('\\', '/')).sort()
  assert.deepEqual(mentioned, ['packages/gateway/src/compose-seam.test.ts', 'packages/gateway/src/compose.ts'])
})
