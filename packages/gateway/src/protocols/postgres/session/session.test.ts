import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRig } from './testing/rig.test.ts'

test('a simple query is decided, recorded, forwarded, answered', async () => {
  const rig = await openRig({ meanings: { 'select 1': { object: 'open.table', columns: ['one'] } }, replies: { 'select 1': { fields: [(await import('./testing/scripted-server.test.ts')).textField('one')], rows: [['1']] } } })
  rig.client.query('select 1')
  assert.deepEqual(await rig.client.ready(), ['T one', 'D 1', 'C SELECT 1', 'Z I'])
  assert.deepEqual(rig.story(), ['intent', 'outcome:done'])
  rig.client.send({ kind: 'terminate' })
  await rig.over
  assert.deepEqual(rig.recorder.kinds, ['session.open', 'intent', 'outcome', 'session.close'])
})
