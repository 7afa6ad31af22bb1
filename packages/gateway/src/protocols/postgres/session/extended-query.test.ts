/** The extended query protocol: pipelines, names, errors in the middle, and what must not be forwarded. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { turns } from '@doorward/testkit'
import { bind, closePortal, closeStatement, describePortal, describeStatement, execute, FLUSH, parse, query, run, SYNC } from './testing/scripted-client.test.ts'
import { textField } from './testing/scripted-server.test.ts'
import { openWorld, statementsSeen } from './testing/world.test.ts'

test('Parse, Bind and Describe are answered without a word to the upstream', async () => {
  const rig = await openWorld()
  rig.client.send(parse('s', 'good'), describeStatement('s'), bind('p', 's'), describePortal('p'), SYNC)
  assert.deepEqual(await rig.client.ready(), ['1', 't 0', 'T a', '2', 'T a', 'Z I'])
  assert.deepEqual(statementsSeen(rig), [])
  assert.deepEqual(rig.story(), [])
})

test('the first Execute takes Parse and Bind along, the next does not', async () => {
  const rig = await openWorld()
  rig.client.send(parse('s', 'good'), bind('', 's'), execute(''), bind('', 's'), execute(''), SYNC)
  assert.deepEqual(await rig.client.ready(), ['1', '2', 'D 1', 'D 2', 'C SELECT 2', '2', 'D 1', 'D 2', 'C SELECT 2', 'Z I'])
  assert.deepEqual(statementsSeen(rig), ['P s good', 'B  s', 'E  0', 'B  s', 'E  0'])
  assert.deepEqual(rig.story().toSorted(), ['intent', 'intent', 'outcome:done', 'outcome:done'])
})

test('a portal is suspended and read on, each part decided', async () => {
  const rig = await openWorld()
  rig.client.send(...run('good').slice(0, 2), execute('', 1), execute('', 1), execute('', 1), SYNC)
  assert.deepEqual(await rig.client.ready(), ['1', '2', 'D 1', 's', 'D 2', 's', 'C SELECT 0', 'Z I'])
  assert.deepEqual(rig.recorder.ofKind('intent').length, 3)
  assert.deepEqual(rig.recorder.ofKind('outcome').map((entry) => [entry['status'], entry['rows']]), [['done', 1], ['done', 1], ['done', 0]])
})

test('a refusal between two allowed Executes stops the batch, undoes it upstream, and the session lives', async () => {
  const rig = await openWorld()
  rig.client.send(...run('write'), ...run('denied'), ...run('write'), SYNC)
  const lines = await rig.client.ready()
  assert.deepEqual(lines.map((line) => line.slice(0, 7)), ['1', '2', 'C INSER', '1', '2', 'E 42501', 'Z I'])
  assert.match(lines.at(-2) ?? '', /refused: closed\.table may not be read \(receipt \d+\)/)
  // The portal that nobody made has failed the implicit transaction in which the first write stood.
  assert.deepEqual(rig.server.got.slice(-2), ['E doorward refused 1', 'S'])
  assert.deepEqual(rig.server.ran, ['public:write'])
  rig.client.query('good')
  assert.deepEqual(await rig.client.ready(), ['T a', 'D 1', 'D 2', 'C SELECT 2', 'Z I'])
  assert.deepEqual(rig.story().filter((line) => line !== 'outcome:done'), ['intent', 'refusal:policy', 'intent'])
})

test('inside a transaction a refusal fails the transaction', async () => {
  const rig = await openWorld()
  rig.client.query('begin')
  await rig.client.ready()
  rig.client.send(...run('denied'), SYNC)
  assert.deepEqual((await rig.client.ready()).at(-1), 'Z E')
  rig.client.send(...run('good'), SYNC)
  assert.match((await rig.client.ready()).join(), /E 25P02/)
  rig.client.query('rollback')
  assert.deepEqual(await rig.client.ready(), ['C ROLLBACK', 'Z I'])
})

test('after an upstream error the client sees nothing more of the batch', async () => {
  for (const second of ['good', 'denied', 'rejected', 'SYNTAX', 'refused']) {
    const rig = await openWorld()
    rig.client.send(...run('fails'), ...run(second), SYNC)
    assert.deepEqual(await rig.client.ready(), ['1', '2', 'D 1', 'E 22012 division by zero', 'Z I'], second)
    rig.client.query('good')
    assert.deepEqual((await rig.client.ready()).at(-1), 'Z I', second)
  }
})

test('the answer to one statement may arrive while the next is being decided', async () => {
  for (const [second, expected] of [['open.table', ['D 1', 'D 2', 'C SELECT 2']], ['closed.table', ['E 42501 refused: closed.table may not be read (receipt 3)']]] as const) {
    const gate = Promise.withResolvers<void>()
    const rig = await openWorld({ meanings: { late: { object: second, columns: ['a'], gate: gate.promise } }, replies: { late: { fields: [textField('a')], rows: [['1'], ['2']] } } })
    rig.client.send(...run('other'), FLUSH, parse('', 'late'), bind('', ''), execute(''), SYNC)
    assert.deepEqual(await rig.client.take('the first answer', (lines) => lines.includes('C SELECT 1')), ['1', '2', 'D 3', 'C SELECT 1'])
    gate.resolve()
    const rest = await rig.client.ready()
    assert.deepEqual(rest.slice(2, -1), expected, second)
  }
})

test('an error that arrives while the next statement waits for the recorder skips it, and settles its intent', async () => {
  const rig = await openWorld()
  const gate = Promise.withResolvers<void>()
  rig.server.set('fails', { bindError: { state: '22P02', message: 'late' }, gate: gate.promise })
  rig.client.send(...run('fails'), FLUSH)
  await rig.client.take('the bind', (lines) => lines.includes('2'))
  rig.recorder.mood = { kind: 'slow' }
  rig.client.send(...run('good'), SYNC)
  await turns(20)
  rig.recorder.release()
  const lines = await rig.client.ready()
  assert.deepEqual(lines.at(-1), 'Z I')
  assert.deepEqual(rig.server.ran, [])
  assert.equal(rig.admission.unsettled, 0)
})

test('what a batch made after its failing point did not happen', async () => {
  const rig = await openWorld()
  rig.client.send(...run('fails'), parse('later', 'good'), SYNC)
  assert.deepEqual(await rig.client.ready(), ['1', '2', 'D 1', 'E 22012 division by zero', 'Z I'])
  rig.client.send(parse('later', 'other'), bind('', 'later'), execute(''), SYNC)
  assert.deepEqual(await rig.client.ready(), ['1', '2', 'D 3', 'C SELECT 1', 'Z I'])
})

test('what a batch closed after its failing point is still there', async () => {
  const rig = await openWorld()
  rig.client.send(parse('kept', 'other'), bind('', 'kept'), execute(''), SYNC)
  await rig.client.ready()
  rig.client.send(...run('fails'), closeStatement('kept'), SYNC)
  await rig.client.ready()
  rig.client.send(bind('', 'kept'), execute(''), SYNC)
  assert.deepEqual(await rig.client.ready(), ['2', 'D 3', 'C SELECT 1', 'Z I'])
})

test('a text that the session itself has to analyse, and that fails, is answered with its error in the middle of a batch', async () => {
  const rig = await openWorld()
  rig.client.query('temporary table')
  await rig.client.ready()
  rig.client.send(...run('good'), parse('', 'rejected'), bind('', ''), execute(''), ...run('good'), SYNC)
  assert.deepEqual(await rig.client.ready(), ['1', '2', 'D 1', 'D 2', 'C SELECT 2', 'E 42P01 relation does not exist', 'Z I'])
  rig.client.send(...run('good'), SYNC)
  assert.deepEqual((await rig.client.ready()).at(-1), 'Z I')
  assert.equal(rig.server.trees, 'off')
})

test('an understander that cannot be reached refuses the statement, wherever it stands', async () => {
  for (const before of [[], run('good')]) {
    for (const begin of ['no', 'yes']) {
      const rig = await openWorld()
      if (begin === 'yes') { rig.client.query('begin'); await rig.client.ready() }
      rig.client.send(...before, ...run('unreachable'), ...run('good'), SYNC)
      const lines = await rig.client.ready()
      assert.match(lines.at(-2) ?? '', /^E 42501 refused: the statement could not be analysed/)
      assert.equal(lines.at(-1), begin === 'yes' ? 'Z E' : 'Z I')
      rig.client.query(begin === 'yes' ? 'rollback' : 'good')
      assert.equal((await rig.client.ready()).at(-1), 'Z I')
    }
  }
})

test('a Query in a batch that has failed is skipped like everything up to Sync', async () => {
  const rig = await openWorld()
  rig.client.send(...run('fails'), FLUSH)
  await rig.client.take('the error', (lines) => lines.some((line) => line.startsWith('E ')))
  rig.client.send(query('good'), SYNC)
  assert.deepEqual(await rig.client.ready(), ['Z I'])
  assert.deepEqual(rig.server.ran, ['public:fails'])
  rig.client.send(...run('denied'), query('good'), SYNC)
  assert.deepEqual((await rig.client.ready()).filter((line) => !/^[12]$/.test(line)), ['E 42501 refused: closed.table may not be read (receipt 3)', 'Z I'])
})

test('a Query after extended messages without Sync runs after them', async () => {
  const rig = await openWorld()
  rig.client.send(...run('good'), query('other'))
  assert.deepEqual(await rig.client.ready(), ['1', '2', 'D 1', 'D 2', 'C SELECT 2', 'T a', 'D 3', 'C SELECT 1', 'Z I'])
  rig.client.send(SYNC)
  assert.deepEqual(await rig.client.ready(), ['Z I'])
})

test('a Query that is answered here ends the batch before it all the same', async () => {
  for (const text of ['', 'SYNTAX', 'denied']) {
    const rig = await openWorld()
    rig.client.send(...run('write'), query(text))
    assert.equal((await rig.client.ready()).at(-1), 'Z I', text)
    assert.equal(rig.server.got.at(-1), 'S', text)
    // What failed takes the write with it.
    assert.equal(rig.server.got.includes('E doorward refused 1'), text !== '', text)
  }
})

test('names that do not exist, or exist already, have the server\'s own words', async () => {
  const rig = await openWorld()
  const answers: string[] = []
  for (const messages of [[bind('', 'none')], [execute('none')], [describeStatement('none')], [describePortal('none')], [parse('s', 'good'), parse('s', 'good')], [parse('', 'good'), bind('p', ''), bind('p', '')], [parse('', 'good'), bind('', '', ['one'])]]) {
    rig.client.send(...messages, SYNC)
    answers.push((await rig.client.ready()).find((line) => line.startsWith('E '))?.slice(0, 7) ?? 'none')
    rig.client.send(closeStatement('s'), SYNC)
    await rig.client.ready()
  }
  assert.deepEqual(answers, ['E 26000', 'E 34000', 'E 26000', 'E 34000', 'E 42P05', 'E 42P03', 'E 08P01'])
  assert.deepEqual(statementsSeen(rig), [])
})

test('closing what is upstream frees it there, closing what is not is answered here', async () => {
  const rig = await openWorld()
  rig.client.send(parse('a', 'good'), parse('b', 'good'), bind('', 'a'), execute(''), closeStatement('b'), closeStatement('a'), closePortal(''), closePortal('none'), SYNC)
  assert.deepEqual((await rig.client.ready()).slice(-5), ['3', '3', '3', '3', 'Z I'])
  assert.deepEqual(statementsSeen(rig).filter((line) => line.startsWith('C ')), ['C statement a', 'C portal '])
})

test('Execute of a portal whose Bind failed upstream fails, and leaves nothing behind', async () => {
  const rig = await openWorld()
  rig.client.query('begin')
  await rig.client.ready()
  rig.client.send(parse('', 'bindFails'), bind('p', ''), execute('p'), SYNC)
  assert.match((await rig.client.ready()).join(), /E 22P02/)
  rig.client.send(execute('p'), SYNC)
  assert.match((await rig.client.ready()).join(), /E (25P02|34000)/)
  rig.client.query('rollback')
  await rig.client.ready()
  rig.client.send(parse('', 'good'), bind('p', ''), execute('p'), SYNC)
  assert.deepEqual((await rig.client.ready()).slice(2), ['D 1', 'D 2', 'C SELECT 2', 'Z I'])
})

test('portals end with their transaction', async () => {
  const rig = await openWorld()
  rig.client.send(parse('', 'good'), bind('p', ''), execute('p', 1), SYNC)
  await rig.client.ready()
  rig.client.send(execute('p', 1), SYNC)
  assert.match((await rig.client.ready()).join(), /E 34000/)
  rig.client.query('begin')
  await rig.client.ready()
  rig.client.send(parse('', 'good'), bind('p', ''), execute('p', 1), SYNC)
  await rig.client.ready()
  rig.client.send(execute('p', 1), SYNC)
  assert.deepEqual(await rig.client.ready(), ['D 2', 's', 'Z T'])
  rig.client.query('commit')
  await rig.client.ready()
  rig.client.send(execute('p', 1), SYNC)
  assert.match((await rig.client.ready()).join(), /E 34000/)
})

test('5,000 Parses without a Sync, and 3,000 Syncs, come through', async () => {
  const rig = await openWorld()
  rig.client.send(...Array.from({ length: 5_000 }, (_, at) => parse(`s${at}`, 'good')), SYNC)
  assert.equal((await rig.client.ready()).length, 5_001)
  rig.client.send(...Array.from({ length: 3_000 }, () => SYNC))
  assert.deepEqual(new Set(await rig.client.readies(3_000)), new Set(['Z I']))
  assert.deepEqual(statementsSeen(rig), [])
})

test('1,000 batches in one write are each decided and answered in order', async () => {
  const rig = await openWorld()
  rig.client.send(...Array.from({ length: 1_000 }, (_, at) => [...run(at % 4 === 3 ? 'denied' : 'good'), SYNC]).flat())
  const lines = await rig.client.readies(1_000)
  assert.equal(lines.filter((line) => line === 'C SELECT 2').length, 750)
  assert.equal(lines.filter((line) => line.startsWith('E 42501')).length, 250)
  assert.equal(rig.admission.unsettled, 0)
})

test('more names than a connection may have are refused, whichever message makes them', async () => {
  const rig = await openWorld({ limits: { statementsPerConnection: 10 } })
  rig.client.send(...Array.from({ length: 11 }, (_, at) => parse(`s${at}`, 'good')), SYNC)
  assert.match((await rig.client.ready()).at(-2) ?? '', /^E 54000 refused: more than 10/)
  const portals = await openWorld({ limits: { statementsPerConnection: 10 } })
  portals.client.send(parse('', 'good'), ...Array.from({ length: 11 }, (_, at) => bind(`p${at}`, '')), SYNC)
  assert.match((await portals.client.ready()).at(-2) ?? '', /^E 54000 refused: more than 10/)
})

test('a cursor of DECLARE is described and closed as the portal it is', async () => {
  const rig = await openWorld()
  for (const step of ['begin', 'declare c cursor for good']) { rig.client.query(step); await rig.client.ready() }
  rig.client.send(describePortal('c'), SYNC)
  assert.deepEqual(await rig.client.ready(), ['T a', 'Z T'])
  rig.client.send(closePortal('c'), SYNC)
  assert.deepEqual(await rig.client.ready(), ['3', 'Z T'])
  assert.ok(rig.server.got.includes('C portal c'), rig.server.got.join())
  rig.client.send(describePortal('c'), SYNC)
  assert.match((await rig.client.ready()).join(), /E 34000/)
})
