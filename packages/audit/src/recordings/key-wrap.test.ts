import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { readVectorJson, vectorTest } from '../vectors.test.ts'
import { aesKeyWrap, encodeKeyFile, openKeyFile, parseTenantKey, unwrapKey, wrapKey, type TenantKey } from './key-wrap.ts'

const RECORDING = '0f'.repeat(16)
const SESSION_KEY = createSecretKey(Buffer.alloc(32, 4))

function tenant(byte: number): TenantKey {
  const key = parseTenantKey(Buffer.alloc(32, byte).toString('hex'))
  assert.ok(typeof key !== 'string')
  return key
}

vectorTest('keys are wrapped as RFC 3394 does', () => {
  const vector = readVectorJson<{ kek_hex: string; key_data_hex: string; wrapped_hex: string }>('aead/rfc3394_keywrap.json')
  assert.equal(aesKeyWrap(Buffer.from(vector.kek_hex, 'hex'), Buffer.from(vector.key_data_hex, 'hex')).toString('hex'), vector.wrapped_hex)
})

describe('a session key', () => {
  it('unwraps for the same tenant and recording, and for no other', () => {
    const wrapped = wrapKey(tenant(1), RECORDING, SESSION_KEY)
    assert.ok(unwrapKey(tenant(1), RECORDING, wrapped)?.equals(SESSION_KEY))
    assert.equal(unwrapKey(tenant(2), RECORDING, wrapped), undefined)
    assert.equal(unwrapKey(tenant(1), 'f0'.repeat(16), wrapped), undefined)
    assert.notDeepEqual(wrapKey(tenant(1), 'f0'.repeat(16), SESSION_KEY), wrapped)
  })

  it('does not unwrap with a byte missing or a bit changed, wherever it is', () => {
    const wrapped = wrapKey(tenant(1), RECORDING, SESSION_KEY)
    for (let length = 0; length < wrapped.length; length += 1) assert.equal(unwrapKey(tenant(1), RECORDING, wrapped.subarray(0, length)), undefined)
    for (let at = 0; at < wrapped.length * 8; at += 1) {
      const changed = Buffer.from(wrapped)
      changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7))
      assert.equal(unwrapKey(tenant(1), RECORDING, changed), undefined)
    }
  })

  it('is found under an older tenant key, and the reason is told where it is not', () => {
    const file = encodeKeyFile({ recording: RECORDING, tenantKey: tenant(1).id, wrapped: wrapKey(tenant(1), RECORDING, SESSION_KEY) })
    const opened = openKeyFile(file, RECORDING, { current: tenant(2), older: [tenant(1)] })
    assert.ok(typeof opened !== 'string' && opened.equals(SESSION_KEY))
    assert.match(String(openKeyFile(file, RECORDING, { current: tenant(2), older: [] })), new RegExp(`tenant key ${tenant(1).id}, which is not configured`))
    assert.match(String(openKeyFile(file, 'f0'.repeat(16), { current: tenant(1), older: [] })), /another recording's/)
    assert.match(String(openKeyFile(Buffer.from('{}'), RECORDING, { current: tenant(1), older: [] })), /another version/)
    assert.match(String(openKeyFile(randomBytes(40), RECORDING, { current: tenant(1), older: [] })), /not JSON/)
  })

  it('leaves nothing of itself or of the tenant key in its file', () => {
    const file = encodeKeyFile({ recording: RECORDING, tenantKey: tenant(1).id, wrapped: wrapKey(tenant(1), RECORDING, SESSION_KEY) }).toString('utf8')
    for (const key of [Buffer.alloc(32, 4), Buffer.alloc(32, 1)]) for (const form of ['hex', 'base64'] as const) assert.ok(!file.includes(key.toString(form).slice(0, 16)))
    assert.equal(`${String(tenant(1).key)}`, '[sensitive]')
  })
})

describe('a tenant key', () => {
  const rows: readonly (readonly [text: string, ok: boolean])[] = [
    ['00'.repeat(32), true], ['AB'.repeat(32), true], [`${Buffer.alloc(32, 7).toString('base64')}\n`, true],
    ['', false], ['00'.repeat(31), false], ['00'.repeat(33), false], ['a password', false], [Buffer.alloc(16).toString('base64'), false], ['g'.repeat(64), false],
  ]
  for (const [text, ok] of rows) it(`of ${text.length} characters is ${ok ? 'taken' : 'refused'}: ${text.trim().slice(0, 6)}`, () => { assert.equal(typeof parseTenantKey(text) !== 'string', ok) })
})
