/** The simple query protocol: one statement as it came, several under one implicit transaction, and refusals anywhere among them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textField } from './testing/scripted-server.test.ts'
import { bind, execute, parse, query, run, SYNC } from './testing/scripted-client.test.ts'
import { openWorld, statementsSeen } from './testing/world.test.ts'

test('one statement is forwarded as it came, byte for byte', async () => {
  const rig = await openWorld()
  rig.client.query('  good ;')
  assert.deepEqual(await rig.client.ready(), ['T a', 'D 1', 'D 2', 'C SELECT 2', 'Z I'])
  assert.deepEqual(statementsSeen(rig), ['Q   good ;'])
  assert.deepEqual(rig.story(), ['intent', 'outcome:done'])
})

test('an empty text is answered here', async () => {
  const rig = await openWorld()
  for (const text of ['', ' ', ';']) {
    rig.client.query(text)
    assert.deepEqual(await rig.client.ready(), ['I', 'Z I'])
  }
  assert.deepEqual(statementsSeen(rig), [])
})

test('what may not run is refused with its receipt, outside of a transaction without a word to the upstream', async () => {
  const answers = {
    denied: /^E 42501 refused: closed\.table may not be read \(receipt 1\)$/, opaque: /^E 42501 refused: it may not be read \(receipt 1\)$/,
    policyBreaks: /^E 42501 refused: the decision could not be made \(receipt 1\)$/, refused: /^E 42501 refused: the statement has a form that is not understood \(receipt 1\)$/,
    unreachable: /^E 42501 refused: the statement could not be analysed \(receipt 1\)$/, rejected: /^E 42P01 relation does not exist$/, SYNTAX: /^E 42601 syntax error$/,
    HUGE: /^E 42501 refused: the text is too long \(receipt 1\)$/,
  }
  for (const [text, expected] of Object.entries(answers)) {
    const rig = await openWorld()
    rig.client.query(text)
    const [error, ready, ...more] = await rig.client.ready()
    assert.match(error ?? '', expected, text)
    assert.deepEqual([ready, more], ['Z I', []], text)
    assert.deepEqual(statementsSeen(rig), [], text)
    assert.equal(rig.recorder.ofKind('refusal').length, 1, text)
    rig.client.query('good')
    assert.equal((await rig.client.ready()).at(-1), 'Z I', text)
  }
})

test('the receipt that is shown is the entry of the refusal', async () => {
  const rig = await openWorld()
  rig.client.query('good')
  await rig.client.ready()
  rig.client.query('denied')
  const shown = Number(/receipt (\d+)/.exec((await rig.client.ready()).join())?.[1])
  assert.equal(rig.recorder.entries[shown]?.kind, 'refusal')
})

test('inside a transaction a refusal fails it, and a rollback to a savepoint takes that back', async () => {
  for (const text of ['denied', 'opaque', 'policyBreaks', 'refused', 'unreachable', 'rejected', 'SYNTAX']) {
    const rig = await openWorld()
    for (const step of ['begin', 'savepoint s']) { rig.client.query(step); await rig.client.ready() }
    rig.client.query(text)
    assert.equal((await rig.client.ready()).at(-1), 'Z E', text)
    rig.client.query('good')
    assert.match((await rig.client.ready()).join(), /E 25P02/, text)
    rig.client.query('rejected')
    assert.match((await rig.client.ready()).join(), /E 25P02/, text)
    // Once it has failed, another refusal needs nothing of the upstream.
    rig.client.query('denied')
    assert.equal((await rig.client.ready()).at(-1), 'Z E', text)
    rig.client.query('rollback to s')
    assert.equal((await rig.client.ready()).at(-1), 'Z T', text)
    rig.client.query('good')
    assert.deepEqual((await rig.client.ready()).at(-2), 'C SELECT 2', text)
    assert.ok(!rig.server.ran.includes(`public:${text}`), text)
  }
})

test('several statements are decided one by one and share one implicit transaction', async () => {
  const rig = await openWorld()
  rig.client.query('write; good; other')
  assert.deepEqual(await rig.client.ready(), ['C INSERT 0 1', 'T a', 'D 1', 'D 2', 'C SELECT 2', 'T a', 'D 3', 'C SELECT 1', 'Z I'])
  assert.equal(rig.server.got.filter((line) => line === 'S').length, 2) // one for the schemas, one for the Query
  assert.deepEqual(rig.story(), ['intent', 'outcome:done', 'intent', 'outcome:done', 'intent', 'outcome:done'])
})

test('a refusal among several stops the rest and rolls back what ran before', async () => {
  for (const text of ['denied', 'opaque', 'rejected', 'refused', 'unreachable']) {
    const rig = await openWorld()
    rig.client.query(`write; ${text}; write`)
    const lines = await rig.client.ready()
    assert.equal(lines.length, 3, text)
    assert.deepEqual([lines[0], lines[2]], ['C INSERT 0 1', 'Z I'], text)
    assert.match(lines[1] ?? '', /^E 42/, text)
    assert.deepEqual(rig.server.ran, ['public:write'], text)
    assert.deepEqual(rig.server.got.slice(-2), ['E doorward refused 1', 'S'], text)
  }
})

test('an error among several stops the rest', async () => {
  const rig = await openWorld()
  rig.client.query('write; fails; write')
  assert.deepEqual(await rig.client.ready(), ['C INSERT 0 1', 'T a', 'D 1', 'E 22012 division by zero', 'Z I'])
  assert.deepEqual(rig.server.ran, ['public:write', 'public:fails'])
})

test('a transaction may begin and end among several', async () => {
  const rig = await openWorld()
  rig.client.query('begin; write')
  assert.deepEqual(await rig.client.ready(), ['C BEGIN', 'C INSERT 0 1', 'Z T'])
  rig.client.query('write; commit; good')
  assert.deepEqual(await rig.client.ready(), ['C INSERT 0 1', 'C COMMIT', 'T a', 'D 1', 'D 2', 'C SELECT 2', 'Z I'])
  rig.client.query('begin; denied')
  assert.equal((await rig.client.ready()).at(-1), 'Z E')
})

test('positions of errors count from the start of the whole text', async () => {
  const rig = await openWorld({ meanings: { '/* äöü𝄞 */ good': { object: 'open.table', columns: ['a'] }, wrong: { rejected: { state: '42601', message: 'here', position: 2 } } }, replies: { '/* äöü𝄞 */ good': { fields: [textField('a')], rows: [['1']] } } })
  rig.client.query('/* äöü𝄞 */ good; wrong')
  await rig.client.take('an error', (lines) => lines.some((line) => line.startsWith('E ')))
  const error = rig.client.messages.find((message) => message.kind === 'errorResponse')
  assert.equal(error?.kind === 'errorResponse' ? error.fields.get('P') : undefined, '18')
})

