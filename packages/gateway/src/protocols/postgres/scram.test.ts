import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Sensitive } from '@doorward/core'
import fc from 'fast-check'
import { answerMd5, answerScram, confirmScram, openScram } from './scram-client.ts'
import { saslPrep } from './scram-prep.ts'
import { challengeScram, offeredMechanisms, proveScram, type ScramServerSetup } from './scram-server.ts'
import { formatVerifier, makeVerifier, mockVerifier, parseVerifier, type ScramVerifier } from './scram-verifier.ts'

// RFC 7677 §3: user `user`, password `pencil`.
const RFC_SALT = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
const RFC_CLIENT_NONCE = 'rOprNGfwEbeRWgbNEkqO'
const RFC_SERVER_NONCE = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
const RFC_CLIENT_FIRST = 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO'
const RFC_SERVER_FIRST = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'
const RFC_CLIENT_FINAL = 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='
const RFC_SERVER_FINAL = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='

const PENCIL = new Sensitive('pencil')
const BINDING = Buffer.alloc(32, 7)

function setup(verifier: ScramVerifier, over: Partial<ScramServerSetup> = {}): ScramServerSetup {
  return { verifier, user: 'known', nonce: RFC_SERVER_NONCE, endPointBinding: undefined, ...over }
}

test('the server side agrees with RFC 7677, byte for byte', async () => {
  const challenge = challengeScram(setup(await makeVerifier(PENCIL, RFC_SALT)), 'SCRAM-SHA-256', Buffer.from(RFC_CLIENT_FIRST))
  assert.ok(challenge.kind === 'challenge')
  assert.equal(challenge.data.toString(), RFC_SERVER_FIRST)
  const proven = proveScram(challenge.pending, Buffer.from(RFC_CLIENT_FINAL))
  assert.ok(proven.kind === 'proven')
  assert.equal(proven.data.toString(), RFC_SERVER_FINAL)
})

test('the client side agrees with RFC 7677, byte for byte', async () => {
  // The RFC's client names its user and ours does not, as libpq: the opening is put together by hand.
  const opening = {
    kind: 'opening', mechanism: 'SCRAM-SHA-256', data: Buffer.from(RFC_CLIENT_FIRST), header: 'n,,',
    bare: 'n=user,r=rOprNGfwEbeRWgbNEkqO', nonce: RFC_CLIENT_NONCE, binding: Buffer.alloc(0),
  } as const
  const answer = await answerScram(opening, PENCIL, Buffer.from(RFC_SERVER_FIRST))
  assert.ok(answer.kind === 'answer')
  assert.equal(answer.data.toString(), RFC_CLIENT_FINAL)
  assert.deepEqual(confirmScram(answer, Buffer.from(RFC_SERVER_FINAL)), { kind: 'confirmed' })
})

/** Runs both sides against each other. */
async function exchange(server: ScramServerSetup, secret: string, clientBinding: Buffer | undefined, offered: readonly string[] = offeredMechanisms(server.endPointBinding)): Promise<string> {
  const opening = openScram(offered, clientBinding, 'clientnonce')
  if (opening.kind === 'failed') return opening.why
  const challenge = challengeScram(server, opening.mechanism, opening.data)
  if (challenge.kind === 'refused') return challenge.why
  const answer = await answerScram(opening, new Sensitive(secret), challenge.data)
  if (answer.kind === 'failed') return answer.why
  const proven = proveScram(challenge.pending, answer.data)
  if (proven.kind === 'refused') return proven.why
  const confirmed = confirmScram(answer, proven.data)
  return confirmed.kind === 'confirmed' ? proven.mechanism : confirmed.why
}

test('both sides agree, with and without channel binding', async () => {
  const verifier = await makeVerifier(PENCIL, RFC_SALT, 10)
  assert.equal(await exchange(setup(verifier), 'pencil', undefined), 'SCRAM-SHA-256')
  assert.equal(await exchange(setup(verifier, { endPointBinding: BINDING }), 'pencil', BINDING), 'SCRAM-SHA-256-PLUS')
  assert.equal(await exchange(setup(verifier, { endPointBinding: BINDING }), 'pencil', undefined), 'SCRAM-SHA-256', 'a client that cannot bind')
  assert.equal(await exchange(setup(verifier), 'pencil', BINDING), 'SCRAM-SHA-256', 'a server that cannot bind')
})

