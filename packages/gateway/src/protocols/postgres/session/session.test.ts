/** A session from its first message to its last: who may end it, what is recorded then, and what slow or broken peers do to it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault, Sensitive } from '@doorward/core'
import { fieldText, turns, until } from '@doorward/testkit'
import { encodeBackend, encodeDataRow } from '../backend-encode.ts'
import { approved } from './testing/rig.test.ts'
import { bind, execute, FLUSH, parse, query, run, SYNC, TERMINATE } from './testing/scripted-client.test.ts'
import { textField, type Reply } from './testing/scripted-server.test.ts'
import { CANARY, openWorld, statementsSeen } from './testing/world.test.ts'

class Ended extends Fault<'ended'> {}

test('ends when the client says so, and its record says how many entries there are', async () => {
  const rig = await openWorld()
  rig.client.query('good')
  await rig.client.ready()
  rig.client.send(TERMINATE)
  await rig.over
  assert.deepEqual(rig.recorder.kinds, ['session.open', 'intent', 'outcome', 'session.close'])
  const close = rig.recorder.entries.at(-1)
  assert.deepEqual([close?.['reason'], close?.['count'], close?.['statements'], close?.['unsettled']], ['terminated by client', 4, 1, undefined])
  assert.deepEqual(rig.recorder.entries.map((entry) => entry['seq']), [1, 2, 3, 4])
  await until('the upstream was told', () => rig.server.got.at(-1) === 'X')
})

test('both connections are closed, whoever ended it', async () => {
  const ways = {
    terminate: (rig: Awaited<ReturnType<typeof openWorld>>) => { rig.client.send(TERMINATE) },
    clientEnds: (rig: Awaited<ReturnType<typeof openWorld>>) => { rig.client.socket.end() },
    clientVanishes: (rig: Awaited<ReturnType<typeof openWorld>>) => { rig.client.socket.vanish() },
    upstreamVanishes: (rig: Awaited<ReturnType<typeof openWorld>>) => { rig.server.vanish() },
    operator: (rig: Awaited<ReturnType<typeof openWorld>>) => { rig.session.end('revoked', new Ended('ended', 'access was revoked')) },
  }
  for (const [name, end] of Object.entries(ways)) {
    const rig = await openWorld()
    rig.client.query('good')
    await rig.client.ready()
    end(rig)
    await rig.over
    assert.equal(rig.recorder.entries.at(-1)?.kind, 'session.close', name)
    await until(`${name}: both are closed`, () => rig.server.isGone && rig.client.hasEnded)
  }
})

test('an upstream that vanishes in the middle of a row is an error, and the record is settled', async () => {
  const row = encodeDataRow([Buffer.from(CANARY)])
  const description = encodeBackend({ kind: 'rowDescription', fields: [textField('a')] })
  const rig = await openWorld({ replies: { good: { raw: Buffer.concat([description, row, row.subarray(0, 7)]) } } })
  rig.client.query('good')
  await rig.client.take('the first row', (lines) => lines.some((line) => line.startsWith('D ')))
  rig.server.vanish()
  assert.match((await rig.client.closed()).join(), /E FATAL 08006 doorward: the target closed the connection/)
  await rig.over
  assert.deepEqual(rig.story(), ['intent', 'outcome:lost'])
  assert.equal(rig.recorder.ofKind('outcome')[0]?.['rows'], 1)
})

test('what the upstream said before it closed still reaches the client', async () => {
  const rig = await openWorld()
  rig.server.say({ kind: 'errorResponse', fields: new Map([['S', 'FATAL'], ['V', 'FATAL'], ['C', '57P01'], ['M', 'terminating connection due to administrator command']]) })
  rig.server.endSoon()
  const lines = await rig.client.closed()
  assert.match(lines[0] ?? '', /^E FATAL 57P01/)
  await rig.over
  assert.equal(rig.recorder.entries.at(-1)?.['reason'], 'upstream gone')
})

test('a client that is gone before the session begins ends it at once', async () => {
  const rig = await openWorld({ early: 'client gone' })
  await rig.over
  assert.deepEqual(rig.recorder.kinds, ['session.open', 'session.close'])
})

test('revoked means stopped, in the middle of a result', async () => {
  const rig = await openWorld({ replies: { good: { fields: [textField('a')], rows: [['1']], gate: new Promise(() => undefined) } } })
  rig.client.query('good')
  await until('the statement runs', () => rig.server.ran.length === 1)
  rig.session.end('revoked', new Ended('ended', 'access was revoked'))
  assert.match((await rig.client.closed()).join(), /E FATAL 57P01 doorward: access was revoked/)
  await rig.over
  assert.equal(rig.cancels(), 1)
  assert.deepEqual(rig.story(), ['intent', 'outcome:lost'])
})

test('rows that wait for a slow client are not delivered to somebody who was revoked', async () => {
  const rows = Array.from({ length: 60_000 }, (_, at) => [`${CANARY} ${at}`])
  const rig = await openWorld({ highWaterMark: 16 * 1024, replies: { good: { fields: [textField('a')], rows } } })
  rig.client.socket.stall()
  rig.client.query('good')
  await turns(200)
  const before = rig.upstreamEnd.readableLength + rig.clientEnd.writableLength
  rig.session.end('revoked', new Ended('ended', 'access was revoked'))
  await turns(20)
  assert.ok(rig.clientEnd.writableLength <= before + 1_000)
  rig.client.socket.unstall()
  await rig.over
})

test('rows that were not written yet are not delivered to somebody who was revoked', async () => {
  const rig = await openWorld()
  rig.server.onRun = () => { rig.recorder.mood = { kind: 'slow' } }
  rig.client.query('limited')
  await until('the refusal at the limit waits', () => rig.recorder.waiting.includes('refusal'))
  rig.session.end('revoked', new Ended('ended', 'access was revoked'))
  rig.recorder.release()
  const lines = await rig.client.closed()
  assert.deepEqual(lines, ['E FATAL 57P01 doorward: access was revoked'])
  await rig.over
  assert.equal(rig.admission.unsettled, 0)
})

test('standing that ends between two statements refuses the next', async () => {
  const rig = await openWorld()
  rig.client.query('good')
  await rig.client.ready()
  rig.standing = { kind: 'ended', why: 'access was revoked', next: 'talk to the operator' }
  rig.client.query('good')
  assert.match((await rig.client.ready())[0] ?? '', /^E 42501 refused: access was revoked \(receipt \d+\)$/)
  assert.equal(rig.server.ran.length, 1)
})

test('standing that ends while the intent is being recorded sends nothing', async () => {
  const rig = await openWorld()
  rig.recorder.mood = { kind: 'slow' }
  rig.client.query('good')
  await until('the intent waits', () => rig.recorder.waiting.includes('intent'))
  rig.standing = { kind: 'ended', why: 'access was revoked', next: 'talk to the operator' }
  rig.recorder.release()
  assert.match((await rig.client.ready())[0] ?? '', /^E 42501 refused: access was revoked/)
  assert.deepEqual(statementsSeen(rig), [])
  assert.deepEqual(rig.story(), ['intent', 'outcome:cancelled', 'refusal:standing'])
})

test('a session that ends while the intent is being recorded sends nothing, and its record is whole', async () => {
  for (const end of ['client', 'upstream', 'operator'] as const) {
    const rig = await openWorld()
    rig.recorder.mood = { kind: 'slow' }
    rig.client.send(...run('good'), SYNC)
    await until('the intent waits', () => rig.recorder.waiting.includes('intent'))
    if (end === 'client') rig.client.socket.vanish()
    if (end === 'upstream') rig.server.vanish()
    if (end === 'operator') rig.session.end('revoked', new Ended('ended', 'access was revoked'))
    await turns(20)
    rig.recorder.release()
    await rig.over
    assert.deepEqual(statementsSeen(rig), [], end)
    assert.equal(rig.recorder.kinds.at(-1), 'session.close', end)
    assert.equal(rig.recorder.entries.at(-1)?.['unsettled'], undefined, end)
    assert.equal(rig.recorder.entries.at(-1)?.['count'], rig.recorder.entries.length, end)
    assert.equal(rig.recorder.ofKind('intent').length, rig.recorder.ofKind('outcome').length, end)
  }
})

test('nothing is forwarded while the recorder is slow', async () => {
  const rig = await openWorld()
  rig.recorder.mood = { kind: 'slow' }
  rig.client.send(query('good'))
  await turns(200)
  assert.deepEqual(statementsSeen(rig), [])
  rig.recorder.release()
  assert.equal((await rig.client.ready()).at(-2), 'C SELECT 2')
})

test('nothing is forwarded when the recorder is down, and the client is told', async () => {
  for (const messages of [[query('good')], [...run('good'), SYNC]]) {
    const rig = await openWorld()
    rig.recorder.mood = { kind: 'fails' }
    rig.client.send(...messages)
    assert.match((await rig.client.ready()).join(), /E 58000 refused: the log cannot be written, so nothing is forwarded \(no receipt/)
    assert.deepEqual(statementsSeen(rig), [])
    // The session's count of entries has a gap now, which verify would call a deletion: it permits nothing more.
    rig.recorder.mood = { kind: 'works' }
    rig.client.query('good')
    assert.match((await rig.client.ready()).join(), /E 58000 refused: the log cannot be written/)
    assert.deepEqual(statementsSeen(rig), [])
  }
})

test('a refusal that cannot be recorded is a refusal all the same', async () => {
  const rig = await openWorld()
  rig.recorder.mood = { kind: 'fails' }
  rig.client.query('denied')
  assert.match((await rig.client.ready()).join(), /E 58000/)
  assert.deepEqual(statementsSeen(rig), [])
})

test('an outcome that cannot be recorded ends the session', async () => {
  const rig = await openWorld()
  rig.recorder.mood = { kind: 'fails', only: 'outcome' }
  rig.client.query('good')
  assert.match((await rig.client.closed()).join(), /E FATAL 08P01 doorward: the outcome of statement [0-9a-f.]+ could not be recorded/)
  await rig.over
})

test('a result flows through flat memory, however slow the client is', async () => {
  const rows = Array.from({ length: 40_000 }, () => ['x'.repeat(500)]) // 20 MB
  const rig = await openWorld({ highWaterMark: 16 * 1024, replies: { good: { fields: [textField('a')], rows } } })
  rig.client.socket.stall()
  rig.client.query('good')
  let most = 0
  for (let turn = 0; turn < 300; turn += 1) {
    await turns(1)
    most = Math.max(most, rig.clientEnd.writableLength + rig.upstreamEnd.readableLength)
  }
  assert.ok(most < 2_500_000, `${most} bytes were held`)
  assert.ok(most > 100_000, `${most} bytes were held: the result did not flow`)
  rig.client.socket.unstall()
  const lines = await rig.client.ready()
  assert.equal(lines.length, 40_003)
})

test('answers of Doorward\'s own are held in flat memory too', async () => {
  const columns = Array.from({ length: 200 }, (_, at) => `column_${at}_with_a_rather_long_name`)
  const rig = await openWorld({ highWaterMark: 16 * 1024, meanings: { wide: { object: 'open.table', columns } } })
  rig.client.send(parse('', 'wide'), SYNC)
  await rig.client.ready()
  rig.client.socket.stall()
  const describe = { kind: 'describe', target: 'statement', name: '' } as const
  for (let sent = 0; sent < 600; sent += 1) rig.client.send(describe) // 6 MB of answers
  let most = 0
  for (let turn = 0; turn < 300; turn += 1) {
    await turns(1)
    most = Math.max(most, rig.clientEnd.writableLength)
  }
  assert.ok(most < 1_500_000, `${most} bytes were held`)
  rig.client.socket.unstall()
  rig.client.send(SYNC)
  assert.equal((await rig.client.ready()).length, 1_201)
})

test('what a client sends ahead of a slow upstream is held in flat memory', async () => {
  const rig = await openWorld({ highWaterMark: 16 * 1024, meanings: { takes: { object: 'open.table', columns: ['a'], parameters: 1 } }, replies: { takes: { fields: [textField('a')], rows: [['1']] } } })
  rig.client.send(parse('s', 'takes'), SYNC)
  await rig.client.ready()
  rig.server.stall()
  const parameter = 'x'.repeat(200_000)
  for (let sent = 0; sent < 100; sent += 1) rig.client.send(bind('', 's', [parameter]), execute(''))
  let most = 0
  for (let turn = 0; turn < 300; turn += 1) {
    await turns(1)
    most = Math.max(most, rig.upstreamEnd.writableLength)
  }
  assert.ok(most < 2_000_000, `${most} bytes were held`)
  rig.server.unstall()
  rig.client.send(SYNC)
  assert.equal((await rig.client.ready()).filter((line) => line === 'C SELECT 1').length, 100)
})

test('frames kept back are bounded in bytes', async () => {
  const rig = await openWorld({ meanings: { takes: { object: 'open.table', columns: ['a'], parameters: 1 } }, limits: { maxFrameBytes: 100_000 } })
  rig.client.send(parse('s', 'takes'), ...Array.from({ length: 50 }, (_, at) => bind(`p${at}`, 's', ['x'.repeat(90_000)])), SYNC)
  const lines = await rig.client.ready()
  assert.equal(lines.filter((line) => line === '2').length, 4)
  assert.match(lines.at(-2) ?? '', /^E 54000 refused: more than 400000 bytes of prepared statements and portals/)
})

const broken: Readonly<Record<string, { readonly raw: Buffer; readonly words: RegExp }>> = {
  'another command tag': { raw: Buffer.concat([encodeBackend({ kind: 'rowDescription', fields: [textField('a')] }), encodeBackend({ kind: 'commandComplete', tag: 'DELETE 2' })]), words: /reports DELETE, which is not what was allowed/ },
  'a tag that is a text': { raw: Buffer.concat([encodeBackend({ kind: 'rowDescription', fields: [textField('a')] }), encodeBackend({ kind: 'commandComplete', tag: `${CANARY}!` })]), words: /a command that is none/ },
  'another table\'s column': { raw: encodeBackend({ kind: 'rowDescription', fields: [textField('a', 4711, 2)] }), words: /column 1 is not the one that was analysed/ },
  'another type': { raw: encodeBackend({ kind: 'rowDescription', fields: [{ ...textField('a'), typeOid: 23 }] }), words: /column 1 is not the one that was analysed/ },
  'more columns': { raw: encodeBackend({ kind: 'rowDescription', fields: [textField('a'), textField('b')] }), words: /2 columns, the analysis predicts 1/ },
  'a second description': { raw: Buffer.concat([encodeBackend({ kind: 'rowDescription', fields: [textField('a')] }), encodeBackend({ kind: 'rowDescription', fields: [textField('a')] })]), words: /a row description where none is owed/ },
  'rows without a description': { raw: encodeDataRow([Buffer.from(CANARY)]), words: /a row before its description/ },
  'no rows where some are predicted': { raw: encodeBackend({ kind: 'commandComplete', tag: 'SELECT 0' }), words: /without the result that belongs to it/ },
  'NoData where rows are predicted': { raw: encodeBackend({ kind: 'noData' }), words: /no rows where the analysis predicts some/ },
  'COPY where rows are allowed': { raw: encodeBackend({ kind: 'copyOutResponse', format: 0, columnFormats: [0] }), words: /COPY data where none was allowed/ },
  'a request for COPY data': { raw: encodeBackend({ kind: 'copyInResponse', format: 0, columnFormats: [0] }), words: /asks for COPY data where none was allowed/ },
  'COPY in both directions': { raw: encodeBackend({ kind: 'copyBothResponse', format: 0, columnFormats: [0] }), words: /upstream sent "W"/ },
  'COPY data from nowhere': { raw: encodeBackend({ kind: 'copyData', data: Buffer.from(CANARY) }), words: /COPY data outside of a COPY/ },
  'the end of no COPY': { raw: encodeBackend({ kind: 'copyDone' }), words: /the end of a COPY that did not begin/ },
  'ParseComplete': { raw: encodeBackend({ kind: 'parseComplete' }), words: /completed a parse it was not asked for/ },
  'ReadyForQuery too early': { raw: encodeBackend({ kind: 'readyForQuery', status: 'I' }), words: /upstream sent "Z" in the answer to a statement/ },
  'rows behind the end': { raw: Buffer.concat([encodeBackend({ kind: 'rowDescription', fields: [textField('a')] }), encodeBackend({ kind: 'commandComplete', tag: 'SELECT 0' }), encodeDataRow([Buffer.from(CANARY)])]), words: /upstream sent "D" while it owed ready/ },
  'an answer to a function call': { raw: encodeBackend({ kind: 'functionCallResponse', value: Buffer.from(CANARY) }), words: /upstream sent "V"/ },
  'a message of no kind': { raw: Buffer.from([0x2b, 0, 0, 0, 4]), words: /message type "\+" is not one that may come here/ },
  'a length that cannot be': { raw: Buffer.from([0x43, 0, 0, 0, 3]), words: /length field is 3/ },
  'a row that ends behind its frame': { raw: Buffer.concat([encodeBackend({ kind: 'rowDescription', fields: [textField('a')] }), Buffer.from([0x43, 0, 0, 0, 6, 0x41, 0x42])]), words: /terminator|read|string/ },
}

for (const [name, { raw, words }] of Object.entries(broken)) {
  test(`an upstream that answers with ${name} ends the session and delivers nothing of it`, async () => {
    for (const messages of [[query('good')]]) {
      const rig = await openWorld({ replies: { good: { raw } } })
      rig.client.send(...messages)
      const lines = await rig.client.closed()
      await rig.over
      assert.match(lines.at(-1) ?? '', words)
      assert.match(lines.at(-1) ?? '', /^E FATAL/)
      assert.ok(!rig.client.bytes.includes(CANARY))
      assert.ok(!rig.recorder.text.includes(CANARY))
      assert.ok(!rig.alerts.join().includes(CANARY))
      assert.deepEqual(rig.story(), ['intent', name === 'rows behind the end' ? 'outcome:done' : 'outcome:lost'])
      assert.match(fieldText(rig.recorder.entries.at(-1), 'reason'), /^fault: (unexpected-result|unexpected-message|unknown-message|bad-length|bad-string|read-past-frame)$/)
    }
  })
}

test('answers that are not what was allowed raise an alert', async () => {
  const rig = await openWorld({ replies: { good: { fields: [textField('a')], tag: 'DELETE 2' } } })
  rig.client.query('good')
  await rig.client.closed()
  await rig.over
  assert.deepEqual(rig.alerts, ['the upstream reports DELETE, which is not what was allowed'])
})

test('a transform that fails ends the session in the middle of the result', async () => {
  for (const messages of [[query('masked')], [...run('masked'), SYNC]]) {
    const rig = await openWorld({
      transforms: { planRows: (_fields, masks) => ({ kind: 'plan', transform: { identity: masks.length === 0, transformDataRow: () => { throw new Error(`cannot mask ${CANARY}`) } } }) },
    })
    rig.client.send(...messages)
    const lines = await rig.client.closed()
    await rig.over
    assert.match(lines.at(-1) ?? '', /^E FATAL XX000 doorward: internal error, the session ends$/)
    assert.ok(!rig.client.bytes.includes(CANARY))
    assert.deepEqual(rig.story(), ['intent', 'outcome:lost'])
  }
})

test('what cannot be masked is not asked for', async () => {
  const rig = await openWorld({ transforms: { planRows: () => ({ kind: 'cannot-mask', why: 'output 1 has no safe mask' }) } })
  rig.client.query('masked')
  assert.match((await rig.client.ready())[0] ?? '', /^E 42501 refused: output 1 has no safe mask/)
  assert.deepEqual(statementsSeen(rig), [])
})

test('masked rows, COPY lines, errors and notices hold no value', async () => {
  const rig = await openWorld()
  for (const text of ['masked', 'maskedError', 'maskedCopy']) {
    rig.client.query(text)
    await rig.client.ready()
    rig.client.send(...run(text), SYNC)
    await rig.client.ready()
  }
  assert.ok(!rig.client.bytes.includes(CANARY))
  assert.ok(!rig.recorder.text.includes(CANARY))
  assert.ok(rig.client.lines.includes('D ***') && rig.client.lines.includes('d ***\n') && rig.client.lines.includes('E 22P02 rewritten') && rig.client.lines.includes('N rewritten'))
})

test('settings the target reports pass, but not an encoding that is read otherwise', async () => {
  const rig = await openWorld()
  rig.server.say({ kind: 'parameterStatus', name: 'TimeZone', value: 'Europe/Vienna' })
  assert.deepEqual(await rig.client.take('the setting', (lines) => lines.length > 0), ['S TimeZone=Europe/Vienna'])
  rig.server.say({ kind: 'parameterStatus', name: 'client_encoding', value: 'LATIN1' })
  assert.match((await rig.client.closed()).join(), /E FATAL 08P01 doorward: the target reports client_encoding other than UTF8/)
  await rig.over
  assert.equal(rig.alerts.length, 1)
})

test('payloads of notifications are left out, and texts that belong to no statement are rewritten', async () => {
  const rig = await openWorld()
  rig.server.say({ kind: 'notificationResponse', pid: 7, channel: 'jobs', payload: CANARY }, { kind: 'noticeResponse', fields: new Map([['S', 'WARNING'], ['V', 'WARNING'], ['C', '01000'], ['M', CANARY]]) })
  assert.deepEqual(await rig.client.take('both', (lines) => lines.length === 2), ['A jobs ', 'N rewritten'])
})

test('an error at the end of a batch reaches the client rewritten', async () => {
  const rig = await openWorld()
  const gate = Promise.withResolvers<void>()
  rig.server.set('good', { fields: [textField('a')], rows: [['1']], gate: gate.promise })
  rig.server.onMessage = (line) => {
    if (line === 'S' && rig.server.ran.length > 0) rig.server.say({ kind: 'errorResponse', fields: new Map([['S', 'ERROR'], ['V', 'ERROR'], ['C', '23503'], ['M', CANARY]]) })
  }
  rig.client.send(...run('good'), FLUSH)
  await until('it runs', () => rig.server.ran.length > 0)
  gate.resolve()
  await rig.client.take('the row', (lines) => lines.includes('C SELECT 1'))
  rig.client.send(SYNC)
  assert.deepEqual(await rig.client.ready(), ['E 23503 rewritten', 'Z I'])
})

const badClient: Readonly<Record<string, { readonly bytes: Buffer; readonly words: RegExp; readonly reason: RegExp }>> = {
  'a message of no kind': { bytes: Buffer.from([0x7e, 0, 0, 0, 4]), words: /message type "~" is not one that may come here/, reason: /unknown-message/ },
  'a server\'s message': { bytes: encodeBackend({ kind: 'readyForQuery', status: 'I' }), words: /message type "Z"/, reason: /unknown-message/ },
  'a password': { bytes: Buffer.from([0x70, 0, 0, 0, 5, 0]), words: /message type "p"/, reason: /unknown-message/ },
  'a length below its own': { bytes: Buffer.from([0x51, 0, 0, 0, 3]), words: /length field is 3/, reason: /bad-length/ },
  'a length over the limit': { bytes: Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff]), words: /bytes, expected at most/, reason: /frame-too-long/ },
  'a text without its end': { bytes: Buffer.from([0x51, 0, 0, 0, 6, 0x61, 0x62]), words: /terminator/, reason: /bad-string/ },
  'a NUL inside': { bytes: Buffer.from([0x51, 0, 0, 0, 8, 0x61, 0, 0x62, 0]), words: /2 bytes after the last field/, reason: /trailing-bytes/ },
  'a text that is not UTF-8': { bytes: Buffer.from([0x51, 0, 0, 0, 7, 0xc3, 0x28, 0]), words: /not UTF-8/, reason: /bad-string/ },
  'a Sync with a body': { bytes: Buffer.from([0x53, 0, 0, 0, 5, 1]), words: /1 bytes, expected at most 0/, reason: /frame-too-long/ },
  'a name over 63 bytes': { bytes: Buffer.concat([Buffer.from([0x44, 0, 0, 0, 70, 0x53]), Buffer.alloc(64, 0x61), Buffer.from([0])]), words: /a name of 64 bytes/, reason: /name-too-long/ },
}

for (const [name, { bytes, words, reason }] of Object.entries(badClient)) {
  test(`a client that sends ${name} is told, and the upstream sees nothing`, async () => {
    for (const before of [[], run('good')]) {
      const rig = await openWorld()
      rig.client.send(...before).sendBytes(Buffer.concat([bytes, Buffer.from(CANARY)]))
      const lines = await rig.client.closed()
      await rig.over
      assert.match(lines.at(-1) ?? '', /^E FATAL 08P01 doorward: /)
      assert.match(lines.at(-1) ?? '', words)
      assert.match(fieldText(rig.recorder.entries.at(-1), 'reason'), reason)
      if (before.length === 0) assert.deepEqual(statementsSeen(rig), [])
      assert.ok(!Buffer.concat(rig.server.gotBytes).includes(CANARY))
      assert.equal(rig.recorder.entries.at(-1)?.['unsettled'], undefined)
    }
  })
}

test('the function call message is refused and recorded, and the session lives', async () => {
  const call = { kind: 'functionCall', functionOid: 1, argumentFormats: [], arguments: [Buffer.from(CANARY)], resultFormat: 0 } as const
  const rig = await openWorld()
  rig.client.send(call)
  assert.deepEqual(await rig.client.ready(), ['E 0A000 refused: the function call message is not served (receipt 1)', 'Z I'])
  rig.client.query('begin')
  await rig.client.ready()
  rig.client.send(call)
  assert.equal((await rig.client.ready()).at(-1), 'Z E')
  rig.client.query('rollback')
  await rig.client.ready()
  rig.client.send(...run('write'), call)
  assert.deepEqual((await rig.client.ready()).slice(-2).map((line) => line.slice(0, 7)), ['E 0A000', 'Z I'])
  assert.ok(!Buffer.concat(rig.server.gotBytes).includes(CANARY))
})

test('a cancel ends the statement that runs, and nothing when none does', async () => {
  const rig = await openWorld({ replies: { good: { fields: [textField('a')], gate: new Promise(() => undefined) } } })
  await rig.session.cancel()
  assert.equal(rig.cancels(), 0)
  rig.client.query('good')
  await until('it runs', () => rig.server.ran.length === 1)
  await rig.session.cancel()
  assert.deepEqual((await rig.client.ready()).map((line) => line.slice(0, 7)), ['T a', 'E 57014', 'Z I'])
  assert.deepEqual(rig.story(), ['intent', 'outcome:cancelled'])
  rig.client.query('other')
  assert.equal((await rig.client.ready()).at(-2), 'C SELECT 1')
})

test('a cancel while the intent is being recorded keeps the statement from running', async () => {
  const rig = await openWorld()
  rig.recorder.mood = { kind: 'slow' }
  rig.client.query('good')
  await until('the intent waits', () => rig.recorder.waiting.includes('intent'))
  await rig.session.cancel()
  rig.recorder.release()
  assert.match((await rig.client.ready())[0] ?? '', /^E 57014 /)
  assert.deepEqual(statementsSeen(rig), [])
  assert.deepEqual(rig.story(), ['intent', 'outcome:cancelled', 'refusal:withdrawn'])
})

test('a held statement waits for minutes while the session keeps its place', async () => {
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  const rig = await openWorld({
    approve: async (request) => { request.onAsked({ reference: 'A-1', expiresAtMs: 0 }); asked.resolve(); await answer.promise; return approved() },
  })
  rig.client.send(...run('good'), ...run('held'), ...run('other'), SYNC)
  await asked.promise
  const before = await rig.client.take('what came before, and the notice', (lines) => lines.some((line) => line.startsWith('N ')) && lines.includes('C SELECT 2'))
  assert.match(before.find((line) => line.startsWith('N ')) ?? '', /waits for approval/)
  await turns(100)
  assert.deepEqual(rig.server.ran, ['public:good'])
  answer.resolve()
  assert.deepEqual((await rig.client.ready()).filter((line) => !/^[12]$/.test(line)), ['D 4', 'C SELECT 1', 'D 3', 'C SELECT 1', 'Z I'])
})

test('a held statement is refused when nobody approves, and withdrawn when the client cancels or goes', async () => {
  const refusals = { disapproved: { kind: 'disapproved', why: 'not today' }, expired: { kind: 'expired' }, withdrawn: { kind: 'withdrawn', why: 'the client cancelled' } } as const
  for (const [reason, approval] of Object.entries(refusals)) {
    const rig = await openWorld({ approve: () => Promise.resolve(approval) })
    rig.client.query('held')
    assert.match((await rig.client.ready())[0] ?? '', reason === 'withdrawn' ? /^E 57014/ : /^E 42501/, reason)
    assert.deepEqual(rig.story(), [`refusal:${reason}`])
    assert.deepEqual(statementsSeen(rig), [])
  }
  for (const how of ['cancel', 'vanish'] as const) {
    const rig = await openWorld({ approve: (_request, signal) => new Promise((resolve) => { signal.addEventListener('abort', () => { resolve({ kind: 'withdrawn', why: 'the client cancelled' }) }) }) })
    rig.client.query('held')
    await until('it is held', () => rig.held.length === 1)
    if (how === 'cancel') { await rig.session.cancel(); assert.match((await rig.client.ready())[0] ?? '', /^E 57014/) }
    else { rig.client.socket.vanish(); await rig.over }
    assert.deepEqual(rig.story(), ['refusal:withdrawn'], how)
    assert.deepEqual(statementsSeen(rig), [])
  }
})

test('the upstream may vanish while a person decides', async () => {
  const rig = await openWorld({ approve: (_request, signal) => new Promise((resolve) => { signal.addEventListener('abort', () => { resolve({ kind: 'withdrawn', why: 'the session is over' }) }) }) })
  rig.client.query('held')
  await until('it is held', () => rig.held.length === 1)
  rig.server.vanish()
  assert.match((await rig.client.closed()).join(), /E FATAL 08006/)
  await rig.over
  assert.deepEqual(rig.recorder.kinds.slice(-2), ['refusal', 'session.close'])
})

test('activity is the client\'s', async () => {
  const rig = await openWorld()
  const before = rig.activity()
  rig.client.query('good')
  await rig.client.ready()
  assert.equal(rig.activity(), before + 1)
})

test('neither entries nor alerts hold what statements, parameters, rows and errors say', async () => {
  const replies: Readonly<Record<string, Reply>> = {
    [`good ${CANARY}`]: { fields: [textField('a')], rows: [[CANARY]], notices: [CANARY] },
    [`fails ${CANARY}`]: { error: { state: 'P0001', message: CANARY, detail: CANARY } },
    [`state ${CANARY}`]: { error: { state: CANARY, message: CANARY } },
  }
  const meanings = Object.fromEntries(Object.keys(replies).map((text) => [text, { object: 'open.table', ...(text.startsWith('good') ? { columns: ['a'] } : {}), parameters: 1 }]))
  const rig = await openWorld({ replies, meanings })
  for (const text of [...Object.keys(replies), `SYNTAX ${CANARY}`, `not known ${CANARY}`, `denied; ${CANARY}`]) {
    rig.client.query(text)
    await rig.client.ready()
    rig.client.send(parse('', text), bind('', '', [CANARY]), execute(''), SYNC)
    await rig.client.ready()
  }
  rig.client.send(TERMINATE)
  await rig.over
  assert.ok(rig.recorder.entries.length > 15)
  assert.ok(!rig.recorder.text.includes(CANARY))
  assert.ok(!rig.alerts.join().includes(CANARY))
  assert.ok(!String(new Sensitive(CANARY)).includes(CANARY))
})
