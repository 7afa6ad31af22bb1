import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { PgRefused, type PgClient, type PgResult } from '@doorward/testkit'
import { eventually } from './eventually.ts'
import { HOLDING_POLICIES } from './holding-policies.ts'
import { local, PATIENTS, secretOf, startHouse, type House } from './house.ts'

const BULK = 'select id, mrn, last_name, ssn from clinic.patients'
const IDENTITY = ['  local:', ...[
  local('nadia', 'human', ['analysts']), local('nora', 'human', ['analysts', 'officers']), local('olga', 'human', ['officers']), local('otto', 'human', ['officers', 'lawyers']),
  local('owen', 'human', ['owners']), local('rita', 'human', ['readers']), local('root', 'human', ['security']), local('scout', 'agent', ['ai-agents', 'officers']),
], '  administrators: [security]'].join('\n')

let house: House

interface Summary { readonly id: string; readonly requester: string; readonly state: string; readonly summary: string; readonly client: string; readonly mayAnswer: boolean }

async function requests(as: string, state: 'open' | 'all' = 'open'): Promise<readonly Summary[]> {
  const { status, body } = await house.api(as, 'GET', `/approvals?state=${state}&limit=500`)
  assert.equal(status, 200, JSON.stringify(body))
  return (body as { approvals: Summary[] }).approvals
}

const requestOf = (requester: string): Promise<Summary> => eventually(`a request of ${requester}`, async () => (await requests('olga')).find((one) => one.requester === requester && one.client === 'waiting'))

const approve = (as: string, id: string): Promise<{ readonly status: number; readonly body: unknown }> => house.api(as, 'POST', `/approvals/${id}/approve`, {})

async function refusal(answer: Promise<readonly PgResult[]>): Promise<{ readonly sqlstate: string; readonly text: string }> {
  try {
    const results = await answer
    assert.fail(`it was not refused: ${results[0]?.tag ?? ''}`)
  } catch (error) {
    if (!(error instanceof PgRefused)) throw error
    return { sqlstate: error.answer.sqlstate, text: `${error.answer.message} ${error.answer.hint ?? ''}` }
  }
}