test('what is wrong is refused, each for its own reason', async () => {
  const verifier = await makeVerifier(PENCIL, RFC_SALT, 10)
  const bound = setup(verifier, { endPointBinding: BINDING })
  assert.equal(await exchange(setup(verifier), 'pencils', undefined), 'proof')
  assert.equal(await exchange(setup(verifier), '', undefined), 'proof')
  assert.equal(await exchange(bound, 'pencil', Buffer.alloc(32, 8)), 'channel-binding', 'the client talked TLS to somebody else')
  assert.equal(await exchange(bound, 'pencil', BINDING, ['SCRAM-SHA-256']), 'channel-binding-downgrade', 'somebody took PLUS out of our offer')
  assert.equal(await exchange(setup(verifier), 'pencil', BINDING, ['SCRAM-SHA-256-PLUS']), 'mechanism')
  assert.equal(await exchange(setup(verifier), 'pencil', undefined, ['OAUTHBEARER']), 'no-mechanism')
})

test('an unknown user meets the same exchange every time, and a refusal at its end', async () => {
  const key = Buffer.alloc(32, 1)
  const mock = mockVerifier(key, 'nobody@example.org')
  assert.deepEqual(mock, mockVerifier(key, 'nobody@example.org'))
  assert.notDeepEqual(mock.salt, mockVerifier(key, 'somebody@example.org').salt)
  assert.equal(mock.salt.length, (await makeVerifier(PENCIL, RFC_SALT, 1)).salt.length)
  assert.equal(await exchange(setup(mock, { user: 'nobody' }), 'pencil', undefined), 'unknown-user')
  // Even whoever proves knowledge of the mock is nobody.
  const real = await makeVerifier(PENCIL, RFC_SALT, 10)
  assert.equal(await exchange(setup(real, { user: 'nobody' }), 'pencil', undefined), 'unknown-user')
})

const MALFORMED_FIRST: readonly (readonly [name: string, mechanism: string, data: string, why: string])[] = [
  ['nothing', 'SCRAM-SHA-256', '', 'malformed'],
  ['no nonce', 'SCRAM-SHA-256', 'n,,n=', 'malformed'],
  ['an empty nonce', 'SCRAM-SHA-256', 'n,,n=,r=', 'malformed'],
  ['a comma-less header', 'SCRAM-SHA-256', 'n=,r=abc', 'malformed'],
  ['an authorization identity', 'SCRAM-SHA-256', 'n,a=admin,n=,r=abc', 'malformed'],
  ['a mandatory extension', 'SCRAM-SHA-256', 'n,,m=x,n=,r=abc', 'malformed'],
  ['a flag it does not know', 'SCRAM-SHA-256', 'x,,n=,r=abc', 'malformed'],
  ['a nonce that does not print', 'SCRAM-SHA-256', 'n,,n=,r=a\x01c', 'malformed'],
  ['binding without PLUS', 'SCRAM-SHA-256', 'p=tls-server-end-point,,n=,r=abc', 'channel-binding'],
  ['PLUS without binding', 'SCRAM-SHA-256-PLUS', 'n,,n=,r=abc', 'channel-binding'],
  ['PLUS that says it cannot', 'SCRAM-SHA-256-PLUS', 'y,,n=,r=abc', 'channel-binding'],
  ['another kind of binding', 'SCRAM-SHA-256-PLUS', 'p=tls-unique,,n=,r=abc', 'channel-binding'],
  ['another mechanism', 'SCRAM-SHA-1', 'n,,n=,r=abc', 'mechanism'],
]
for (const [name, mechanism, data, why] of MALFORMED_FIRST) {
  test(`the server refuses a first message with ${name}`, () => {
    const offer = setup(mockVerifier(Buffer.alloc(32), 'u'), { endPointBinding: BINDING })
    assert.deepEqual(challengeScram(offer, mechanism, Buffer.from(data)), { kind: 'refused', why })
  })
}

test('the server refuses a changed final message wherever it is changed', async () => {
  const challenge = challengeScram(setup(await makeVerifier(PENCIL, RFC_SALT)), 'SCRAM-SHA-256', Buffer.from(RFC_CLIENT_FIRST))
  assert.ok(challenge.kind === 'challenge')
  for (let at = 0; at < RFC_CLIENT_FINAL.length; at++) {
    const changed = Buffer.from(RFC_CLIENT_FINAL)
    changed[at] = (changed[at] ?? 0) ^ 1
    const result = proveScram(challenge.pending, changed)
    // The last digit of a base64 text carries two bits that count for nothing; the last "=" none.
    if (at < RFC_CLIENT_FINAL.length - 2) assert.equal(result.kind, 'refused', `byte ${at}`)
    assert.equal(proveScram(challenge.pending, Buffer.from(RFC_CLIENT_FINAL.slice(0, at))).kind, 'refused', `cut at ${at}`)
  }
})

