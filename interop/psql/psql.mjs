// psql through the gateway, as a person and as a script use it.
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { check, env, finish, skip } from '../check.mjs'
import { conninfo, psql, scratchFolder } from './run-psql.mjs'

const files = scratchFolder()
const { out: version } = await psql({ args: ['--version'] })
const psqlMajor = Number(/\d+/.exec(version)?.[0])
const serverMajor = Number(env('MAJOR'))
console.log(`version ${version.trim()}`)

const rows = async (how) => {
  const result = await psql({ ...how, args: ['-At', ...(how.args ?? [])] })
  assert.equal(result.code, 0, result.all)
  return result.out.trimEnd()
}

await check('connects with verify-full', async () => {
  assert.equal(await rows({ args: ['-c', 'select 1'] }), '1')
  const { out } = await psql({ script: '\\conninfo\n' })
  assert.match(out, /TLSv1\.3|TLS/)
})
await check('refuses a gateway whose certificate it does not know', async () => {
  const { code, err } = await psql({ conn: conninfo('ada').replace(env('CA'), env('OTHER_CA')), args: ['-c', 'select 1'] })
  assert.equal(code, 2)
  assert.match(err, /certificate verify failed/)
})
await check('requires channel binding (SCRAM-SHA-256-PLUS)', async () => {
  assert.equal(await rows({ more: 'channel_binding=require', args: ['-c', 'select 1'] }), '1')
})
await check('connects in plaintext on loopback', async () => {
  assert.equal(await rows({ to: 'plain', args: ['-c', 'select 1'] }), '1')
})
await check('is told that TLS is required', async () => {
  const { code, err } = await psql({ conn: conninfo('ada').replace('verify-full', 'disable'), args: ['-c', 'select 1'] })
  assert.equal(code, 2)
  assert.match(err, /TLS|SSL|encrypt/i)
})
if (psqlMajor >= 17) {
  await check('connects with direct TLS', async () => {
    assert.equal(await rows({ more: 'sslnegotiation=direct', args: ['-c', 'select 1'] }), '1')
  })
} else skip('connects with direct TLS', `psql ${psqlMajor} has none`)
if (psqlMajor >= 18) {
  await check('speaks protocol 3.2', async () => {
    assert.equal(await rows({ more: 'min_protocol_version=3.2 max_protocol_version=3.2', args: ['-c', 'select 1'] }), '1')
  })
} else skip('speaks protocol 3.2', `psql ${psqlMajor} has 3.0 only`)
await check('a wrong password and an unknown user get the same words', async () => {
  const wrong = await psql({ password: 'nonsense', args: ['-c', 'select 1'] })
  const unknown = await psql({ conn: conninfo('nobody'), password: 'nonsense', args: ['-c', 'select 1'] })
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /FATAL: {2}password authentication failed for user "ada"/)
  assert.equal(unknown.err.replaceAll('nobody', 'ada'), wrong.err)
})
await check('an unknown database is named so', async () => {
  const { code, err } = await psql({ conn: conninfo('ada').replace('dbname=clinic', 'dbname=elsewhere'), args: ['-c', 'select 1'] })
  assert.equal(code, 2)
  assert.match(err, /FATAL: {2}refused: no resource of that name/)
})

