import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { MIGRATIONS } from './migrations.ts'
import { Sqlite } from './sqlite.ts'
import { openStateOnThread } from './open-state.ts'
import { openState, STATE_FILE } from './sqlite-state.ts'
import { StateFault } from './state-fault.ts'
import type { RequestRow, VoteRow } from './state.ts'

const NADIA = { issuer: 'local', subject: 'nadia', name: 'nadia' }

function request(id: string, changes: Partial<RequestRow> = {}): RequestRow {
  return {
    id, state: 'pending', note: undefined, askedMs: 1_000, expiresMs: 61_000, useByMs: undefined, mode: 'wait', statement: 's.1', requester: NADIA, actingFor: [],
    binding: 'b', policyVersion: 'v', by: ['officers'], quorum: 2, expiresAfterMs: 60_000, estimatedRows: undefined, view: '{}', ...changes,
  }
}

function vote(subject: string, changes: Partial<VoteRow> = {}): VoteRow {
  return { issuer: 'local', subject, name: subject, verdict: 'approve', groups: ['officers'], atMs: 2_000, ...changes }
}

describe('the state on its thread', () => {
  it('answers every method as the store itself does, in order', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'doorward-state-'))
    const state = await openStateOnThread(dir)
    try {
      const row = request('a', { note: 'x', estimatedRows: 5 })
      const [, got, , voted, votes] = await Promise.all([
        state.requests.insert(row), state.requests.get('a'), state.requests.countOpen('local', 'nadia'), state.requests.vote('a', 'pending', vote('olga')), state.requests.votes('a'),
      ])
      assert.deepEqual(got, row)
      assert.equal(voted, 'counted')
      assert.deepEqual(votes, [vote('olga')])
      assert.equal(await state.requests.countOpen('local', 'nadia'), 1)
      assert.equal(await state.requests.seen('a', NADIA, 1), true)
      assert.equal((await state.requests.list({ limit: 5 })).length, 1)
      assert.equal(await state.requests.move('a', ['pending'], { state: 'used', atMs: 1 }), true)
      assert.equal(await state.requests.prune(2), 1)
      const session = { ...NADIA, id: 's', process: 'p', protocol: 'postgres', resource: 'clinic', client: 'c', openedMs: 1 }
      await state.sessions.opened(session)
      assert.deepEqual(await state.sessions.list(), [session])
      await state.sessions.ended('s')
      assert.equal(await state.sessions.forgetOthers('q'), 0)
      await state.revocations.add({ ...NADIA, atMs: 1, by: 'x' })
      assert.equal((await state.revocations.list()).length, 1)
      assert.equal(await state.revocations.lift('local', 'nadia'), true)
      await state.failures.put({ key: 'k', count: 1, firstMs: 1, lockedUntilMs: 0 })
      await state.failures.prune(5)
      assert.equal((await state.failures.get('k'))?.count, 1)
      await state.failures.clear('k')
      await assert.rejects(state.requests.insert({ ...row, id: 'b', view: undefined as unknown as string }), { code: 'storage' })
      await state.close()
      await state.close()
      await assert.rejects(state.requests.get('a'), { code: 'closed' })
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('says why it cannot start', async () => {
    await assert.rejects(openStateOnThread('/dev/null/state'), { code: 'storage' })
  })
})

