/** A cancel request that comes before its statement has reached the upstream: Doorward takes milliseconds where a server takes none. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@doorward/testkit'
import type { RigOptions } from './testing/rig.test.ts'
import { bind, execute, parse, SYNC } from './testing/scripted-client.test.ts'
import { textField } from './testing/scripted-server.test.ts'
import { openWorld } from './testing/world.test.ts'

const endless = (): RigOptions => ({
  meanings: { endless: { object: 'open.table', columns: ['a'] } }, replies: { endless: { fields: [textField('a')], gate: new Promise(() => undefined) } },
})

test('a statement that is still being recorded is not sent any more', async () => {
  const rig = await openWorld(endless())
  rig.recorder.mood = { kind: 'slow' }
  rig.client.query('endless')
  await until('the intent to wait', () => rig.recorder.waiting.length === 1)
  await rig.session.cancel()
  rig.recorder.release()
  assert.deepEqual((await rig.client.ready()).map((line) => line.slice(0, 7)), ['E 57014', 'Z I'])
  assert.deepEqual([rig.server.ran, rig.cancels()], [[], 0])
  assert.deepEqual(rig.story(), ['intent', 'outcome:cancelled', 'refusal:withdrawn'])
})

test('one that is still being understood is cancelled once it runs', async () => {
  const gate = Promise.withResolvers<void>()
  const rig = await openWorld({ ...endless(), meanings: { endless: { object: 'open.table', columns: ['a'], gate: gate.promise } } })
  rig.client.send(parse('', 'endless'), bind('', ''), execute(''), SYNC)
  await until('the Parse is being understood', () => rig.understander.asked.length === 1)
  await rig.session.cancel()
  gate.resolve()
  assert.match((await rig.client.ready()).join(), /E 57014/)
  assert.equal(rig.cancels(), 1)
})

test('so is one whose Parse is being understood when the request comes', async () => {
  const rig = await openWorld(endless())
  rig.recorder.mood = { kind: 'slow' }
  rig.client.send(parse('', 'endless'), bind('', ''), execute(''), SYNC)
  await until('the intent to wait', () => rig.recorder.waiting.length === 1)
  await rig.session.cancel()
  rig.recorder.release()
  assert.match((await rig.client.ready()).join(), /E 57014/)
})

test('a request between two statements cancels nothing', async () => {
  const rig = await openWorld()
  rig.client.query('good')
  await rig.client.ready()
  await rig.session.cancel()
  rig.client.query('good')
  assert.deepEqual(await rig.client.ready(), ['T a', 'D 1', 'D 2', 'C SELECT 2', 'Z I'])
  rig.client.query('denied')
  await rig.client.ready()
  await rig.session.cancel()
  rig.client.query('good')
  await rig.client.ready()
  assert.equal(rig.cancels(), 0)
})

test('a request that comes while a statement is refused cancels no later one', async () => {
  const rig = await openWorld()
  rig.recorder.mood = { kind: 'slow' }
  rig.client.query('denied')
  await until('the refusal to wait', () => rig.recorder.waiting.length === 1)
  await rig.session.cancel()
  rig.recorder.release()
  await rig.client.ready()
  rig.client.query('good')
  assert.deepEqual(await rig.client.ready(), ['T a', 'D 1', 'D 2', 'C SELECT 2', 'Z I'])
  assert.equal(rig.cancels(), 0)
})
