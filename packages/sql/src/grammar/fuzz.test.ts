/** Mutated statements, those of the bypass corpus where it is present: only values come back, in bounded time, and nothing leaks. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadGrammar } from './grammar.ts'
import { checkText, DEFAULT_TEXT_LIMITS } from './guard-text.ts'
import { readTextWith } from './read-text.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const VECTORS = [join(ROOT, 'corpus/vectors'), join(ROOT, '../shared/corpus/vectors')].find((directory) => existsSync(directory))

/** A synthetic number in every seed's literals: it may stand in no redacted text, however the text around it was mutated. */
const SECRET = '907-99-5141'

/** Always there: what the grammar finds hard. */
const SEEDS = [
  `select $1, 'a''${SECRET}', E'\\n${SECRET}', U&'\\0041${SECRET}' uescape '!', $a$ $$ ${SECRET} $a$, 1.5e-3, x'1f', "A""${SECRET}" from only (s.t) -- ${SECRET}`,
  `copy (select * from t /* ${SECRET} */ where a ~~* '%${SECRET}%') to stdout with (format csv, header match, force_quote *)`,
  `create table if not exists s.t (a int primary key, b text default f(1)) partition by list (a)`,
  `prepare p(int, text) as insert into t values ($1, $2) on conflict (a) do update set b = excluded.b returning *`,
  `explain (analyze, format json) with recursive r(a) as (values (1) union all select a + 1 from r where a < 5) select * from r`,
  `create or replace function f(a int) returns setof int language sql as $$ select '${SECRET}'; $$; do $$ begin perform ${SECRET}; end $$`,
  `merge into t using u on t.a = u.a when matched and u.b then update set a = 1 when not matched then insert values (1, 2)`,
  `set local search_path to "$user", public; select 1 into temp t from x; declare c scroll cursor with hold for select 1`,
  `grant select (a, b) on all tables in schema s to public; alter table t add constraint c check (a > 0) not valid, owner to x`,
]

function corpusTexts(directory: string): string[] {
  const texts: string[] = []
  for (const name of readdirSync(directory).filter((file) => file.endsWith('.jsonl'))) {
    for (const line of readFileSync(join(directory, name), 'utf8').split('\n').filter((text) => text !== '')) collectSql(JSON.parse(line), texts)
  }
  return texts
}

function collectSql(value: unknown, into: string[]): void {
  if (Array.isArray(value)) value.forEach((item) => { collectSql(item, into) })
  else if (typeof value === 'object' && value !== null) {
    for (const [key, field] of Object.entries(value)) {
      if (key === 'sql' && typeof field === 'string') into.push(field)
      else collectSql(field, into)
    }
  }
}

/** mulberry32: the same mutations in every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const PIECES = [
  '(', ')', `'`, `"`, '$$', '/*', '*/', '--', ';', '\n', ',', '.', '::', '$1', `E'`, `U&'`, ' as ', ' into ', ' for ', ' with no data', '\\', '\u00a0', '日', '0x', '1e',
  '+-', ' select ', '[', ']', '@>', ' uescape ', '\u0001', SECRET,
]

function mutate(text: string, random: (below: number) => number): string {
  const bytes = [...Buffer.from(text)]
  for (let count = 1 + random(3); count > 0; count -= 1) {
    const at = random(bytes.length + 1)
    switch (random(5)) {
      case 0: bytes.splice(at, 1 + random(4)); break
      case 1: bytes.splice(at, 0, ...Buffer.from(PIECES[random(PIECES.length)] ?? '')); break
      case 2: bytes.splice(at, 0, ...bytes.slice(random(bytes.length + 1)).slice(0, random(40))); break
      case 3: bytes[at] = random(256); break
      default: bytes.splice(random(bytes.length + 1), random(20), ...Buffer.from(PIECES[random(PIECES.length)] ?? ''))
    }
  }
  return Buffer.from(bytes).toString('latin1')
}

async function fuzz(texts: readonly string[], mutants: number): Promise<{ readonly parsed: number; readonly slowestMs: number }> {
  const grammar = await loadGrammar()
  const random = randomFrom(20261121)
  let parsed = 0
  let slowestMs = 0
  for (let count = 0; count < mutants; count += 1) {
    const seed = texts[random(texts.length)] ?? ''
    const bytes = count < texts.length ? Buffer.from(texts[count] ?? '') : Buffer.from(mutate(seed, random), 'latin1')
    const checked = checkText(bytes, DEFAULT_TEXT_LIMITS)
    if (checked.kind === 'refused') continue
    const before = process.hrtime.bigint()
    const reading = readTextWith(grammar, checked.text, 100)
    slowestMs = Math.max(slowestMs, Number(process.hrtime.bigint() - before) / 1e6)
    if (reading.kind !== 'read') continue
    parsed += 1
    assert.equal(reading.pieces.map((piece) => piece.text).join(''), checked.text)
    for (const piece of reading.pieces) {
      assert.ok(piece.statement === undefined || piece.statement.command.length > 0)
      assert.ok(!piece.identity.redactedText.includes(SECRET), piece.text)
    }
    if (grammar.counters().dropped > 0) await grammar.ready()
  }
  return { parsed, slowestMs }
}

test('mutated statements give values only, in bounded time', async () => {
  const { parsed, slowestMs } = await fuzz(SEEDS, 4_000)
  assert.ok(parsed > 200, `${parsed} parsed`)
  assert.ok(slowestMs < 500, `${slowestMs} ms`)
})

test('so do those of the bypass corpus', { skip: VECTORS === undefined && 'skipped: corpus/vectors missing' }, async () => {
  const texts = corpusTexts(VECTORS ?? '')
  assert.ok(texts.length > 500, `${texts.length} texts`)
  const { parsed, slowestMs } = await fuzz(texts, texts.length + 6_000)
  assert.ok(parsed > texts.length / 2, `${parsed} parsed`)
  assert.ok(slowestMs < 500, `${slowestMs} ms`)
})