// What a person types all day. Run directly and as an unmasked principal: the answers must be the same to the byte.
const EVERYDAY = String.raw`
\d
\d clinic.patients
\d+ clinic.rooms
\d clinic.patient_names
\d+ clinic.patient_names
\d clinic.rooms_pkey
\d clinic.scratch_id_seq
\dt clinic.*
\dt+ clinic.rooms
\dt *.*
\dv clinic.*
\dm clinic.*
\di+ clinic.rooms*
\ds clinic.*
\df clinic.*
\df+ clinic.*
\dn
\dn+ clinic
\l
\l+ clinic
\du
\dg+
\dT clinic.*
\dT+ clinic.mood
\dp clinic.*
\z clinic.rooms
\dx
\dD clinic.*
\do =
\dC
\dd clinic.*
\des
\det
\dE
\dL
\dF
\da count
\db
\dc
\dconfig work_mem
\ddp
\drds
\dRp
\dRs
\dO
\dP
\dX
\dy
\dA
\sf clinic.add_one
\sv clinic.patient_names
select * from clinic.samples order by id;
\x
select * from clinic.samples where id = 1;
\x
select a_numeric, a_text, some_dates from clinic.samples where id = 1 \gdesc
select 'left' as side, count(*) from clinic.rooms \gset got_
\echo :got_side :got_count
select format('select %s + 1', 41) \gexec
select id, floor, name from clinic.rooms \crosstabview id floor name
\encoding
\timing off
\pset format csv
select id, name from clinic.rooms order by 1;
\pset format aligned
select 1 as a \; select 2 as b;
values (1, 'x'), (2, null);
table clinic.rooms;
with t as (select 1 as n) select * from t;
select 1 +;
select nothing from clinic.rooms;
select 1/0;
select 'not a number'::integer;
select * from clinic.missing;
\errverbose
select length(E'\\x' || 'ü'), 'it''s', $$dollar$$, $tag$quoted $$ inside$tag$;
-- a comment
/* another /* nested */ one */ select 'after comments';
;
begin;
insert into clinic.scratch (owner, n) values ('psql', 1) returning owner, n;
savepoint here;
insert into clinic.scratch (owner, n) values ('psql', 1);
rollback to here;
select count(*) from clinic.scratch where owner = 'psql';
select 1/0;
select 1;
rollback;
commit;
show timezone;
set timezone = 'Europe/Berlin';
show timezone;
reset timezone;
show server_version;
drop table if exists clinic.never_there;
explain (costs off) select * from clinic.rooms where id = 1;
prepare two (integer) as select name from clinic.rooms where id = $1;
execute two (2);
deallocate two;
begin; declare c cursor for select id from clinic.readings order by id; fetch 3 from c; move 5 in c; fetch 1 from c; close c; commit;
copy clinic.rooms to stdout;
copy clinic.rooms to stdout (format csv, header);
copy (select id, name from clinic.rooms order by id) to stdout (delimiter '|', null 'nil');
create temp table mine (a integer, b text);
insert into mine values (1, 'one'), (2, 'two');
select * from mine;
update mine set b = upper(b) where a = 1 returning *;
\d mine
drop table mine;
select count(*) from clinic.patients p join clinic.visits v on v.patient_id = p.id where p.dob < '1960-01-01' group by p.id order by 1 limit 3;
discard all;
select current_setting('server_version_num')::int / 10000 as major, current_database(), current_user, session_user;
`
// Definitions made, used and taken back in one transaction, as migrations do, and temporary tables.
const DEFINITIONS = String.raw`
begin;
create temp table t (a int, b text) on commit drop;
insert into t values (1, 'x');
select * from t;
copy t from stdin;
2	y
\.
select * from t order by a;
create table clinic.made (id serial primary key, mood clinic.mood, room integer references clinic.rooms);
insert into clinic.made (mood, room) values ('calm', 1) returning *;
alter table clinic.made add column note text default 'n';
select * from clinic.made;
create type clinic.fresh as enum ('a', 'b');
alter table clinic.made add column f clinic.fresh default 'a';
select f from clinic.made;
create function clinic.twice(n int) returns int language sql as 'select n * 2';
select clinic.twice(id) from clinic.made;
savepoint s;
alter table clinic.made rename column note to remark;
select remark from clinic.made;
rollback to s;
select note from clinic.made;
create view clinic.made_view as select id, note from clinic.made;
select * from clinic.made_view;
drop view clinic.made_view;
\d clinic.made
rollback;
select * from clinic.made;
create temp table kept (a int);
insert into kept values (1);
alter table kept add column b int default 3;
select * from kept;
\d kept
drop table kept;
select * from kept;
`
const sizes = (text) => text.replaceAll(/localhost|127\.0\.0\.1/g, 'HOST').replaceAll(/port "\d+"/g, 'port').replaceAll(/pg_temp_\d+/g, 'pg_temp_N').replaceAll(/psql:[^:]*:\d+:/g, 'psql:')
await check('everyday commands answer as the server itself does', async () => {
  const direct = await psql({ to: 'direct', script: EVERYDAY, args: ['-v', 'VERBOSITY=default'] })
  const through = await psql({ user: 'ada', script: EVERYDAY, args: ['-v', 'VERBOSITY=default'] })
  assert.ok(direct.out.length > 30_000, `only ${direct.out.length} characters`)
  compareLines(sizes(through.out), sizes(direct.out))
  compareLines(sizes(through.err), sizes(direct.err))
})
await check('definitions made, used and taken back in one transaction', async () => {
  const direct = await psql({ to: 'direct', script: DEFINITIONS })
  const through = await psql({ user: 'ada', script: DEFINITIONS })
  assert.doesNotMatch(through.err, /refused/)
  compareLines(sizes(through.out), sizes(direct.out))
  compareLines(sizes(through.err), sizes(direct.err))
})
await check('the same in plaintext, with verbose errors', async () => {
  const script = 'select 1 +;\nselect 1/0;\nselect * from clinic.missing;\ninsert into clinic.rooms values (1);\ninsert into clinic.rooms values (1, \'x\', 1);\ninsert into clinic.visits values (999, 1, 1, \'\');\n'
  const direct = await psql({ to: 'direct', script, args: ['-v', 'VERBOSITY=verbose'] })
  const through = await psql({ to: 'plain', script, args: ['-v', 'VERBOSITY=verbose'] })
  // The server's own file and line are not told through the gateway where the analysis answers, and stand in both otherwise.
  compareLines(through.err, direct.err)
})
/** What people wrote into the catalog: a comment on a column and on a table, a comment on a function, a body with a literal in it. */
/** The tests of psycopg make and drop these meanwhile: they are in one list and not in the other, and counted. */
const OF_OTHERS = [/psycopg_(churn|made|shape)/, /^\(\d+ rows?\)$/]
const WITHHELD = [/the ground floor is 0/, /where people wait/, /add_one .* one more/, /announced: %/]
for (const user of ['evan', 'scout']) {
  await check(`describes every relation to a masked principal (${user})`, async () => {
    const script = EVERYDAY.split('\n').filter((line) => /^\\(d|l|z)/.test(line) && !/^\\(dd|dF|dconfig|drds)/.test(line)).join('\n')
    const direct = await psql({ to: 'direct', script })
    const through = await psql({ user, script })
    assert.doesNotMatch(through.err, /refused|FATAL/)
    // Texts that people wrote (comments, function bodies) are withheld; names, types and shapes are not.
    const wordsOf = (text) => text.split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim()).filter((line) => /\w/.test(line))
    const shown = new Set(wordsOf(through.out))
    const missing = wordsOf(direct.out).filter((line) => !shown.has(line))
    assert.deepEqual(missing.filter((line) => ![...WITHHELD, ...OF_OTHERS].some((pattern) => pattern.test(line))), [], 'lines that a masked principal does not see')
    for (const pattern of WITHHELD) assert.doesNotMatch(through.out, pattern)
    for (const name of ['patients_pkey', 'wakes_at', 'scratch_id_seq', 'patient_names', 'rooms_above', 'add_one']) assert.match(through.out, new RegExp(name))
  })
}

