import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bearerFailure, readBearerMessage } from './oauth-bearer.ts'

const S = '\u0001'

describe('OAUTHBEARER', () => {
  const tokens: readonly (readonly [message: string, token: string])[] = [
    [`n,,${S}auth=Bearer abc.DEF-123_~+/=${S}${S}`, 'abc.DEF-123_~+/='],
    [`y,,${S}auth=bearer abc${S}${S}`, 'abc'],
    [`n,,${S}host=db.example.org${S}port=5432${S}auth=Bearer abc${S}${S}`, 'abc'],
  ]
  for (const [message, token] of tokens) {
    it(`takes the token of ${JSON.stringify(message)}`, () => {
      const read = readBearerMessage(Buffer.from(message))
      assert.equal(read.kind === 'token' ? read.token.reveal() : read.kind, token)
    })
  }

  it('understands the question where tokens come from', () => {
    assert.equal(readBearerMessage(Buffer.from(`n,,${S}auth=${S}${S}`)).kind, 'where')
    const answer: unknown = JSON.parse(bearerFailure('https://id.example.org/').toString())
    assert.deepEqual(answer, { status: 'invalid_token', 'openid-configuration': 'https://id.example.org/.well-known/openid-configuration', scope: 'openid' })
  })

  const malformed = [
    '', 'n,,', `n,,${S}`, `n,,${S}${S}`, `n,,${S}auth=Bearer abc`, `n,,${S}auth=Bearer abc${S}`, `n,a=root,${S}auth=Bearer abc${S}${S}`, `p=tls-exporter,,${S}auth=Bearer abc${S}${S}`,
    `n,,${S}auth=Basic abc${S}${S}`, `n,,${S}auth=Bearer ${S}${S}`, `n,,${S}auth=Bearer a b${S}${S}`, `n,,${S}auth=Bearer a\n${S}${S}`, `n,,${S}auth=Bearer a${S}auth=Bearer b${S}${S}`,
    `n,,${S}=x${S}auth=Bearer abc${S}${S}`, `n,,${S}auth=Bearer abc${S}${S}more`, 'n,,\u0001auth=Bearer \u00e9\u0001\u0001',
  ]
  for (const message of malformed) it(`refuses ${JSON.stringify(message)}`, () => { assert.equal(readBearerMessage(Buffer.from(message)).kind, 'malformed') })

  it('refuses what is not UTF-8', () => { assert.equal(readBearerMessage(Buffer.from([0x6e, 0x2c, 0x2c, 1, 0xff, 1, 1])).kind, 'malformed') })
})