test('a row over the limit stops the statement and is not delivered', async () => {
  const rig = await openWorld()
  rig.client.query('limited')
  assert.deepEqual(await rig.client.ready(), ['T a', 'D 1', 'D 2', 'D 3', 'E 54000 refused: the result has more than the 3 rows that a statement may deliver (receipt 2)', 'Z I'])
  assert.equal(rig.cancels(), 1)
  assert.deepEqual(rig.story(), ['intent', 'refusal:limit', 'outcome:stopped'])
  assert.deepEqual(rig.recorder.ofKind('outcome').map((entry) => entry['rows']), [3])
  rig.client.query('good')
  assert.equal((await rig.client.ready()).at(-1), 'Z I')
})

test('a limit reached inside a transaction fails it', async () => {
  const rig = await openWorld()
  rig.client.query('begin')
  await rig.client.ready()
  rig.client.query('limited')
  assert.equal((await rig.client.ready()).at(-1), 'Z E')
  rig.client.query('write; limited; write')
  assert.equal((await rig.client.ready()).at(-1), 'Z E')
})

test('a limit among several statements stops the rest, and in an extended batch too', async () => {
  const rig = await openWorld()
  rig.client.query('write; limited; write')
  assert.deepEqual((await rig.client.ready()).slice(-2).map((line) => line.slice(0, 7)), ['E 54000', 'Z I'])
  rig.client.send(...run('limited'), SYNC)
  assert.deepEqual((await rig.client.ready()).slice(-2).map((line) => line.slice(0, 7)), ['E 54000', 'Z I'])
  assert.equal(rig.server.ran.filter((text) => text === 'public:write').length, 1)
  rig.client.query('good')
  assert.equal((await rig.client.ready()).at(-1), 'Z I')
})

test('the rows of a portal count together against the limit', async () => {
  const rig = await openWorld()
  rig.client.query('begin')
  await rig.client.ready()
  rig.client.send(parse('', 'limited'), bind('p', ''), execute('p', 2), SYNC)
  assert.deepEqual((await rig.client.ready()).slice(2), ['D 1', 'D 2', 's', 'Z T'])
  rig.client.send(execute('p', 2), SYNC)
  assert.deepEqual((await rig.client.ready()).map((line) => line.slice(0, 7)), ['D 3', 'E 54000', 'Z E'])
})

