import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { decodeEvents } from '@doorward/audit'
import { requireGroupId, type Principal } from '@doorward/core'
import { DeskScene, person, recorded } from '../recordings/desk-scene.test.ts'
import type { RecordingDesk } from '../recordings/recording-desk.ts'
import { isProblem } from './admin-request.ts'
import { RecordingOperations } from './recording-operations.ts'

const VERA = person('vera', ['viewers'])
const CLARA = person('clara', ['custodians'])
const ROOT = person('root', ['security'])
const NADIA = person('nadia', ['analysts'])
const BOT = person('bot', ['viewers', 'custodians', 'security'], 'agent')
const LENT = person('lent', ['viewers', 'custodians', 'security'], 'human', VERA)

describe('recordings in the admin API', () => {
  const scene = new DeskScene()
  let desk: RecordingDesk
  let operations: RecordingOperations
  const ids: string[] = []

  before(async () => {
    desk = await scene.open()
    operations = new RecordingOperations({
      archive: desk.archive, viewers: [requireGroupId('viewers')], custodians: [requireGroupId('custodians')], administrators: [requireGroupId('security')], retentionMs: 1e9, record: scene.recorder.record,
    })
    for (const number of [1, 2, 3]) {
      const one = { ...recorded(number, person(number === 3 ? 'other' : 'evan')), resource: number === 2 ? 'lab' : 'clinic' }
      const writer = await desk.begin(one)
      writer.write({ t: 1, k: 'in', text: `select ${number}` })
      await desk.end(writer, 'done')
      ids.push(one.session)
    }
  })
  after(() => { scene.remove() })

  const code = (answer: object): string => (isProblem(answer) ? answer.problem : 'done')
  const first = (): string => ids[0] ?? assert.fail()
  const query = { limit: 100 }

  const rows: readonly (readonly [what: string, run: (caller: Principal) => Promise<object>, allowed: readonly Principal[]])[] = [
    ['list', (caller) => operations.list(caller, query), [VERA, CLARA, ROOT]],
    ['list holds', (caller) => operations.listHolds(caller), [VERA, CLARA, ROOT]],
    ['view', (caller) => operations.view(caller, first(), { segment: 0, offset: 0, use: 'play' }, 'c'), [VERA]],
    ['hold', (caller) => operations.hold(caller, { scope: 'resource:nowhere', matter: 'm' }), [CLARA]],
    ['expire', (caller) => operations.expire(caller, { use: 'show', limit: 9 }), [CLARA]],
    ['shred', async (caller) => { const answer = await operations.shred(caller, first(), { reason: 'r', early: 'no' }); return isProblem(answer) && answer.problem === 'conflict' ? {} : answer }, [CLARA]],
  ]
  for (const [what, run, allowed] of rows) {
    it(`${what}: for ${allowed.map(({ name }) => name).join(', ')} and nobody else`, async () => {
      for (const caller of [VERA, CLARA, ROOT, NADIA, BOT, LENT]) assert.equal(code(await run(caller)), allowed.includes(caller) ? 'done' : 'forbidden', caller.name)
    })
  }

  it('says no more of one recording to those it is not for than of one that is not there', async () => {
    assert.deepEqual(await operations.show(NADIA, first()), await operations.show(VERA, 'f'.repeat(32)))
    assert.equal(code(await operations.show(VERA, first())), 'done')
  })

  it('records each look before it, and each refused one', async () => {
    const from = scene.recorder.entries.length
    const answer = await operations.view(VERA, first(), { segment: 0, offset: 0, use: 'export' }, '127.0.0.1:9')
    assert.ok(!isProblem(answer))
    assert.ok(decodeEvents(answer.lines).some((event) => event.k === 'in' && event.text === 'select 1'))
    await operations.view(ROOT, first(), { segment: 0, offset: 0, use: 'play' }, 'c')
    await operations.view(ROOT, 'not an id', { segment: 0, offset: 0, use: 'play' }, 'c')
    assert.deepEqual(scene.recorder.entries.slice(from).map((entry) => [entry.kind, (entry['by'] as { name: string }).name, entry['use'] ?? entry['reason']]), [['recording.view', 'vera', 'export'], ['recording.refused', 'root', 'not a viewer']])
    scene.recorder.mood = { kind: 'fails' }
    await assert.rejects(operations.view(VERA, first(), { segment: 0, offset: 0, use: 'play' }, 'c'))
    scene.recorder.mood = { kind: 'works' }
  })

  it('gives a long segment in parts that are whole together', async () => {
    const one = recorded(9)
    const writer = await desk.begin(one)
    const text = 'ä'.repeat(6_000_000)
    writer.write({ t: 1, k: 'in', text })
    await desk.end(writer, 'done')
    let lines = ''
    let calls = 0
    for (let offset: number | undefined = 0; offset !== undefined; calls += 1) {
      const answer = await operations.view(VERA, one.session, { segment: 0, offset, use: 'play' }, 'c')
      assert.ok(!isProblem(answer))
      lines += answer.lines
      offset = answer.offset
    }
    assert.equal(calls, 3)
    assert.ok(decodeEvents(lines).some((event) => event.k === 'in' && event.text === text))
  })

  it('finds by who, where and when', async () => {
    const names = async (more: object): Promise<readonly string[]> => { const answer = await operations.list(VERA, { ...query, ...more }); return isProblem(answer) ? [answer.problem] : answer.recordings.map(({ id }) => id.slice(-1)).toSorted() }
    assert.deepEqual(await names({}), ['1', '2', '3', '9'])
    assert.deepEqual(await names({ principal: 'evan' }), ['1', '2', '9'])
    assert.deepEqual(await names({ principal: 'local|other' }), ['3'])
    assert.deepEqual(await names({ resource: 'lab' }), ['2'])
    assert.deepEqual(await names({ from: '2200-01-01T00:00:00Z' }), [])
    assert.deepEqual(await names({ to: '2000-01-01T00:00:00Z' }), [])
  })

  it('takes no hold that would hold nothing', async () => {
    assert.equal(code(await operations.hold(CLARA, { scope: 'evan', matter: 'm' })), 'bad-request')
    assert.equal(code(await operations.hold(CLARA, { scope: `recording:${'e'.repeat(32)}`, matter: 'm' })), 'not-found')
    assert.equal(code(await operations.release(CLARA, 'none')), 'not-found')
  })

  it('holds, and then lets nothing go', async () => {
    const held = await operations.hold(CLARA, { scope: 'principal:local|evan', matter: 'case 7' })
    assert.ok(!isProblem(held))
    const shown = await operations.show(VERA, first())
    assert.ok(!isProblem(shown))
    assert.deepEqual(shown.holds, [held.id])
    assert.match(JSON.stringify(await operations.shred(CLARA, first(), { reason: 'r', early: 'yes' })), /a legal hold is on it/)
    assert.equal(code(await operations.release(CLARA, held.id)), 'done')
    assert.equal(code(await operations.shred(CLARA, first(), { reason: 'r', early: 'yes' })), 'done')
    assert.equal(code(await operations.shred(CLARA, first(), { reason: 'r', early: 'yes' })), 'conflict')
    assert.match(JSON.stringify(await operations.view(VERA, first(), { segment: 0, offset: 0, use: 'play' }, 'c')), /it was shredded/)
    const after = await operations.show(VERA, first())
    assert.ok(!isProblem(after))
    assert.deepEqual([after.state, after.segments], ['shredded', 0])
  })
})
