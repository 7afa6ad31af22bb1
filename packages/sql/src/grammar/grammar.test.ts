import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadGrammar, type Grammar } from './grammar.ts'
import type { RawAnswer, WasmInstance } from './wasm-instance.ts'

test('parses, scans and fingerprints by bytes', async () => {
  const grammar = await loadGrammar()
  const parsed = grammar.parse(`select 'é' ; select 2`)
  assert.ok(parsed.kind === 'parsed')
  assert.deepEqual(parsed.statements.map(({ start, length, node }) => [start, length, node.type]), [[0, 12, 'SelectStmt'], [14, 8, 'SelectStmt']])
  const scanned = grammar.scan(`select 'é', $1, "A" -- c`)
  assert.ok(scanned.kind === 'scanned')
  assert.deepEqual(scanned.tokens.map(({ kind, start, end }) => [kind, start, end]), [
    ['keyword', 0, 6], ['string', 7, 11], ['operator', 11, 12], ['parameter', 13, 15], ['operator', 15, 16], ['identifier', 17, 20], ['comment', 21, 25],
  ])
  assert.equal(grammar.fingerprint(`select 'a'`), grammar.fingerprint(`SELECT /* x */ 'b'`))
  assert.notEqual(grammar.fingerprint('select a'), grammar.fingerprint('select b'))
  assert.equal(grammar.fingerprint('selec'), undefined)
})

test('an empty text has no statements', async () => {
  const grammar = await loadGrammar()
  for (const text of ['', ' ', ';', ' ;; ', '-- x', '/* x */ ;']) assert.deepEqual(grammar.parse(text), { kind: 'parsed', statements: [] }, text)
})

test('a syntax error is a value, with its position in code points', async () => {
  const grammar = await loadGrammar()
  assert.deepEqual(grammar.parse(`select '日本' selec 1`), { kind: 'syntax-error', message: 'syntax error at or near "1"', position: 18 })
  assert.equal(grammar.parse(`select 'x`).kind, 'syntax-error')
  assert.equal(grammar.scan(`select 'x`).kind, 'syntax-error')
})

test('refuses what would end or change on the way: NUL and lone surrogates', async () => {
  const grammar = await loadGrammar()
  for (const text of ['select 1\0', 'select \ud800', '\udc00']) {
    assert.deepEqual(grammar.parse(text), { kind: 'failed', reason: 'text' })
    assert.deepEqual(grammar.scan(text), { kind: 'failed', reason: 'text' })
    assert.equal(grammar.fingerprint(text), undefined)
  }
})

test('control characters neither break the scanner nor hide text from it', async () => {
  const grammar = await loadGrammar()
  for (let code = 1; code < 32; code += 1) {
    const control = String.fromCharCode(code)
    const text = `select '${control}' -- ${control}`
    const scanned = grammar.scan(text)
    assert.ok(scanned.kind === 'scanned', `${code}`)
    assert.deepEqual(scanned.tokens.slice(0, 2).map((token) => token.text), ['select', `'${control}'`])
  }
  assert.deepEqual(grammar.parse(`select '\x01'`).kind, 'parsed')
  const blanks = grammar.scan('select\f1\v,\t2')
  assert.deepEqual(blanks.kind === 'scanned' && blanks.tokens.map((token) => token.text), ['select', '1', ',', '2'])
})

test('names longer than 63 bytes are cut as the server cuts them', async () => {
  const grammar = await loadGrammar()
  const parsed = grammar.parse(`listen ${'a'.repeat(80)}`)
  assert.equal(parsed.kind === 'parsed' && parsed.statements[0]?.node.fields['conditionname'], 'a'.repeat(63))
})

test('too deep for the parser is an error or a broken instance, and the next text parses', async () => {
  const grammar = await loadGrammar()
  for (const text of ['('.repeat(20_000), `select ${'1+'.repeat(30_000)}1`, `select ${'case when true then '.repeat(6_000)}1`]) {
    assert.notEqual(grammar.parse(text).kind, 'parsed')
    assert.equal(grammar.parse('select 1').kind, 'parsed')
    await grammar.ready()
  }
  assert.ok(grammar.counters().dropped >= 1)
})

const FINE: RawAnswer = { kind: 'json', json: '{"stmts":[]}' }