describe('the embedded state', () => {
  it('gives back a request as it was written', async () => {
    const state = openState(':memory:')
    const rows = [request('a'), request('b', { state: 'approved', note: 'x', useByMs: 5, mode: 'ticket', actingFor: [{ issuer: 'https://i', subject: 'a|b', name: 'Ann' }], estimatedRows: 1_000_000 })]
    for (const row of rows) await state.requests.insert(row)
    for (const row of rows) assert.deepEqual(await state.requests.get(row.id), row)
    assert.equal(await state.requests.get('c'), undefined)
  })

  it('counts one person once, whatever the groups', async () => {
    const state = openState(':memory:')
    await state.requests.insert(request('a'))
    assert.equal(await state.requests.vote('a', 'pending', vote('olga')), 'counted')
    assert.equal(await state.requests.vote('a', 'pending', vote('olga', { groups: ['lawyers'], name: 'Olga B.', verdict: 'deny' })), 'voted-already')
    assert.equal(await state.requests.vote('a', 'pending', vote('olga', { issuer: 'https://id.example.org' })), 'counted')
    assert.deepEqual((await state.requests.votes('a')).map((one) => [one.issuer, one.verdict]), [['https://id.example.org', 'approve'], ['local', 'approve']])
  })

  it('takes no vote on a request that is not pending, nor on one that is not there', async () => {
    const state = openState(':memory:')
    await state.requests.insert(request('a', { state: 'expired' }))
    assert.equal(await state.requests.vote('a', 'pending', vote('olga')), 'other-state')
    assert.equal(await state.requests.vote('z', 'pending', vote('olga')), 'other-state')
    assert.deepEqual(await state.requests.votes('a'), [])
  })

  it('moves a request once, from where it is', async () => {
    const state = openState(':memory:')
    await state.requests.insert(request('a'))
    assert.equal(await state.requests.move('a', ['pending'], { state: 'approved', useByMs: 99, atMs: 7 }), true)
    assert.equal(await state.requests.move('a', ['pending'], { state: 'expired', atMs: 7 }), false)
    assert.equal(await state.requests.move('a', ['approved'], { state: 'used', atMs: 7 }), true)
    assert.equal(await state.requests.move('a', ['approved'], { state: 'used', atMs: 7 }), false)
    const row = await state.requests.get('a')
    assert.deepEqual([row?.state, row?.useByMs], ['used', 99])
  })

  it('lists by state and binding, newest first', async () => {
    const state = openState(':memory:')
    await state.requests.insert(request('a', { askedMs: 1 }))
    await state.requests.insert(request('b', { askedMs: 2, state: 'used' }))
    await state.requests.insert(request('c', { askedMs: 3, binding: 'other' }))
    const ids = async (filter: Parameters<typeof state.requests.list>[0]): Promise<string> => (await state.requests.list(filter)).map((row) => row.id).join('')
    assert.equal(await ids({ limit: 9 }), 'cba')
    assert.equal(await ids({ states: ['pending'], limit: 9 }), 'ca')
    assert.equal(await ids({ states: ['pending'], binding: 'b', limit: 9 }), 'a')
    assert.equal(await ids({ limit: 1 }), 'c')
  })

  it('forgets ended requests with their votes, and keeps open ones', async () => {
    const state = openState(':memory:')
    for (const id of ['a', 'b', 'c']) await state.requests.insert(request(id))
    await state.requests.vote('a', 'pending', vote('olga'))
    assert.equal(await state.requests.seen('a', NADIA, 1), true)
    assert.equal(await state.requests.seen('a', NADIA, 2), false)
    await state.requests.move('a', ['pending'], { state: 'denied', atMs: 10 })
    await state.requests.move('b', ['pending'], { state: 'expired', atMs: 20 })
    assert.equal(await state.requests.prune(15), 1)
    assert.deepEqual((await state.requests.list({ limit: 9 })).map((row) => row.id), ['b', 'c'])
  })

  it('keeps sessions of a process, revocations and failures', async () => {
    const state = openState(':memory:')
    const session = (id: string, process: string): Parameters<typeof state.sessions.opened>[0] => ({ ...NADIA, id, process, protocol: 'postgres', resource: 'clinic', client: '127.0.0.1:1', openedMs: 1 })
    await state.sessions.opened(session('a', 'p'))
    await state.sessions.opened(session('b', 'q'))
    assert.equal(await state.sessions.forgetOthers('q'), 1)
    assert.deepEqual(await state.sessions.list(), [session('b', 'q')])
    await state.sessions.ended('b')
    assert.deepEqual(await state.sessions.list(), [])

    await state.revocations.add({ ...NADIA, atMs: 1, by: 'local|olga' })
    await state.revocations.add({ ...NADIA, atMs: 2, by: 'local|otto' })
    assert.deepEqual(await state.revocations.list(), [{ ...NADIA, atMs: 2, by: 'local|otto' }])
    assert.equal(await state.revocations.lift('local', 'nadia'), true)
    assert.equal(await state.revocations.lift('local', 'nadia'), false)

    for (const key of ['a', 'b', 'c']) await state.failures.put({ key, count: 1, firstMs: key.charCodeAt(0), lockedUntilMs: 0 })
    await state.failures.put({ key: 'c', count: 2, firstMs: 99, lockedUntilMs: 7 })
    await state.failures.prune(2)
    assert.equal(await state.failures.get('a'), undefined)
    assert.deepEqual(await state.failures.get('c'), { key: 'c', count: 2, firstMs: 99, lockedUntilMs: 7 })
    await state.failures.clear('c')
    assert.equal(await state.failures.get('c'), undefined)
  })

  it('is there again after a restart, readable by its owner alone', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'doorward-state-'))
    try {
      const first = openState(join(dir, 'state'))
      await first.requests.insert(request('a'))
      await first.close()
      assert.equal(statSync(join(dir, 'state', STATE_FILE)).mode & 0o077, 0)
      const second = openState(join(dir, 'state'))
      assert.equal((await second.requests.get('a'))?.id, 'a')
      await second.close()
      await assert.rejects(second.requests.get('a'), { code: 'closed' })
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('runs each step of the schema once, and refuses a store of a newer version', () => {
    const dir = mkdtempSync(join(tmpdir(), 'doorward-state-'))
    try {
      const file = join(dir, STATE_FILE)
      new Sqlite(file, MIGRATIONS).close()
      const newer = [...MIGRATIONS, 'create table more (id text)']
      const db = new Sqlite(file, newer)
      db.run('insert into more (id) values (?)', 'x')
      db.close()
      new Sqlite(file, newer).close()
      assert.throws(() => new Sqlite(file, MIGRATIONS), (error: unknown) => error instanceof StateFault && error.code === 'newer')
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('takes back a transaction that fails half way', () => {
    const db = new Sqlite(':memory:')
    assert.throws(() => db.transaction(() => { db.run("insert into failures values ('k', 1, 1, 1)"); throw new Error('half way') }), /half way/)
    assert.equal(db.get('select count(*) as n from failures')?.['n'], 0)
    db.close()
  })
})
