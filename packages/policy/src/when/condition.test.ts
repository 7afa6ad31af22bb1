import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { effect, principal, request, understood } from '../decide/examples.test.ts'
import { compileCondition } from './condition.ts'
import { createEnvironment } from './environment.ts'
import { toFacts } from './facts.ts'

const environment = createEnvironment()
const bot = principal('scribe', ['ai-agents', 'night'], {
  kind: 'agent', actingFor: principal('dana', ['clinicians']),
  authentication: { method: 'oidc', amr: ['mfa', 'hwk'], acr: undefined, atMs: 0, expiresAtMs: undefined },
})
const FACTS = toFacts(request(bot, understood({
  effects: [effect('read', 'clinic.patients'), effect('read', 'clinic.rooms', { classes: ['none'] })], bulk: { restricted: false, estimatedRows: 1_200 },
}), { purpose: 'TREAT' }))
const BARE = toFacts(request(principal('ana', []), understood()))

function evaluate(text: string, facts = FACTS): string {
  const compiled = compileCondition(environment, text)
  return compiled.kind === 'condition' ? compiled.condition.evaluate(facts) : `${compiled.offset}: ${compiled.message}`
}

describe('a condition', () => {
  const VALUES: readonly (readonly [text: string, value: 'true' | 'false' | 'error'])[] = [
    ["principal.kind == 'agent' && now.hour >= 6", 'true'],
    ["'ai-agents' in principal.groups", 'true'],
    ["principal.groups.exists(g, g.startsWith('ai-'))", 'true'],
    ["principal.name == 'scribe' && principal.issuer == 'local'", 'true'],
    ["'mfa' in principal.amr", 'true'],
    ["has(principal.actingFor) && 'clinicians' in principal.actingFor.groups", 'true'],
    ["resource == 'clinic' && purpose in ['TREAT', 'BTG']", 'true'],
    ['now.year == 2026 && now.month == 3 && now.day == 2 && now.weekday == 1 && now.minute == 30', 'true'],
    ["now.timestamp < timestamp('2026-06-01T00:00:00Z')", 'true'],
    ["now.timestamp.getHours('Europe/Berlin') == 11", 'true'],
    ["client.address.startsWith('192.0.2.')", 'true'],
    ["statement.command == 'SELECT' && statement.bulk", 'true'],
    ["statement.actions == ['read']", 'true'],
    ["statement.objects.all(o, o.startsWith('clinic.'))", 'true'],
    ["statement.classes == ['ssn']", 'true'],
    ['has(statement.estimatedRows) && statement.estimatedRows > 1000', 'true'],
    ['size(statement.objects) == 3', 'false'],
    ["!(purpose == '')", 'true'],
    ["int(client.address) == 4", 'error'],
    ["statement.objects[9] == ''", 'error'],
    ['1 / (now.hour - now.hour) == 1', 'error'],
  ]
  for (const [text, value] of VALUES) test(`${text} is ${value}`, () => assert.equal(evaluate(text), value))

  test('finds absent fields absent', () => {
    assert.equal(evaluate('has(principal.actingFor) || has(statement.estimatedRows)', BARE), 'false')
    assert.equal(evaluate("has(principal.actingFor) || principal.actingFor.name == 'x'", BARE), 'error')
    assert.equal(evaluate("purpose == ''", BARE), 'true')
  })

  const REFUSED: readonly (readonly [text: string, message: RegExp])[] = [
    ["principal.kin == 'agent'", /^10: .*no field "kin": did you mean "kind"/],
    ["principle.kind == 'agent'", /^0: .*no variable "principle": did you mean "principal"/],
    ["principal.kind == 1", /string == int/],
    ['now.hour', /true or false, found one of type int/],
    ['1 +', /expression:/],
    ["now.hour == 'x", /expression:/],
    ["principal.name.matches('a+')", /^0: expression: "matches" may not be used/],
    ["principal.groups.exists(g, g.matches('a+'))", /"matches" may not be used/],
    ["!(true ? principal.name.matches('a+') : false)", /"matches" may not be used/],
    ["[principal.name.matches('a')][0]", /"matches" may not be used/],
    ["matches(principal.name, 'a+')", /"matches" may not be used/],
    ["cel.bind(x, 'a', x == 'a')", /"bind" may not be used/],
    ["dyn(principal).foo == 1", /"dyn" may not be used/],
    ["principal.groups.map(g, g + g).size() > 0", /"map" may not be used/],
    ["{'a': 1}['a'] == 1", /maxMapEntries|may not be used/],
    ["google == 1", /no variable "google"/],
    ["b'{}'.json().constructor == 1", /may not be used/],
    ["statement.estimatedRows > 5", /^0: .*has\(statement\.estimatedRows\) first/],
    ["principal.actingFor.name == 'x'", /has\(principal\.actingFor\) first/],
    ["statement.actions.exists(a, statement.objects.exists(b, statement.classes.exists(c, a == b)))", /300000 steps/],
    ["statement.actions.exists(statement, true)", /has a meaning here/],
    [`${'('.repeat(40)}true${')'.repeat(40)}`, /maxDepth/],
    [Array.from({ length: 400 }, () => '1').join('+'), /maxAstNodes/],
    ['true '.repeat(500), /too long/],
    ['', /expression:/],
  ]
  for (const [text, message] of REFUSED) test(`refuses ${text.slice(0, 60)}`, () => assert.match(evaluate(text), message))

  test('two levels of lists are let in, and cost little even when the lists are long', () => {
    const crowded = toFacts(request(principal('ana', Array.from({ length: 500 }, (_, number) => `g${number}`)), understood({ effects: Array.from({ length: 500 }, (_, number) => effect('read', `s.t${number}`)) })))
    const started = process.hrtime.bigint()
    assert.equal(evaluate('principal.groups.all(g, statement.objects.all(o, o != g))', crowded), 'true')
    assert.ok(process.hrtime.bigint() - started < 1_000_000_000n)
  })
})

test('property: no text makes compiling or evaluating throw', () => {
  const word = fc.constantFrom('principal', '.kind', '.groups', 'now.hour', 'statement.bulk', '==', '&&', '||', '!', '(', ')', '[', ']', "'a'", '1', '1.5', 'in', '?', ':', '.exists(g, ', '.matches(', 'has(', 'true', ',', '{', '}', '-', '\n', '"', '\\')
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.array(word, { maxLength: 14 }).map((words) => words.join(' '))), (text) => {
    const compiled = compileCondition(environment, text)
    if (compiled.kind === 'condition') for (const facts of [FACTS, BARE]) assert.ok(['true', 'false', 'error'].includes(compiled.condition.evaluate(facts)))
    else assert.ok(compiled.offset >= 0 && compiled.message.length > 0)
  }), { numRuns: 3_000 })
})