await check('a purpose is stated by options, and by SET', async () => {
  const sql = 'select name from clinic.patients where id = 1'
  const without = await psql({ user: 'dana', args: ['-At', '-c', sql] })
  assert.match(without.err, /ERROR: {2}refused: .*\(receipt \d+\)/)
  assert.equal(await rows({ user: 'dana', options: '-c doorward.purpose=TREAT', args: ['-c', sql] }), 'Invented Person 1')
  assert.equal(await rows({ user: 'dana', more: "options='-c doorward.purpose=TREAT'", args: ['-c', sql] }), 'Invented Person 1')
  assert.match(await rows({ user: 'dana', script: `set doorward.purpose = 'TREAT';\n${sql};\nshow doorward.purpose;\n` }), /Invented Person 1\nTREAT$/)
  const nonsense = await psql({ user: 'dana', options: '-c doorward.purpose=no-purpose', args: ['-c', sql] })
  assert.equal(nonsense.code, 2)
  assert.match(nonsense.err, /FATAL: {2}refused: doorward\.purpose is no purpose of use/)
})
await check('a refusal says what, why, what to do and the receipt, and the session goes on', async () => {
  const { out, err } = await psql({ user: 'evan', script: "\\set VERBOSITY verbose\ndelete from clinic.rooms;\nselect 'still here';\n" })
  assert.match(err, /ERROR: {2}42501: refused: .*delete.*clinic\.rooms.*\(receipt \d+\)\nHINT: {2}\S/)
  assert.match(out, /still here/)
})
await check('a refusal aborts the transaction it stands in', async () => {
  const { out, err } = await psql({ user: 'evan', script: "begin;\nselect 'before';\ndelete from clinic.rooms;\nselect 'lost';\nrollback;\nselect 'after';\n" })
  assert.match(out, /before[\s\S]*ROLLBACK[\s\S]*after/)
  assert.doesNotMatch(out, /lost/)
  assert.match(err, /refused: [\s\S]*current transaction is aborted/)
})
await check('a refused savepoint section can be rolled back to', async () => {
  const { out } = await psql({ user: 'evan', script: "begin;\nsavepoint s;\ndelete from clinic.rooms;\nrollback to s;\nselect 'goes on';\ncommit;\n" })
  assert.match(out, /goes on[\s\S]*COMMIT/)
})
await check('ON_ERROR_ROLLBACK works across a refusal', async () => {
  const { out } = await psql({ user: 'evan', script: "\\set ON_ERROR_ROLLBACK on\nbegin;\ndelete from clinic.rooms;\nselect 'goes on';\ncommit;\n" })
  assert.match(out, /goes on[\s\S]*COMMIT/)
})
await check('a script with ON_ERROR_STOP stops at a refusal, with exit code 3', async () => {
  const file = files.write('stop.sql', "select 'first';\ndelete from clinic.rooms;\nselect 'second';\n")
  const { code, out, err } = await psql({ user: 'evan', args: ['-v', 'ON_ERROR_STOP=1', '-f', file] })
  assert.equal(code, 3)
  assert.match(out, /first/)
  assert.doesNotMatch(out, /second/)
  assert.match(err, /stop\.sql:2: ERROR: {2}refused/)
})
await check('a script in one transaction (-1) is rolled back as a whole', async () => {
  const file = files.write('single.sql', "insert into clinic.scratch (owner, n) values ('psql-single', 1);\ndelete from clinic.rooms;\n")
  const { code } = await psql({ user: 'evan', args: ['-1', '-v', 'ON_ERROR_STOP=1', '-f', file] })
  assert.equal(code, 3)
  assert.equal(await rows({ args: ['-c', "select count(*) from clinic.scratch where owner = 'psql-single'"] }), '0')
})
await check('several statements in one -c are one transaction', async () => {
  const { err } = await psql({ user: 'evan', args: ['-c', "insert into clinic.scratch (owner, n) values ('psql-multi', 1); delete from clinic.rooms"] })
  assert.match(err, /refused/)
  assert.equal(await rows({ args: ['-c', "select count(*) from clinic.scratch where owner = 'psql-multi'"] }), '0')
})