test('a definition that changed while the statement ran stops it before a row is seen', async () => {
  const rig = await openWorld({
    meanings: { changed: { object: 'open.table', columns: ['a'], confirm: 'changed' }, silent: { object: 'open.table', columns: ['a'], confirm: 'fails' }, same: { object: 'open.table', columns: ['a'], confirm: 'unchanged' } },
    replies: Object.fromEntries(['changed', 'silent', 'same'].map((text) => [text, { fields: [textField('a')], rows: [['secret']] }])),
  })
  for (const [text, words] of [['changed', /a definition that the statement rests on changed/], ['silent', /did not say whether/]] as const) {
    rig.client.query(text)
    const lines = await rig.client.ready()
    assert.equal(lines.length, 2, text)
    assert.match(lines[0] ?? '', words, text)
  }
  rig.client.query('same')
  assert.deepEqual(await rig.client.ready(), ['T a', 'D secret', 'C SELECT 1', 'Z I'])
  rig.client.query('begin')
  await rig.client.ready()
  rig.client.query('changed')
  assert.equal((await rig.client.ready()).at(-1), 'Z E')
})

test('what a write stored is not committed before it is confirmed', async () => {
  const write = (confirm: 'changed' | 'unchanged') => ({ object: 'open.table', tags: ['INSERT'], action: 'create' as const, confirm })
  const rig = await openWorld({ meanings: { moved: write('changed'), kept: write('unchanged') }, replies: { moved: { tag: 'INSERT 0 1' }, kept: { tag: 'INSERT 0 1' } } })
  const ways: readonly (readonly [string, (text: string) => void])[] = [
    ['simple', (text) => { rig.client.query(text) }], ['with others', (text) => { rig.client.query(`good; ${text}`) }],
    ['extended', (text) => { rig.client.send(...run(text), SYNC) }], ['before a Query, which a failed batch drops', (text) => { rig.client.send(...run(text), query('good'), ...(text === 'moved' ? [SYNC] : [])) }],
    ['before a COMMIT in its batch', (text) => { rig.client.send(...run(text), ...run('commit'), SYNC) }],
  ]
  for (const [way, send] of ways) {
    for (const [text, expected] of [['moved', /^E 42501/], ['kept', /^C INSERT 0 1$/]] as const) {
      rig.server.got.length = 0
      send(text)
      const lines = await rig.client.ready()
      assert.ok(lines.some((line) => expected.test(line)), `${way} ${text}: ${lines.join(', ')}`)
      // An Execute of a portal that is nobody's fails the batch before anything ends it.
      const [first, ...others] = rig.server.got.slice(rig.server.got.findLastIndex((line) => new RegExp(`^P +${text}$`).test(line))).filter((line) => /^(E doorward|S|Q)/.test(line))
      assert.equal(first?.startsWith('E doorward'), text === 'moved', `${way} ${text}: ${rig.server.got.join(', ')}`)
      assert.ok(text === 'kept' || others.every((line) => line === 'S'), way)
    }
  }
})

test('statements of Doorward\'s own are answered here, and recorded', async () => {
  const local = (tag: string, show?: 'doorward.purpose') => ({ object: 'open.table', changes: tag === 'SET' ? [{ kind: 'purpose', value: 'TREAT' } as const] : [], local: { tag, show }, ...(show === undefined ? {} : { columns: ['doorward.purpose'] }) })
  const rig = await openWorld({ meanings: { 'set purpose': local('SET'), 'show purpose': local('SHOW', 'doorward.purpose') } })
  rig.client.query('set purpose; show purpose')
  assert.deepEqual(await rig.client.ready(), ['C SET', 'T doorward.purpose', 'D TREAT', 'C SHOW', 'Z I'])
  rig.client.query('show purpose')
  assert.deepEqual(await rig.client.ready(), ['T doorward.purpose', 'D TREAT', 'C SHOW', 'Z I'])
  assert.deepEqual(statementsSeen(rig), [])
  assert.equal(rig.recorder.ofKind('outcome').length, 3)
  // In a pipeline it takes effect only when what stands before it went well.
  rig.names.purpose = undefined
  rig.client.send(...run('fails'), ...run('set purpose'), SYNC)
  await rig.client.ready()
  assert.equal(rig.names.purpose, undefined)
})
