/** What people would try to get a held statement run without the approval that it needs, against a real server and a gateway of its own. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { PgRefused, type PgClient } from '@doorward/testkit'
import { eventually } from './eventually.ts'
import { local, secretOf, startHouse, type House } from './house.ts'
import { bind, closeStatement, execute, INT4, parse, Wire } from './wire.ts'

const POLICIES = `version: 1
policies:
  - id: analysts-read-masked
    who: { groups: [analysts] }
    on: { resource: clinic, objects: ['clinic.*'] }
    actions: [read, execute]
    effect: allow
    mask: { default: redact }
    hold: [{ when: "statement.objects.exists(o, o in ['clinic.patients', 'clinic.rooms'])", by: [officers], quorum: 1, expires: 10m }]
  - id: keepers-keep
    who: { groups: [keepers] }
    on: { resource: clinic, objects: ['*'] }
    actions: [read, create, update, delete, ddl, privilege, destroy, execute]
    effect: allow
    hold: [{ when: "statement.bulk || statement.actions.exists(a, a in ['delete', 'ddl', 'privilege', 'destroy'])", by: [officers, lawyers], quorum: 2, expires: 10m }]
  - id: hurried-wait-a-moment
    who: { groups: [hurried] }
    on: { resource: clinic, objects: ['clinic.rooms'] }
    actions: [read]
    effect: allow
    hold: [{ by: [officers], quorum: 1, expires: 12s }]
`
const IDENTITY = ['  local:', ...[
  local('nadia', 'human', ['analysts']), local('kim', 'human', ['keepers', 'officers']), local('olga', 'human', ['officers']), local('otto', 'human', ['officers', 'lawyers']),
  local('hugo', 'human', ['hurried']), local('root', 'human', ['security']),
], '  administrators: [security]'].join('\n')
const TABLES = `create table clinic.visits (id int primary key, d date); insert into clinic.visits values (1, '2024-01-02'), (2, '2024-02-01');
create view clinic.some as select id, mrn from clinic.patients where id = 1;
create function clinic.room() returns int language sql stable as $$select id from clinic.rooms where id = 1$$;
create function clinic.purge(x int) returns int language plpgsql as $$begin delete from clinic.scratch where id = x; return x; end$$;
create function clinic.purge_all() returns void language plpgsql as $$begin delete from clinic.scratch; end$$;
create role reporter; grant all on all tables in schema clinic to doorward; grant execute on all functions in schema clinic to doorward`
const TICKET = '-c doorward.hold=ticket'

let house: House
let owner: PgClient

const ticketIn = (text: string): string | undefined => /ticket ([0-9a-z]{10})/.exec(text)?.[1]
const lastNoticed = (text: string): string => [...text.matchAll(/approvals approve ([0-9a-z]{10})/g)].at(-1)?.[1] ?? ''

async function answer(as: string, id: string, what: 'approve' | 'deny' = 'approve'): Promise<{ readonly status: number; readonly text: string }> {
  const { status, body } = await house.api(as, 'POST', `/approvals/${id}/${what}`, {})
  return { status, text: JSON.stringify(body) }
}

async function stateOf(id: string): Promise<string> {
  const { body } = await house.api('otto', 'GET', `/approvals/${id}`)
  return (body as { state: string }).state
}

/** @returns the command tag, or what the refusal said. */
async function run(client: PgClient, sql: string): Promise<string> {
  try {
    return (await client.query(sql)).map((one) => `${one.tag}: ${one.rows.map((row) => row.join(',')).join(' ')}`).join('; ')
  } catch (error) {
    if (!(error instanceof PgRefused)) throw error
    return `${error.answer.message} ${error.answer.hint ?? ''}`
  }
}