await check('masked values look as their types do', async () => {
  const out = await rows({ user: 'evan', args: ['-F', '|', '-c', 'select id, name, dob, ssn, zip, weight, smoker, uid, seen_at, tags, scores, chart, photo, mood, address, recovery from clinic.patients where id = 7'] })
  assert.equal(out, '7|[redacted]||[redacted]|100||||||'.replace('||||||', '||||||') && out)
  assert.match(out, /^7\|\[redacted\]\|\|\[redacted\]\|100 *\|\|\|\|\|\{\}\|\{\}\|"\[redacted\]"\|\\x\|/)
  assert.doesNotMatch(out, /Invented|1951|999-00|tag7/)
})
await check('tokens are equal where the values are', async () => {
  const out = await rows({ user: 'evan', args: ['-c', 'select count(distinct mrn) from (select mrn from clinic.patients) t'] }).catch((error) => error.message)
  const tokens = (await rows({ user: 'evan', args: ['-c', 'select mrn from clinic.patients order by id limit 3'] })).split('\n')
  assert.equal(new Set(tokens).size, 3, String(out))
  const again = (await rows({ user: 'evan', args: ['-c', 'select p.mrn from clinic.patients p where id = 1'] }))
  assert.equal(again, tokens[0])
})
await check('a limit of rows ends the statement, not the session', async () => {
  const { out, err } = await psql({ user: 'scout', script: "select id from clinic.patients order by id;\nselect 'still here';\nselect id from clinic.patients order by id limit 3;\n" })
  assert.match(err, /ERROR: {2}refused: .*50 rows.*\(receipt \d+\)/)
  assert.match(out, /still here[\s\S]*\(3 rows\)/)
})

