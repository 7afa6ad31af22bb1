import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { filesOf } from './files.test.ts'
import { createSecretProvider } from './secret.ts'

const provider = createSecretProvider({ SET: 'value', EMPTY: '', LONG: 'x'.repeat(70_000), NUL: 'a\u0000b' }, filesOf({ a: 'value\n', b: 'two\nlines\r\n', c: '\n' }).readFile)

test('resolves to a value that prints nothing', () => {
  for (const ref of [{ kind: 'env', name: 'SET' }, { kind: 'file', path: 'a' }] as const) {
    const resolved = provider.resolve(ref)
    assert.equal(resolved.kind === 'secret' && resolved.secret.reveal(), 'value')
    assert.ok(!`${inspect(resolved)}${JSON.stringify(resolved)}`.includes('value'))
  }
  const lines = provider.resolve({ kind: 'file', path: 'b' })
  assert.equal(lines.kind === 'secret' && lines.secret.reveal(), 'two\nlines')
})

test('says why there is none, without saying what there is', () => {
  for (const [ref, why] of [
    [{ kind: 'env', name: 'UNSET' }, 'environment variable UNSET is not set'], [{ kind: 'env', name: 'toString' }, 'environment variable toString is not set'],
    [{ kind: 'env', name: 'EMPTY' }, 'environment variable EMPTY is empty'], [{ kind: 'env', name: 'LONG' }, 'environment variable LONG is too long: 70000 characters'],
    [{ kind: 'env', name: 'NUL' }, 'environment variable NUL holds a NUL character'], [{ kind: 'file', path: 'none' }, 'file none cannot be read (ENOENT)'], [{ kind: 'file', path: 'c' }, 'file c is empty'],
  ] as const) assert.deepEqual(provider.resolve(ref), { kind: 'missing', why })
})
