/** A bug ends the session; whoever runs the gateway learns where, and neither side learns a value. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CANARY, openWorld } from './testing/world.test.ts'

test('an internal error is told to the operator by its name and place', async () => {
  const rig = await openWorld({ transforms: { planRows: (fields, masks, texts) => ({ kind: 'plan', transform: { identity: false, transformDataRow: () => { throw new TypeError(`cannot read ${CANARY} of ${fields.length} ${masks.length} ${texts.length}`) } } }) } })
  rig.client.query('masked')
  const lines = await rig.client.closed()
  assert.match(lines.at(-1) ?? '', /^E .*XX000 doorward: internal error/)
  assert.equal(rig.alerts.length, 1)
  assert.match(rig.alerts[0] ?? '', /^internal error: TypeError at .*internal-error\.test\.ts:\d+/)
  assert.ok(!rig.alerts.join().includes(CANARY))
})