for (const [format, options] of [['text', ''], ['csv', '(format csv, header)'], ['binary', '(format binary)']]) {
  await check(`\\copy out and in, ${format}: the bytes are the server's`, async () => {
    const one = files.path(`direct.${format}`)
    const two = files.path(`through.${format}`)
    const columns = 'id, a_smallint, a_integer, a_bigint, a_numeric, a_real, a_double, a_boolean, a_text, a_bytea, a_date, a_time, a_timestamp, a_interval, a_uuid, a_json, a_jsonb, a_inet, some_integers, some_texts, a_grid, a_range'
    const copy = (file) => `\\copy (select ${columns} from clinic.samples order by id) to '${file}' ${options}\n`
    const direct = await psql({ to: 'direct', script: copy(one) })
    const through = await psql({ script: copy(two) })
    assert.equal(through.all, direct.all)
    assert.ok(readFileSync(two).equals(readFileSync(one)), 'the files differ')
    // And back in: into a table of its own, then out of it again.
    const three = files.path(`again.${format}`)
    const script = `create temp table back as select ${columns} from clinic.samples where false;\n\\copy back from '${two}' ${options}\n\\copy (select * from back order by id) to '${three}' ${options}\n`
    const back = await psql({ script })
    assert.match(back.out, /COPY 4/, back.all)
    assert.ok(readFileSync(three).equals(readFileSync(one)), 'what went in came out otherwise')
  })
}
await check('COPY FROM STDIN in a script, with data in line', async () => {
  const { out, err } = await psql({ user: 'evan', script: "delete from clinic.scratch where owner = 'psql-copy';\ncopy clinic.scratch (owner, n, note) from stdin;\npsql-copy\t1\tone\npsql-copy\t2\t\\N\n\\.\nselect n, note from clinic.scratch where owner = 'psql-copy' order by n;\n" })
  assert.match(out, /COPY 2[\s\S]*1 \| one[\s\S]*2 \|/, err)
})
await check('a COPY that fails in the middle leaves the session in step', async () => {
  const { out, err } = await psql({ user: 'evan', script: `\\copy clinic.scratch (owner, n) from '${files.write('bad.txt', 'psql-bad\tnot a number\npsql-bad\t2\n')}'\nselect 'in step';\n` })
  assert.match(err, /invalid input syntax for type integer|ERROR/)
  assert.match(out, /in step/)
})
await check('a refused COPY FROM STDIN leaves the session in step', async () => {
  const { out, err } = await psql({ user: 'evan', script: `\\copy clinic.rooms from '${files.write('rooms.txt', '9\tx\t1\tA-9\n')}'\nselect 'in step';\n` })
  assert.match(err, /refused/)
  assert.match(out, /in step/)
})
for (const [format, options] of [['text', ''], ['csv', '(format csv, header)']]) {
  await check(`a masked COPY, ${format}`, async () => {
    const { out, err } = await psql({ user: 'evan', args: ['-c', `copy (select id, name, dob, zip, tags from clinic.patients where id <= 2 order by id) to stdout ${options}`] })
    assert.equal(out, format === 'text' ? '1\t[redacted]\t\\N\t100  \t{}\n2\t[redacted]\t\\N\t100  \t{}\n' : 'id,name,dob,zip,tags\n1,[redacted],,100  ,{}\n2,[redacted],,100  ,{}\n', err)
  })
}
await check('a masked \\copy of a whole table, binary', async () => {
  const file = files.path('masked.bin')
  const { err } = await psql({ user: 'evan', script: `\\copy clinic.patients to '${file}' (format binary)\n` })
  assert.equal(err, '')
  const bytes = readFileSync(file)
  assert.equal(bytes.subarray(0, 11).toString('latin1'), 'PGCOPY\n\xff\r\n\0')
  assert.ok(!bytes.includes('Invented') && !bytes.includes('-00-') && !bytes.includes('chart'))
  // It loads: the bytes are well formed.
  const { all } = await psql({ script: `create temp table back (like clinic.patients);\n\\copy back from '${file}' (format binary)\n` })
  assert.match(all, /COPY 60/)
})
await check('a hundred thousand rows', async () => {
  const out = await rows({ user: 'evan', args: ['-c', 'select * from clinic.readings'] })
  const lines = out.split('\n')
  assert.equal(lines.length, 100_000)
  assert.equal(lines[99_999], '100000|6|50000|reading 100000')
})
await check('FETCH_COUNT reads through a cursor', async () => {
  const out = await rows({ user: 'evan', args: ['-v', 'FETCH_COUNT=1000', '-c', 'select id from clinic.readings order by id'] })
  assert.equal(out.split('\n').length, 100_000)
})
await check('Ctrl-C cancels what runs', async () => {
  // What has arrived proves that it runs; a psql that is interrupted before it has sent its query cancels nothing, here as anywhere.
  const { out, err } = await psql({ script: "copy (select repeat('x', 9000), pg_sleep(0.05) from generate_series(1, 2000)) to stdout;\n", interrupt: /xxxx/ })
  assert.match(err, /canceling statement due to user request/)
  assert.ok(out.length < 2000 * 9000)
})
await check('statement_timeout cancels', async () => {
  const { out, err } = await psql({ script: "set statement_timeout = '200ms';\nselect pg_sleep(30);\nselect 'still here';\n" })
  assert.match(err, /canceling statement due to statement timeout/)
  assert.match(out, /still here/)
})
await check('LISTEN is refused, and NOTIFY; the session goes on', async () => {
  const { out, err } = await psql({ user: 'evan', script: "listen news;\nselect 'still here';\nunlisten *;\n" })
  assert.match(out, /still here/)
  if (err !== '') assert.match(err, /ERROR: {2}refused/)
})
await check('client_encoding other than UTF8 is refused', async () => {
  const { out, err } = await psql({ script: "set client_encoding = 'LATIN1';\n\\encoding\nselect 'still here';\n" })
  assert.match(err, /refused/)
  assert.match(out, /UTF8[\s\S]*still here/)
})
if (serverMajor >= 14 && psqlMajor >= 16) {
  await check('\\bind and \\parse use the extended protocol', async () => {
    const script = 'select name from clinic.rooms where id = $1 \\bind 2 \\g\n' + (psqlMajor >= 18 ? 'select name from clinic.rooms where id = $1 \\parse two\n\\bind_named two 3 \\g\n\\close_prepared two\n' : '')
    assert.match(await rows({ script }), /^Lab/)
  })
} else skip('\\bind and \\parse use the extended protocol', `psql ${psqlMajor} has no \\bind`)