test('neither side throws at random bytes', async () => {
  const verifier = mockVerifier(Buffer.alloc(32), 'u', 1)
  const challenge = challengeScram(setup(verifier), 'SCRAM-SHA-256', Buffer.from(RFC_CLIENT_FIRST))
  const opening = openScram(['SCRAM-SHA-256'], undefined, 'abc')
  assert.ok(challenge.kind === 'challenge' && opening.kind === 'opening')
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (bytes) => {
    const data = Buffer.from(bytes)
    challengeScram(setup(verifier), 'SCRAM-SHA-256', data)
    assert.equal(proveScram(challenge.pending, data).kind, 'refused')
    assert.equal((await answerScram(opening, PENCIL, data)).kind, 'failed')
    assert.equal(confirmScram({ kind: 'answer', data, serverSignature: Buffer.alloc(32) }, data).kind, 'failed')
  }))
})

test('the client refuses a server that reuses its nonce, asks for hours of work or cannot prove itself', async () => {
  const opening = openScram(['SCRAM-SHA-256'], undefined, 'abc')
  assert.ok(opening.kind === 'opening')
  const answer = async (text: string): Promise<unknown> => answerScram(opening, PENCIL, Buffer.from(text))
  assert.deepEqual(await answer('r=abc,s=AAAA,i=1'), { kind: 'failed', why: 'nonce' })
  assert.deepEqual(await answer('r=xyzq,s=AAAA,i=1'), { kind: 'failed', why: 'nonce' })
  assert.deepEqual(await answer('r=abcd,s=AAAA,i=4000000000'), { kind: 'failed', why: 'iterations' })
  assert.deepEqual(await answer('m=x,r=abcd,s=AAAA,i=1'), { kind: 'failed', why: 'malformed' })
  const good = await answerScram(opening, PENCIL, Buffer.from('r=abcd,s=AAAA,i=1'))
  assert.ok(good.kind === 'answer')
  assert.deepEqual(confirmScram(good, Buffer.from(`v=${Buffer.alloc(32).toString('base64')}`)), { kind: 'failed', why: 'server-signature' })
  assert.deepEqual(confirmScram(good, Buffer.from('v=')), { kind: 'failed', why: 'malformed' })
  assert.deepEqual(confirmScram(good, Buffer.from('e=invalid-proof')), { kind: 'failed', why: 'server-error' })
})

test('a verifier reads back as it was written, and what is none is not read', async () => {
  const verifier = await makeVerifier(PENCIL, RFC_SALT)
  const text = formatVerifier(verifier)
  assert.match(text, /^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$/)
  assert.deepEqual(parseVerifier(text), verifier)
  for (const wrong of ['', 'md5abc', text.slice(0, -1), `${text} `, text.replace('4096', '0'), text.replace('4096', '2000001')]) {
    assert.equal(parseVerifier(wrong), undefined)
  }
})

// RFC 4013 §3, with libpq's fallback where the profile refuses.
const PREPARED: readonly (readonly [from: string, to: string, why: string])[] = [
  ['I\u00adX', 'IX', 'soft hyphen is mapped to nothing'],
  ['user', 'user', 'no transformation'],
  ['USER', 'USER', 'case is kept'],
  ['\u00aa', 'a', 'NFKC'],
  ['\u2168', 'IX', 'NFKC'],
  ['\u0007\u00aa', '\u0007\u00aa', 'prohibited: used as it is'],
  ['\u0627\u0031\u00aa', '\u0627\u0031\u00aa', 'mixed direction: used as it is'],
  ['a\u00a0b', 'a b', 'a space of another kind'],
  ['\u0007', '\u0007', 'ASCII is never touched'],
  ['\u00ad', '\u00ad', 'nothing would remain'],
]
for (const [from, to, why] of PREPARED) test(`SASLprep of ${JSON.stringify(from)}: ${why}`, () => assert.equal(saslPrep(from), to))

test('SASLprep misses bidirectional marks of other scripts and code points younger than Unicode 3.2, as it says', () => {
  // U+1F600 is unassigned in 3.2, so libpq would use the raw text with U+00AA; we normalise it.
  assert.equal(saslPrep('\u{1f600}\u00aa'), '\u{1f600}a')
})

test('answers md5 as the server expects it', () => {
  // md5(md5('secret' + 'alice') + 01020304), computed with md5sum.
  assert.equal(answerMd5('alice', new Sensitive('secret'), Buffer.from([1, 2, 3, 4])), 'md598a0412b9c31436fc53776e863350083')
})