/** A grammar whose instances do what the test says; `starts` lets each wait for its turn. */
async function scripted(parse: (instance: number) => RawAnswer, memoryBytes = () => 1): Promise<{ readonly grammar: Grammar; readonly calls: number[] }> {
  const calls: number[] = []
  let instances = 0
  const grammar = await loadGrammar(() => Promise.resolve(() => {
    instances += 1
    const id = instances
    const instance: WasmInstance = {
      parse: () => { calls.push(id); return parse(id) }, scan: () => parse(id), fingerprint: () => parse(id), plpgsql: () => parse(id), memoryBytes,
    }
    return Promise.resolve(instance)
  }))
  return { grammar, calls }
}

test('a broken instance is never used again, whatever it threw', async () => {
  for (const thrown of [new RangeError('stack'), new Error('memory access out of bounds'), 'abort', undefined]) {
    const { grammar, calls } = await scripted((id) => { if (id === 1) throw thrown; return FINE })
    assert.deepEqual(grammar.parse('a'), { kind: 'failed', reason: 'broken' })
    assert.equal(grammar.parse('b').kind, 'parsed')
    assert.deepEqual(calls, [1, 2])
    await grammar.ready()
    assert.deepEqual(grammar.counters(), { started: 3, dropped: 1 })
  }
})

test('with no instance left the answer is "unavailable", until a new one has started', async () => {
  const { grammar } = await scripted((id) => { if (id <= 2) throw new RangeError('stack'); return FINE })
  assert.deepEqual([grammar.parse('a'), grammar.parse('b'), grammar.parse('c')].map((parsed) => parsed.kind === 'failed' && parsed.reason), ['broken', 'broken', 'unavailable'])
  await grammar.ready()
  assert.equal(grammar.parse('d').kind, 'parsed')
})

test('an instance that ran out of memory, or grew too large, is replaced', async () => {
  const poor = await scripted(() => ({ kind: 'error', message: 'out of memory', position: -1 }))
  assert.deepEqual(poor.grammar.parse('a'), { kind: 'failed', reason: 'broken' })
  assert.equal(poor.grammar.counters().dropped, 1)
  const large = await scripted(() => FINE, () => 600 * 1024 * 1024)
  assert.equal(large.grammar.parse('a').kind, 'parsed')
  assert.equal(large.grammar.counters().dropped, 1)
})

test('an answer of another shape is a failure, never a guess', async () => {
  for (const json of ['', '{', '[]', '{}', '{"stmts":1}', '{"stmts":[1]}', '{"stmts":[{"stmt":{}}]}', '{"stmts":[{"stmt":{"A":{},"B":{}}}]}', '{"stmts":[{"stmt":{"A":1}}]}']) {
    const { grammar } = await scripted(() => ({ kind: 'json', json }))
    assert.deepEqual(grammar.parse('a'), { kind: 'failed', reason: 'answer' }, json)
  }
  const scans = ['{', '{}', '{"tokens":1}', '{"tokens":[1]}', '{"tokens":[{"start":1}]}', '{"tokens":[]}', '{"tokens":[{"end":2}]}', '{"tokens":[{"end":1},{"end":1}]}']
  for (const json of ['{', '{}', '{"plpgsql_funcs":[]}', '{"plpgsql_funcs":[{"PLpgSQL_function":1}]}', '{"plpgsql_funcs":[{"PLpgSQL_function":{}},{"PLpgSQL_function":{}}]}', '{"plpgsql_funcs":[{"Other":{}}]}']) {
    const { grammar } = await scripted(() => ({ kind: 'json', json }))
    assert.deepEqual(grammar.plpgsql('a'), { kind: 'failed', reason: 'answer' }, json)
  }
  for (const json of scans) {
    const { grammar } = await scripted(() => ({ kind: 'json', json }))
    assert.deepEqual(grammar.scan('a'), { kind: 'failed', reason: 'answer' }, json)
  }
})

test('reads the body of a function, and says what is no body', async () => {
  const grammar = await loadGrammar()
  const read = grammar.plpgsql("CREATE FUNCTION f(a int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN a || ''\x01''; END'")
  assert.ok(read.kind === 'parsed' && JSON.stringify(read.routine).includes("a || '\\u0001'"))
  assert.equal(grammar.plpgsql("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1 END'").kind, 'syntax-error')
  for (const text of ['', 'SELECT 1']) assert.notEqual(grammar.plpgsql(text).kind, 'parsed', text)
})