async function during<T>(user: string, work: (client: PgClient) => Promise<T>, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
  const client = await house.connect(user, secretOf(user), parameters)
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

describe('a statement that waits for a person', () => {
  before(async () => { house = await startHouse({ identity: IDENTITY, policies: HOLDING_POLICIES }) })
  after(async () => { await house.stop() })

  it('is announced, approved by somebody else, and delivered masked', async () => {
    await during('nadia', async (client) => {
      const answer = client.query(BULK)
      const request = await requestOf('nadia')
      assert.match(request.summary, /^nadia wants to read clinic\.patients \(mrn, name, ssn\), all rows, about 1,000, in clinic/)
      assert.equal(request.client, 'waiting')
      const notice = client.notices.at(-1)
      assert.match(notice?.message ?? '', /waits for approval by 1 of officers until 20/)
      assert.match(notice?.hint ?? '', new RegExp(`doorward approvals approve ${request.id}`))
      assert.equal((await approve('olga', request.id)).status, 200)
      const [result] = await answer
      assert.equal(result?.rows.length, PATIENTS)
      assert.ok(result?.rows.every((row) => !(row[2] ?? '').startsWith('Name') && !(row[3] ?? '').startsWith('900')))
    })
  })

  it('leaves others alone: what they ask is answered meanwhile', async () => {
    await during('nadia', async (client) => {
      const answer = client.query(BULK)
      const request = await requestOf('nadia')
      const [other] = await during('rita', (rita) => rita.query('select count(*) from clinic.rooms'))
      assert.equal(other?.rows[0]?.[0], '20')
      const [small] = await during('nadia', (again) => again.query('select id from clinic.patients where id = 7'))
      assert.equal(small?.rows.length, 1)
      await approve('olga', request.id)
      await answer
    })
  })

  it('cannot be approved by its own asker, in whichever session, nor by an agent', async () => {
    await during('nora', async (client) => {
      const answer = client.query(BULK)
      const request = await requestOf('nora')
      const own = await approve('nora', request.id)
      assert.equal(own.status, 403)
      assert.match(JSON.stringify(own.body), /nobody approves for themselves/)
      assert.equal((await approve('scout', request.id)).status, 404)
      assert.equal((await approve('rita', request.id)).status, 404)
      assert.equal((await approve('root', request.id)).status, 404, 'an administrator is no approver')
      assert.equal((await approve('olga', request.id)).status, 200)
      assert.equal((await answer)[0]?.rows.length, PATIENTS)
    })
    assert.ok(house.entries().includes('"approval.refused"'))
  })

  it('needs two distinct people where policy says so', async () => {
    await during('owen', async (client) => {
      const answer = client.query('truncate clinic.scratch')
      const request = await requestOf('owen')
      assert.equal((await approve('otto', request.id)).status, 200)
      assert.equal((await approve('otto', request.id)).status, 409)
      assert.equal((await requestOf('owen')).state, 'pending')
      assert.equal((await approve('olga', request.id)).status, 200)
      assert.equal((await answer)[0]?.tag, 'TRUNCATE TABLE')
    })
    await during('owen', (client) => client.query("insert into clinic.scratch select id, 'x' from clinic.rooms where id < 20").catch(() => []))
  })

  it('is refused with the reason when somebody says no', async () => {
    await during('nadia', async (client) => {
      const answer = client.query(BULK)
      const refused = refusal(answer)
      const request = await requestOf('nadia')
      assert.equal((await house.api('olga', 'POST', `/approvals/${request.id}/deny`, { reason: 'too-broad' })).status, 200)
      assert.match((await refused).text, /not approved: olga said no \(too-broad\) \(receipt \d+\)/)
      assert.equal((await client.query('select 1'))[0]?.rows[0]?.[0], '1')
    })
  })

  it('waits inside a transaction, and the transaction goes on', async () => {
    await during('nadia', async (client) => {
      await client.query('begin')
      await client.query('select id from clinic.patients where id = 1')
      const answer = client.query(BULK)
      await approve('olga', (await requestOf('nadia')).id)
      assert.equal((await answer)[0]?.rows.length, PATIENTS)
      assert.equal((await client.query('commit'))[0]?.tag, 'COMMIT')
    })
  })

  it('holds those behind it in one text, in order', async () => {
    await during('nadia', async (client) => {
      const answer = client.query(`select 1 as first; ${BULK}; select 2 as last`)
      await approve('olga', (await requestOf('nadia')).id)
      assert.deepEqual((await answer).map((result) => result.rows.length), [1, PATIENTS, 1])
    })
  })

  it('COPY OUT waits like a read', async () => {
    await during('nadia', async (client) => {
      const answer = client.query('copy clinic.patients to stdout')
      await approve('olga', (await requestOf('nadia')).id)
      const [result] = await answer
      assert.equal(result?.copied.toString().trim().split('\n').length, PATIENTS)
      assert.ok(!result?.copied.toString().includes('900-00'))
    })
  })

  const HELD = [
    'drop table clinic.scratch', 'truncate clinic.scratch', 'alter table clinic.scratch add column more int', 'grant select on clinic.scratch to public', 'delete from clinic.scratch',
    'delete from clinic.scratch where true', 'delete from clinic.scratch where 1 = 1', 'update clinic.scratch set note = null', "update clinic.scratch set note = 'y' where id = id",
    'create table clinic.more (id int)', 'copy clinic.patients to stdout', 'select * from clinic.patients', 'with gone as (delete from clinic.scratch returning 1) select * from gone',
    'prepare p as delete from clinic.scratch; execute p', 'alter role doorward nologin', 'comment on table clinic.scratch is null',
  ]
  for (const sql of HELD) {
    it(`does not run without approval: ${sql}`, async () => {
      await during('owen', async (client) => {
        const got = await refusal(client.query(sql))
        assert.match(got.text, /held for approval|refused:/)
        assert.equal(got.sqlstate, '42501')
        const held = /ticket ([0-9a-z]{10})/.exec(got.text)?.[1]
        console.log(`      ${sql}: ${held === undefined ? got.text.slice(0, 100) : 'held'}`)
      }, { options: '-c doorward.hold=ticket' })
    })
  }

  it('runs what is restricted at once', async () => {
    await during('owen', async (client) => {
      assert.equal((await client.query("update clinic.scratch set note = 'y' where id = 3"))[0]?.tag.startsWith('UPDATE'), true)
      assert.equal((await client.query('delete from clinic.scratch where id = 3'))[0]?.tag.startsWith('DELETE'), true)
    })
  })

  it('a ticket passes the same statement once, for the same principal', async () => {
    await during('nadia', async (client) => {
      const first = await refusal(client.query(BULK))
      const id = /ticket ([0-9a-z]{10})/.exec(first.text)?.[1] ?? ''
      assert.ok(first.text.includes(`doorward approvals approve ${id}`))
      assert.ok((await refusal(client.query(BULK))).text.includes(id), 'the same ticket while nobody answers')
      await approve('olga', id)
      assert.ok(!(await refusal(client.query(`${BULK} `))).text.includes(id), 'another text')
      assert.ok(!(await refusal(during('nora', (nora) => nora.query(BULK), { options: '-c doorward.hold=ticket' }))).text.includes(id), 'another principal')
      assert.equal((await client.query(BULK))[0]?.rows.length, PATIENTS)
      assert.ok(!(await refusal(client.query(BULK))).text.includes(id), 'once')
    }, { options: '-c doorward.hold=ticket' })
  })

  it('SET doorward.hold changes how a session waits', async () => {
    await during('nadia', async (client) => {
      assert.equal((await client.query('show doorward.hold'))[0]?.rows[0]?.[0], 'wait')
      await client.query("set doorward.hold = 'ticket'")
      assert.equal((await client.query('show doorward.hold'))[0]?.rows[0]?.[0], 'ticket')
      assert.match((await refusal(client.query(BULK))).text, /ticket/)
      assert.match((await refusal(client.query("set doorward.hold = 'never'"))).text, /'wait' or 'ticket'/)
    })
  })

  it('a ticket for EXECUTE is no use for another statement of the same name', async () => {
    await during('owen', async (client) => {
      await client.query('prepare p as delete from clinic.scratch where id > 0')
      const first = await refusal(client.query('execute p'))
      const id = /ticket ([0-9a-z]{10})/.exec(first.text)?.[1]
      console.log('      EXECUTE:', first.text.slice(0, 120))
      if (id === undefined) return
      for (const who of ['olga', 'otto']) await approve(who, id)
      await client.query('deallocate p')
      await client.query('prepare p as delete from clinic.scratch where id > 1')
      assert.ok(!(await refusal(client.query('execute p'))).text.includes(id))
    }, { options: '-c doorward.hold=ticket' })
  })

  it('a client that vanishes withdraws its request', async () => {
    const gone = new AbortController()
    const client = await house.connect('nadia', secretOf('nadia'), {}, gone.signal)
    const answer = client.query(BULK).catch(() => [])
    const { id } = await requestOf('nadia')
    gone.abort()
    await answer
    await eventually('the request is withdrawn', async () => (await requests('olga', 'all')).find((one) => one.id === id && one.state === 'withdrawn'))
    assert.equal((await approve('olga', id)).status, 409)
  })

  it('200 held at once each get their answer', async () => {
    const clients = await Promise.all(Array.from({ length: 200 }, (_, index) => { const who = index % 2 === 0 ? 'nadia' : 'nora'; return house.connect(who, secretOf(who)) }))
    const answers = clients.map((client, index) => client.query(`select id from clinic.patients -- ${index}`))
    const open = await eventually('200 requests', async () => { const all = await requests('olga'); return all.filter((one) => one.client === 'waiting').length >= 200 ? all : undefined })
    const started = performance.now()
    const [other] = await during('rita', (rita) => rita.query('select count(*) from clinic.rooms'))
    assert.equal(other?.rows[0]?.[0], '20')
    console.log(`      connect and ask beside 200 held: ${(performance.now() - started).toFixed(0)} ms`)
    for (const { id, client } of open) if (client === 'waiting') assert.equal((await approve('olga', id)).status, 200)
    for (const answer of answers) assert.equal((await answer)[0]?.rows.length, PATIENTS)
    await Promise.all(clients.map((client) => client.close()))
  })

  it('kill -9 while held loses nothing: the request is there, and the ticket form uses the approval', async () => {
    const client = await house.connect('nadia', secretOf('nadia'))
    const answer = client.query(`${BULK} order by id`).catch(() => 'gone')
    const { id } = await requestOf('nadia')
    await house.kill('SIGKILL')
    assert.equal(await answer, 'gone')
    await house.start()
    const found = (await requests('olga')).find((one) => one.id === id)
    assert.deepEqual([found?.state, found?.client], ['pending', 'gone'])
    assert.equal((await approve('olga', id)).status, 200)
    await during('nadia', async (again) => { assert.equal((await again.query(`${BULK} order by id`))[0]?.rows.length, PATIENTS) }, { options: '-c doorward.hold=ticket' })
    assert.equal((await requests('olga', 'all')).find((one) => one.id === id)?.state, 'used')
  })

  it('a gateway that stops hands out a ticket and keeps the request', async () => {
    const client = await house.connect('nadia', secretOf('nadia'))
    const refused = refusal(client.query(BULK))
    const { id } = await requestOf('nadia')
    await house.kill('SIGTERM')
    assert.match((await refused).text, new RegExp(id))
    await house.start()
    assert.equal((await requests('olga')).find((one) => one.id === id)?.state, 'pending')
    await approve('olga', id)
  })

  it('the log has every step and no literal', () => {
    const log = house.entries()
    for (const kind of ['asked', 'approved', 'denied', 'withdrawn', 'used']) assert.ok(log.includes(`"approval.${kind}"`), kind)
    assert.ok(!/900-00-\d|Name\d/.test(log))
  })
})