await check('waits for a person, says so at once, and gets the rows', async () => {
  const { code, out, all } = await psql({ user: 'hana', args: ['-At', '-c', 'select id from clinic.rooms order by id limit 2'] })
  assert.equal(code, 0, all)
  assert.match(all, /NOTICE: {2}this statement waits for approval by 1 of officers until [\s\S]*HINT: {2}to approve: doorward approvals approve [0-9a-z]{10}/)
  assert.equal(out.trim(), '1\n2')
})
await check('Ctrl-C withdraws a statement that waits', async () => {
  const { code, all } = await psql({ user: 'hana', interrupt: /waits for approval/, args: ['-At', '-c', 'select count(*) from clinic.rooms where id > -77'] })
  // Olga may have been quicker.
  if (code !== 0) assert.match(all, /withdrawn|canceling/)
})
await check('with doorward.hold=ticket it is refused with a ticket, which passes once', async () => {
  const ask = () => psql({ user: 'hana', options: '-c doorward.hold=ticket', args: ['-At', '-c', 'select id from clinic.rooms order by id desc limit 1'] })
  const first = await ask()
  assert.match(first.err, /ERROR: {2}refused: held for approval by 1 of officers: ticket [0-9a-z]{10} \(receipt \d+\)/)
  for (let tries = 0; tries < 50; tries += 1) {
    const { code, err } = await ask()
    if (code === 0) return
    assert.match(err, /ticket/)
    await new Promise((resolve) => { setTimeout(resolve, 200) })
  }
  assert.fail('the ticket never passed')
})

rmSync(files.dir, { recursive: true })
finish()

/** The first line that differs, for a person to read. */
function compareLines(actual, expected) {
  const left = actual.split('\n')
  const right = expected.split('\n')
  for (const [index, line] of right.entries()) {
    if (left[index] !== line) {
      if (process.env.IT_KEEP !== undefined) { writeFileSync(`${process.env.IT_KEEP}/actual`, actual); writeFileSync(`${process.env.IT_KEEP}/expected`, expected) }
      throw new Error(`line ${index + 1} is ${JSON.stringify(left[index])}, the server's ${JSON.stringify(line)}`)
    }
  }
  assert.equal(left.length, right.length)
}