async function during<T>(user: string, options: string, work: (client: PgClient) => Promise<T>): Promise<T> {
  const client = await house.connect(user, secretOf(user), options === '' ? {} : { options })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

async function onTheWire<T>(user: string, options: string, work: (wire: Wire) => Promise<T>): Promise<T> {
  const wire = await Wire.open(house, user, options)
  try {
    return await work(wire)
  } finally {
    wire.close()
  }
}

/** Asks for a ticket and has it approved. */
async function approvedTicket(client: PgClient, sql: string, by: readonly string[] = ['olga']): Promise<string> {
  const said = await run(client, sql)
  const id = ticketIn(said) ?? ''
  for (const who of by) assert.equal((await answer(who, id)).status, 200, said)
  assert.equal(await stateOf(id), 'approved')
  return id
}

describe('a held statement under attack', () => {
  before(async () => {
    house = await startHouse({ identity: IDENTITY, policies: POLICIES })
    owner = await house.asOwner()
    await owner.query(TABLES)
  })
  after(async () => {
    await owner.close()
    await house.stop()
  })

  describe('what approvers let run', () => {
    it('privileges are held, and run once two have approved; one of them twice, or the asker, is not two', async () => {
      await during('kim', '', async (client) => {
        const granted = run(client, 'grant select on clinic.scratch to reporter')
        const id = await eventually('the notice', () => Promise.resolve(/approve ([0-9a-z]{10})/.exec(client.notices.at(-1)?.hint ?? '')?.[1]))
        assert.equal((await answer('otto', id)).status, 200)
        assert.equal((await answer('otto', id)).status, 409, 'in two groups of approvers, and one person')
        assert.equal((await answer('kim', id)).status, 403)
        assert.equal(await stateOf(id), 'pending')
        const rightsOf = async (): Promise<string | null | undefined> => (await owner.query("select has_table_privilege('reporter', 'clinic.scratch', 'select')"))[0]?.rows[0]?.[0]
        assert.equal(await rightsOf(), 'f')
        assert.equal((await answer('olga', id)).status, 200)
        assert.equal(await granted, 'GRANT: ')
        assert.equal(await rightsOf(), 't')
      })
    })

    it('a function that deletes is a deletion, whatever calls it', async () => {
      await during('kim', TICKET, async (client) => {
        const calls = ['select clinic.purge_all()', 'select clinic.purge(7)', 'do $$begin perform clinic.purge_all(); end$$', 'select 1 from clinic.rooms where clinic.purge(id) > 0', 'explain analyze select clinic.purge_all()',
          'copy (select clinic.purge_all()) to stdout', 'create table clinic.made as select clinic.purge_all()', 'begin; declare c cursor for select clinic.purge_all(); fetch c; commit', 'prepare p as select clinic.purge_all(); execute p']
        for (const sql of calls) {
          assert.match(await run(client, sql), /held for approval|refused/, sql)
          await run(client, 'rollback')
        }
        assert.equal((await owner.query('select count(*) from clinic.scratch'))[0]?.rows[0]?.[0], '20')
        await approvedTicket(client, 'select clinic.purge(7)', ['olga', 'otto'])
        assert.equal(await run(client, 'select clinic.purge(7)'), 'SELECT 1: 7')
        assert.equal((await owner.query('select count(*) from clinic.scratch'))[0]?.rows[0]?.[0], '19')
      })
    })
  })

  describe('an approval for one thing, used for another', () => {
    it('other values, types and texts of the extended protocol; the portal that was approved is read on, in parts, and no other', async () => {
      const sql = 'select id from clinic.rooms where id >= $1 order by id'
      await onTheWire('nadia', TICKET, async (wire) => {
        const id = ticketIn(await wire.ask(parse('s', sql, [INT4]), bind('', 's', ['5']), execute())) ?? ''
        assert.equal((await answer('olga', id)).status, 200)
        const others = [
          [bind('', 's', ['6']), execute()], [bind('', 's', [null]), execute()], [parse('', sql, [20]), bind('', '', ['5']), execute()], [parse('', `${sql} `, [INT4]), bind('', '', ['5']), execute()],
          [parse('', sql.replace('$1', '5')), bind('', '', []), execute()],
        ]
        for (const [index, frames] of others.entries()) {
          const said = await wire.ask(...frames)
          assert.match(said, /held for approval/, `${index}`)
          assert.notEqual(ticketIn(said), id, `${index}`)
        }
        const said = await wire.ask(bind('p', 's', ['5']), execute('p', 4), execute('p', 4), execute('p'))
        assert.match(said, /C\(SELECT 8\)/)
        assert.equal(wire.rows, 16)
        assert.notEqual(ticketIn(await wire.ask(bind('p', 's', ['5']), execute('p', 1))), id, 'used up')
        assert.equal(await stateOf(id), 'used')
      })
    })

    it('a name that is prepared anew behind the one that waits', async () => {
      await onTheWire('nadia', '', async (wire) => {
        wire.send(parse('s', 'select id from clinic.rooms where id = $1', [INT4]), bind('', 's', ['3']), execute(), closeStatement('s'), parse('s', 'select id, mrn from clinic.patients where id > $1', [INT4]), bind('', 's', ['0']), execute())
        wire.send(parse('', 'select 1'), bind('', '', []), execute(), Buffer.from([0x53, 0, 0, 0, 4]))
        await wire.until('N')
        const first = lastNoticed(wire.said)
        assert.equal(wire.rows, 0, 'what is behind waits')
        assert.equal((await answer('olga', first)).status, 200)
        await wire.until('N', 2)
        const second = lastNoticed(wire.said)
        assert.notEqual(second, first)
        assert.equal(wire.rows, 1)
        assert.equal((await answer('olga', second, 'deny')).status, 200)
        await wire.until('Z')
        assert.match(wire.said, /not approved: olga said no/)
        assert.equal(wire.rows, 1, 'a refusal ends the batch, as an error does')
      })
    })

    const CHANGES: readonly (readonly [what: string, as: 'nadia' | 'kim', sql: string, change: string, by: 'owner' | 'session'])[] = [
      ['a view over another row', 'nadia', 'select id from clinic.some -- 1', 'create or replace view clinic.some as select id, mrn from clinic.patients where id = 2', 'owner'],
      ['a view over all rows', 'nadia', 'select id from clinic.some -- 2', 'create or replace view clinic.some as select id, mrn from clinic.patients', 'owner'],
      ['the body of a function in SQL', 'nadia', 'select clinic.room()', 'create or replace function clinic.room() returns int language sql stable as $$select id from clinic.rooms where id = 2$$', 'owner'],
      ['the body of a function in PL/pgSQL', 'kim', 'select clinic.purge(3)', 'create or replace function clinic.purge(x int) returns int language plpgsql as $$begin delete from clinic.scratch where id = x + 1; return x; end$$', 'owner'],
      ['a trigger', 'kim', 'delete from clinic.scratch where id = 4', `create function clinic.more() returns trigger language plpgsql as $$begin delete from clinic.visits where id = 1; return old; end$$;
        create trigger more after delete on clinic.scratch for each row execute function clinic.more()`, 'owner'],
      ['row security', 'kim', 'delete from clinic.visits where id = 2', 'alter table clinic.visits enable row level security; create policy everything on clinic.visits using (true)', 'owner'],
      ['another table of the same name', 'nadia', 'select id from clinic.rooms -- 3', 'alter table clinic.rooms rename to rooms_before; create table clinic.rooms (id int primary key, kind text); insert into clinic.rooms select * from clinic.rooms_before; grant all on clinic.rooms to doorward', 'owner'],
      ['a purpose', 'nadia', 'select id from clinic.rooms -- 4', "set doorward.purpose = 'TREAT'", 'session'],
      ['the way dates are read', 'kim', "delete from clinic.visits where d = '01/02/2024'", "set datestyle = 'ISO, DMY'", 'session'],
      ['the zone times are read in', 'kim', "delete from clinic.visits where d = timestamptz '2024-01-02 00:00'", "set timezone = 'Asia/Tokyo'", 'session'],
    ]
    for (const [what, as, sql, change, by] of CHANGES) {
      it(`is of no use after a change of ${what}`, async () => {
        await during(as, TICKET, async (client) => {
          const id = await approvedTicket(client, sql, as === 'kim' ? ['olga', 'otto'] : ['olga'])
          if (by === 'owner') await owner.query(change)
          else await run(client, change)
          const said = await run(client, sql)
          assert.match(said, /refused/)
          assert.notEqual(ticketIn(said), id)
          assert.equal(await stateOf(id), 'approved', 'not used')
        })
      })
    }

    it('nor does a statement run that waited while its view was replaced', async () => {
      await owner.query('create or replace view clinic.some as select id, mrn from clinic.patients where id = 1')
      await during('nadia', '', async (client) => {
        const said = run(client, 'select id from clinic.some')
        const id = await eventually('the notice', () => Promise.resolve(/approve ([0-9a-z]{10})/.exec(client.notices.at(-1)?.hint ?? '')?.[1]))
        await owner.query('create or replace view clinic.some as select id, mrn from clinic.patients where id = 2')
        assert.equal((await answer('olga', id)).status, 200)
        assert.match(await said, /what the statement means changed while it waited/)
      })
    })
  })

  describe('an approval, used again', () => {
    it('twenty sessions at once run it once; calls of the API that are sent again change nothing', async () => {
      const sql = 'select id from clinic.rooms -- once'
      const id = await during('nadia', TICKET, (client) => approvedTicket(client, sql))
      const clients = await Promise.all(Array.from({ length: 20 }, () => house.connect('nadia', secretOf('nadia'), { options: TICKET })))
      const said = await Promise.all(clients.map((client) => run(client, sql)))
      await Promise.all(clients.map((client) => client.close()))
      assert.equal(said.filter((one) => one.startsWith('SELECT 20')).length, 1)
      for (const again of [await answer('olga', id), await answer('otto', id), await answer('otto', id, 'deny')]) assert.equal(again.status, 409, again.text)
      assert.equal(await stateOf(id), 'used')
    })

    it('a yes after a no, and after its time, is none', async () => {
      await during('nadia', TICKET, async (client) => {
        const sql = 'select id from clinic.rooms -- denied'
        const id = ticketIn(await run(client, sql)) ?? ''
        await answer('olga', id, 'deny')
        assert.equal((await answer('otto', id)).status, 409)
        assert.notEqual(ticketIn(await run(client, sql)), id)
      })
      await during('hugo', '', async (client) => {
        const said = run(client, 'select id from clinic.rooms')
        const id = await eventually('the notice', () => Promise.resolve(/approve ([0-9a-z]{10})/.exec(client.notices.at(-1)?.hint ?? '')?.[1]))
        assert.match(await said, /nobody approved it in time/)
        const late = await answer('olga', id)
        assert.equal(late.status, 409)
        assert.match(late.text, /expired/)
        assert.equal((await client.query('select 1'))[0]?.rows[0]?.[0], '1', 'the session goes on')
      })
    })

    it('approved in time and not used in time', async () => {
      await during('hugo', TICKET, async (client) => {
        const id = await approvedTicket(client, 'select id from clinic.rooms -- late')
        await eventually('its time is over', async () => (await stateOf(id) === 'expired' ? true : undefined))
        assert.notEqual(ticketIn(await run(client, 'select id from clinic.rooms -- late')), id)
      })
    })
  })

  describe('races', () => {
    it('two approvers at once, again and again: each statement runs once', async () => {
      await during('kim', '', async (client) => {
        for (let time = 0; time < 10; time += 1) {
          const before = client.notices.length
          const said = run(client, `comment on table clinic.scratch is '${time}'`)
          const id = await eventually('the notice', () => Promise.resolve(client.notices.length > before ? /approve ([0-9a-z]{10})/.exec(client.notices.at(-1)?.hint ?? '')?.[1] : undefined))
          assert.deepEqual((await Promise.all([answer('olga', id), answer('otto', id), answer('olga', id), answer('otto', id)])).map((one) => one.status).toSorted(), [200, 200, 409, 409])
          assert.match(await said, /^COMMENT/)
          assert.equal(await stateOf(id), 'used')
        }
      })
    })

    it('a cancel while it is approved: it runs and is used, or does not run and is withdrawn', async () => {
      const seen = new Set<string>()
      await onTheWire('nadia', '', async (wire) => {
        for (let time = 0; time < 20; time += 1) {
          wire.frames.length = 0
          wire.send(parse('', `select id from clinic.rooms -- cancelled ${time}`), bind('', '', []), execute(), Buffer.from([0x53, 0, 0, 0, 4]))
          await wire.until('N')
          const id = lastNoticed(wire.said)
          // At once, or about when the vote is being counted: who she is takes both calls the same time to find out.
          const cancelled = time % 2 === 0 ? wire.cancel() : house.api('otto', 'GET', '/me').then(() => wire.cancel())
          const [voted] = await Promise.all([answer('olga', id), cancelled])
          await wire.until('Z')
          const state = await eventually('it has ended', async () => { const now = await stateOf(id); return now === 'pending' || now === 'approved' ? undefined : now })
          seen.add(`${voted.status} ${state} ${wire.rows}`)
          if (wire.rows > 0) assert.equal(state, 'used')
          if (state === 'withdrawn') assert.equal(wire.rows, 0)
        }
      })
      console.log(`      ${[...seen].join(', ')}`)
    })
  })

  describe('the admin API', () => {
    it('takes nobody\'s word for who calls', async () => {
      const id = await during('nadia', TICKET, async (client) => ticketIn(await run(client, 'select id from clinic.rooms -- words')) ?? '')
      const url = `${house.consoleUrl}/api/v1/approvals/${id}/approve`
      const basic = (user: string, secret = secretOf(user)): string => `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`
      const tries: readonly (readonly [headers: Readonly<Record<string, string>>, status: number])[] = [
        [{}, 401], [{ 'x-forwarded-user': 'olga', 'x-remote-user': 'olga', 'x-doorward-user': 'olga' }, 401], [{ cookie: `authorization=${basic('olga')}` }, 401], [{ authorization: basic('olga', 'nadia-') }, 401],
        [{ authorization: basic('nadia'), 'x-forwarded-user': 'olga', 'x-forwarded-for': '127.0.0.1' }, 403], [{ authorization: `${basic('nadia')}, ${basic('olga')}` }, 401], [{ authorization: `Basic ${Buffer.from('olga\0:olga-').toString('base64')}` }, 401],
        [{ authorization: basic('OLGA', 'olga-') }, 401], [{ authorization: basic('olga '.trimEnd(), 'olga- ') }, 401], [{ 'proxy-authorization': basic('olga') }, 401],
        [{ authorization: basic('olga'), origin: 'null' }, 403], [{ authorization: basic('olga'), origin: `${house.consoleUrl}.evil.example` }, 403], [{ authorization: basic('olga'), 'sec-fetch-site': 'same-site' }, 403],
        [{ authorization: basic('olga'), 'content-type': 'text/plain' }, 400], [{ authorization: basic('olga'), 'content-type': 'multipart/form-data; boundary=application/json' }, 400],
      ]
      for (const [headers, status] of tries) assert.equal((await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{}' })).status, status, JSON.stringify(headers))
      for (const path of [`/api/v1/approvals/${id}/approve?as=olga`, `/api/v1/approvals/${id}/approve/`, `/api/v1//approvals/${id}/approve`, `//api/v1/approvals/${id}/approve`, `/api/v1/approvals/${id}%2fapprove`, `/api/v1/approvals/${id}/show/../approve`]) {
        assert.notEqual((await fetch(`${house.consoleUrl}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: basic('nadia') }, body: '{}' })).status, 200, path)
      }
      for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
        assert.equal((await fetch(url, { method, headers: { authorization: basic('olga'), 'x-http-method-override': 'POST', ...(method === 'GET' ? {} : { 'content-type': 'application/json' }) }, ...(method === 'GET' ? {} : { body: '{}' }) })).status, 404, method)
      }
      assert.equal(await stateOf(id), 'pending')
    })

    it('reads one request where somebody would have it read two', async () => {
      const id = await during('nadia', TICKET, async (client) => ticketIn(await run(client, 'select id from clinic.rooms -- smuggled')) ?? '')
      const officer = `authorization: Basic ${Buffer.from('olga:olga-').toString('base64')}`
      const asker = `authorization: Basic ${Buffer.from('nadia:nadia-').toString('base64')}`
      const approve = `POST /api/v1/approvals/${id}/approve HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`
      const raw: readonly (readonly [what: string, text: string])[] = [
        ['two lengths', `${approve}${asker}\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}x`],
        ['length and chunks', `${approve}${asker}\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
        ['two callers', `${approve}${asker}\r\n${officer}\r\ncontent-length: 2\r\n\r\n{}`],
        ['a line that goes on', `${approve}x: y\r\n ${officer}\r\ncontent-length: 2\r\n\r\n{}`],
        ['bare line feeds', `POST /api/v1/approvals/${id}/approve HTTP/1.1\nhost: x\ncontent-type: application/json\n${asker}\ncontent-length: 2\n\n{}`],
        ['another host in the line', `POST http://${'olga:olga-'}@x/api/v1/approvals/${id}/approve HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`],
        ['credentials in the path', `POST //olga:olga-@x/api/v1/approvals/${id}/approve HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`],
      ]
      for (const [what, text] of raw) {
        const socket = connect(Number(new URL(house.consoleUrl).port), '127.0.0.1')
        socket.on('error', () => undefined)
        let said = ''
        socket.on('data', (chunk: Buffer) => { said += chunk.toString() })
        socket.end(text)
        await once(socket, 'close')
        assert.doesNotMatch(said, /HTTP\/1\.1 200/, what)
        assert.equal(await stateOf(id), 'pending', what)
      }
      assert.equal((await answer('olga', id)).status, 200, 'the right way still works')
    })
  })

  it('nothing of it broke anything inside, and no value is in the log', () => {
    assert.doesNotMatch(house.log(), /internal error|ALERT/)
    assert.doesNotMatch(house.entries(), /900-00-\d|Name\d/)
  })
})
