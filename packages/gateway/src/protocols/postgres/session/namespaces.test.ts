/**
 * Ways to make the session believe that a name means one thing while the upstream runs another. Each would deliver values unmasked, or run
 * what was not decided; each ends in the right text, a refusal or an error.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@doorward/testkit'
import { ATTACKS, PATHS, type Step } from './testing/attacks.test.ts'
import { bind, execute, parse, query, run, SYNC } from './testing/scripted-client.test.ts'
import { textField } from './testing/scripted-server.test.ts'
import { CANARY, openWorld, statementsSeen } from './testing/world.test.ts'
import type { Rig, RigOptions } from './testing/rig.test.ts'

/** Batches and queries one after the other; each ends in ReadyForQuery, or the session ends. */
async function play(rig: Rig, ...steps: readonly Step[]): Promise<readonly string[]> {
  const lines: string[] = []
  for (const step of steps) {
    rig.client.send(...(typeof step === 'string' ? [query(step)] : [...step, SYNC]))
    lines.push(...await rig.client.take('ReadyForQuery or the end', (fresh) => fresh.at(-1)?.startsWith('Z ') === true || rig.client.hasEnded))
    if (rig.client.hasEnded) break
  }
  return lines
}

for (const { name, steps } of ATTACKS) {
  test(`does not confuse ${name}`, async () => {
    const rig = await openWorld()
    const lines = await play(rig, ...steps)
    assert.ok(!rig.client.bytes.includes(CANARY), lines.join('\n'))
  })
}

/** `t` is harmless in the schema `fake` and holds PHI in `public`. */
const SHADOWED: RigOptions = {
  meanings: { 'fake:t': { object: 'open.table', columns: ['a'] }, 'public:t': { object: 'masked.table', columns: ['a'] } },
  replies: { 'fake:t': { fields: [textField('a')], rows: [['harmless']] }, 'public:t': { fields: [textField('a')], rows: [[CANARY]] } },
}

for (const { name, steps } of PATHS) {
  test(`asks for the schemas again after ${name}`, async () => {
    const rig = await openWorld(SHADOWED)
    const lines = await play(rig, ...steps)
    assert.ok(!rig.client.bytes.includes(CANARY), lines.join('\n'))
    assert.ok(rig.server.ran.includes('public:t'), rig.server.ran.join('\n'))
    assert.ok(lines.includes('D ***'), lines.join('\n'))
  })
}

test('definitions that another session changed make this one ask for its schemas again', async () => {
  const rig = await openWorld(SHADOWED)
  await play(rig, 'setpath fake', 't')
  rig.server.path = 'public' // as if a schema of the path had been dropped by somebody else
  rig.understander.invalidate()
  assert.ok((await play(rig, 't')).includes('D ***'))
})

test('definitions that change while a text is being understood make it understood again', async () => {
  const gate = Promise.withResolvers<void>()
  const rig = await openWorld({ ...SHADOWED, meanings: { ...SHADOWED.meanings, 'fake:t': { object: 'open.table', columns: ['a'], gate: gate.promise } } })
  await play(rig, 'setpath fake')
  rig.client.query('t')
  await until('it is being understood', () => rig.understander.asked.includes('fake:t'))
  rig.server.path = 'public' // as if a schema of the path had been dropped by somebody else
  rig.understander.invalidate()
  gate.resolve()
  assert.deepEqual((await rig.client.ready()).filter((line) => line.startsWith('D ')), ['D ***'])
})

test('definitions that never stop changing refuse the statement', async () => {
  const rig = await openWorld({ meanings: { restless: { object: 'open.table', columns: ['a'], get gate() { rig.understander.invalidate(); return Promise.resolve() } } } })
  assert.match((await play(rig, 'restless')).join(), /E 42501 refused: the statement could not be analysed/)
  assert.deepEqual(statementsSeen(rig), [])
})

test('an open portal is decided by what it was opened with, whatever its text means by now', async () => {
  const rig = await openWorld({ ...SHADOWED, rules: { 'masked.table': 'mask' } })
  await play(rig, 'begin', [parse('s', 't'), bind('p', 's'), execute('p', 1)], 'setpath fake')
  rig.rules.set('masked.table', 'deny')
  assert.match((await play(rig, [execute('p')])).join(), /E 42501 refused: masked\.table may not be read/)
})

test('an open portal is masked by the decision of each Execute', async () => {
  const rig = await openWorld({ replies: { good: { fields: [textField('a')], rows: [['1'], [CANARY]] } } })
  await play(rig, 'begin', [parse('', 'good'), bind('p', ''), execute('p', 1)])
  rig.rules.set('open.table', 'mask')
  assert.deepEqual((await play(rig, [execute('p')])).filter((line) => line.startsWith('D ')), ['D ***'])
})

test('a statement whose result is another by now is refused like the server would', async () => {
  const rig = await openWorld({
    meanings: { 'fake:t': { object: 'open.table', columns: ['a', 'b'] }, 'public:t': { object: 'open.table', columns: ['a'] } },
    replies: { 'fake:t': { fields: [textField('a'), textField('b')], rows: [['1', '2']] }, 'public:t': { fields: [textField('a')], rows: [['1']] } },
  })
  assert.match((await play(rig, [parse('s', 't'), bind('', 's'), execute('')], 'setpath fake', [bind('', 's'), execute('')])).join('\n'), /E 0A000 cached plan must not change result type/)
})

test('names of Doorward\'s own are nobody else\'s', async () => {
  const rig = await openWorld()
  const steps = [[parse('doorward', 'good')], [parse('', 'good'), bind('doorward refused', '')], 'prepare doorward as good', 'declare doorward_x cursor for good'] as const
  for (const step of steps) assert.match((await play(rig, step)).join('\n'), /E 42939|E 42501 refused: names that begin with doorward/, JSON.stringify(step))
  assert.deepEqual(statementsSeen(rig), [])
})

test('opaque code that a policy allows leaves nothing believed', async () => {
  const rig = await openWorld({
    ...SHADOWED, meanings: { ...SHADOWED.meanings, 'opaque call': { opaque: 'a function in C', object: 'tools.f', columns: ['a'] } }, rules: { 'tools.f': 'allow' },
    replies: { ...SHADOWED.replies, 'opaque call': { fields: [textField('a')], rows: [['x']] } },
  })
  await play(rig, 'setpath fake', 't')
  rig.server.path = 'public'
  await play(rig, 'opaque call')
  assert.ok((await play(rig, 't')).includes('D ***'))
})

test('SQL EXECUTE of a statement that was prepared by message finds it upstream', async () => {
  const rig = await openWorld()
  assert.deepEqual((await play(rig, [parse('s', 'good')], 'execute s')).slice(-5), ['T a', 'D 1', 'D 2', 'C SELECT 2', 'Z I'])
  assert.deepEqual((await play(rig, [parse('t', 'good')], run('execute t'))).slice(-4), ['D 1', 'D 2', 'C SELECT 2', 'Z I'])
  assert.deepEqual((await play(rig, [parse('u', 'good')], 'write; execute u')).slice(-5), ['T a', 'D 1', 'D 2', 'C SELECT 2', 'Z I'])
  assert.deepEqual((await play(rig, [parse('v', 'good')], 'deallocate v', [parse('v', 'other'), bind('', 'v'), execute('')])).slice(-3), ['D 3', 'C SELECT 1', 'Z I'])
})
