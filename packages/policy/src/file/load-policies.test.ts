import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { loadPolicies, type PolicyFile } from './load-policies.ts'

function problemsOf(text: string): readonly string[] {
  const loaded = loadPolicies([{ path: 'p.yaml', text }])
  return loaded.kind === 'loaded' ? [] : loaded.problems.map((one) => `${one.line}:${one.column} ${one.message}`)
}

const DESIGN_EXAMPLE = `# policies/agents.yaml
version: 1
policies:
  - id: agents-read-masked
    who: { groups: [ai-agents] }
    on: { resource: clinic, objects: ['clinic.*'] }
    actions: [read]
    purpose: [HOPERAT, HSYSADMIN]
    when: principal.kind == 'agent' && now.hour >= 6      # a well-kept expression language, not our own
    effect: allow
    mask: { default: redact, mrn: token, date: year, zip: zip3 }
    limits: { rowsPerStatement: 500, patientsPerHour: 100 }
    hold: [{ when: statement.bulk, by: [privacy-officers], quorum: 1, expires: 15m }]
  - id: no-destruction
    effect: deny
    actions: [ddl, privilege, destroy]
`

describe('loadPolicies', () => {
  test('reads the example of the design', () => {
    const loaded = loadPolicies([{ path: 'policies/agents.yaml', text: DESIGN_EXAMPLE }])
    assert.equal(loaded.kind, 'loaded')
    if (loaded.kind !== 'loaded') return
    const [masked, destruction] = loaded.snapshot.policies
    assert.equal(masked?.id, 'agents-read-masked')
    assert.equal(masked?.mask?.byClass.get('date'), 'year')
    assert.equal(masked?.mask?.rest, 'redact')
    assert.deepEqual(masked?.limits, { rowsPerStatement: 500, patientsPerHour: 100, estimatedRows: undefined })
    assert.deepEqual(masked?.holds.map(({ by, quorum, expiresMs }) => ({ by, quorum, expiresMs })), [{ by: ['privacy-officers'], quorum: 1, expiresMs: 900_000 }])
    assert.deepEqual(masked?.source.resources, [{ value: 'clinic', at: { line: 6, column: 21 } }])
    assert.equal(destruction?.effect, 'deny')
    assert.match(loaded.snapshot.version, /^[0-9a-f]{64}$/)
  })

  const REFUSED: readonly (readonly [entry: string, message: RegExp])[] = [
    ['id: a', /^3:5 policy: expected key "effect", which is missing$/],
    ['effect: allow', /expected key "id"/],
    ['{ id: "a b", effect: allow }', /id: expected 1 to 63 letters/],
    ['{ id: 7, effect: allow }', /id: expected text, found a number: put it in quotes/],
    ['{ id: a, effect: alow }', /effect: expected allow or deny, found "alow": did you mean "allow"\?/],
    ['{ id: a, effect: hold }', /to hold a statement, allow it and add "hold:"/],
    ['{ id: a, effect: allow, efect: deny }', /^3:29 unknown key "efect" in policy: did you mean "effect"\?$/],
    ['{ id: a, effect: allow, who: {} }', /who: expected at least one key/],
    ['{ id: a, effect: allow, who: }', /who: expected keys and values, found nothing/],
    ['{ id: a, effect: allow, who: { group: [x] } }', /unknown key "group" in who: did you mean "groups"\?/],
    ['{ id: a, effect: allow, who: { groups: [] } }', /groups: expected at least one entry/],
    ['{ id: a, effect: allow, who: { groups: [x, x] } }', /groups: "x" is there twice/],
    ['{ id: a, effect: allow, who: { kinds: [humans] } }', /kinds: .*did you mean "human"/],
    ['{ id: a, effect: allow, on: { resource: "a b" } }', /resource: expected 1 to 63/],
    ['{ id: a, effect: allow, on: { objects: [patients] } }', /objects: expected schema.name, found "patients"/],
    ['{ id: a, effect: allow, on: { objects: [1] } }', /objects: expected text/],
    ['{ id: a, effect: allow, actions: [reed] }', /actions: no action "reed": did you mean "read"/],
    ['{ id: a, effect: allow, actions: [] }', /actions: expected at least one entry/],
    ['{ id: a, effect: allow, purpose: [treat] }', /purpose: expected a code/],
    ['{ id: a, effect: allow, when: true }', /when: expected an expression, found true or false/],
    ['{ id: a, effect: allow, when: principal.nam }', /^3:45 when: expression: no field "nam": did you mean "name"/],
    ['{ id: a, effect: allow, mask: { dob: year } }', /mask: no class "dob"/],
    ['{ id: a, effect: allow, mask: { dat: year } }', /did you mean "date"/],
    ['{ id: a, effect: allow, mask: { none: redact } }', /class none is never masked/],
    ['{ id: a, effect: allow, mask: { ssn: hash } }', /mask: expected one of .* found "hash"/],
    ['{ id: a, effect: allow, mask: { ssn: } }', /mask: expected one of .* found nothing/],
    ['{ id: a, effect: allow, mask: {} }', /mask: expected at least one key/],
    ['{ id: a, effect: allow, mask: redact }', /mask: expected keys and values, found text/],
    ['{ id: a, effect: allow, actions: [create], mask: { default: redact } }', /mask: applies to what is read/],
    ['{ id: a, effect: deny, mask: { default: redact } }', /mask: a policy that denies has none/],
    ['{ id: a, effect: deny, limits: { rowsPerStatement: 1 } }', /limits: a policy that denies has none/],
    ['{ id: a, effect: deny, hold: [{ by: [x] }] }', /hold: a policy that denies has none/],
    ['{ id: a, effect: allow, limits: { rowsPerStatement: 0 } }', /rowsPerStatement: expected a whole number from 1/],
    ['{ id: a, effect: allow, limits: { rowsPerStatement: 1.5 } }', /found 1.5/],
    ['{ id: a, effect: allow, limits: { rows: 5 } }', /unknown key "rows" in limits/],
    ['{ id: a, effect: allow, hold: { by: [x] } }', /hold: expected a list/],
    ['{ id: a, effect: allow, record: always }', /record: expected session, found "always"/],
    ['{ id: a, effect: deny, record: session }', /record: a policy that denies has none/],
    ['{ id: a, effect: allow, hold: [] }', /hold: expected at least one entry/],
    ['{ id: a, effect: allow, hold: [{ quorum: 2 }] }', /hold: expected key "by"/],
    ['{ id: a, effect: allow, hold: [{ by: [x], quorum: 0 }] }', /quorum: expected a whole number from 1/],
    ['{ id: a, effect: allow, hold: [{ by: [x], expires: 15 }] }', /expires: expected a time/],
    ['{ id: a, effect: allow, mask: { default: redact }, exceptions: [{ allow: counts, classes: [mrn], atLeast: 11 }] }', /counts: expected key "perHour"/],
    ['{ id: a, effect: allow, mask: { default: redact }, exceptions: [{ allow: counts, classes: [mrn], perHour: 60, atLeast: 1 }] }', /atLeast: expected a whole number from 2/],
    ['{ id: a, effect: allow, mask: { default: redact }, exceptions: [{ allow: counts, classes: [mrn], perHour: 0 }] }', /perHour: expected a whole number from 1/],
    ['{ id: a, effect: allow, mask: { default: redact }, exceptions: [{ allow: equality, classes: [mrn], perHour: 20000 }] }', /perHour: expected a whole number from 1 to 10000/],
    ['{ id: a, effect: allow, mask: { default: redact }, exceptions: [{ allow: equality, classes: [mrn], atLeast: 11 }] }', /atLeast is about counts/],
    ['{ id: a, effect: allow, mask: { default: redact }, exceptions: [{ allow: sums, classes: [mrn] }] }', /allow: expected equality or counts/],
    ['{ id: a, effect: allow, mask: { default: redact }, exceptions: [{ allow: counts, perHour: 5 }] }', /expected key "classes"/],
    ['{ id: a, effect: allow, exceptions: [{ allow: equality, classes: [mrn] }] }', /without a mask shows everything/],
    ['{ id: a, effect: deny, actions: [connect], on: { objects: ["*"] } }', /objects: connect is about a whole resource/],
    ['[a]', /policy: expected keys and values, found a list/],
    ['', /policy: expected keys and values, found nothing/],
  ]
  for (const [entry, message] of REFUSED) {
    test(`refuses - ${entry}`, () => {
      const problems = problemsOf(`version: 1\npolicies:\n  - ${entry}\n`)
      assert.ok(problems.some((one) => message.test(one)), problems.join('\n'))
    })
  }

  const FILES: readonly (readonly [text: string, message: RegExp])[] = [
    ['policies: []\n', /expected key "version"/],
    ['version: 2\npolicies: []\n', /^1:10 version: expected 1/],
    ['version: "1"\npolicies: []\n', /version: expected 1/],
    ['version: 1\n', /expected key "policies"/],
    ['version: 1\npolicy: []\n', /^2:1 unknown key "policy" in policy file$/],
    ['version: 1\npolicies: {}\n', /policies: expected a list/],
    ['- 1\n', /policy file: expected keys and values/],
  ]
  for (const [text, message] of FILES) test(`refuses the file ${JSON.stringify(text)}`, () => assert.ok(problemsOf(text).some((one) => message.test(one)), problemsOf(text).join('\n')))

  test('accepts what is easily taken for a fault', () => {
    for (const entry of [
      '{ id: a, effect: allow, mask: { ssn: null } }',
      '{ id: a, effect: allow, mask: { ssn: "null" } }',
      '{ id: a, effect: allow, who: { groups: nurses } }',
      '{ id: a, effect: deny, actions: [ddl], on: { objects: [clinic] } }',
      '{ id: a, effect: allow, description: "why: this is here" }',
      '{ id: a, effect: allow, mask: { default: redact }, exceptions: [{ allow: equality, classes: [mrn] }] }',
      '{ id: a, effect: allow, limits: { estimatedRows: 10000 } }',
      '{ id: a, effect: allow, mask: { default: redact }, exceptions: [{ allow: equality, classes: mrn, perHour: 100 }, { allow: counts, classes: [mrn, hiv], perHour: 60 }] }',
    ]) assert.deepEqual(problemsOf(`version: 1\npolicies:\n  - ${entry}\n`), [], entry)
  })

  test('reports all problems of all files at once, in the order of files and lines', () => {
    const loaded = loadPolicies([
      { path: 'b.yaml', text: 'version: 1\npolicies:\n  - { id: x, effect: no }\n  - { id: y, effct: deny }\n' },
      { path: 'a.yaml', text: 'version: 3\npolicies: []\n' },
    ])
    assert.equal(loaded.kind, 'invalid')
    if (loaded.kind === 'invalid') assert.deepEqual(loaded.problems.map((one) => `${one.file}:${one.line}`), ['a.yaml:1', 'b.yaml:3', 'b.yaml:4', 'b.yaml:4'])
  })

  test('refuses the same id in two files, naming both', () => {
    const text = 'version: 1\npolicies:\n  - { id: x, effect: deny }\n'
    const loaded = loadPolicies([{ path: 'a.yaml', text }, { path: 'b.yaml', text }])
    assert.equal(loaded.kind === 'invalid' && loaded.problems[0]?.message, 'id: policy "x" is already in a.yaml, line 3')
  })

  test('refuses to load nothing', () => assert.equal(loadPolicies([]).kind, 'invalid'))

  test('gives the same version to the same files in any order, and another to anything else', () => {
    const a: PolicyFile = { path: 'a.yaml', text: 'version: 1\npolicies: []\n' }
    const b: PolicyFile = { path: 'b.yaml', text: 'version: 1\npolicies: [{ id: x, effect: deny }]\n' }
    const version = (...files: PolicyFile[]): string => {
      const loaded = loadPolicies(files)
      return loaded.kind === 'loaded' ? loaded.snapshot.version : assert.fail()
    }
    assert.equal(version(a, b), version(b, a))
    const others = [version(a), version(b), version(a, { ...b, path: 'c.yaml' }), version(a, { ...b, text: `${b.text} ` }), version({ ...a, text: b.text }, { ...b, text: a.text })]
    assert.equal(new Set([version(a, b), ...others]).size, others.length + 1)
  })

  test('names the place inside an expression also when it is in quotes', () => {
    assert.match(problemsOf('version: 1\npolicies:\n  - id: a\n    effect: allow\n    when: "now.huor == 1"\n')[0] ?? '', /^5:16 .*did you mean "hour"/)
  })

  const corpus = new URL('../../../../../shared/corpus/policies/', import.meta.url)
  test('loads the policies of the bypass corpus', { skip: existsSync(corpus) ? false : 'skipped: ../shared/corpus missing' }, () => {
    const files = readdirSync(corpus).filter((name) => name.endsWith('.yaml')).map((path) => ({ path, text: readFileSync(new URL(path, corpus), 'utf8') }))
    const loaded = loadPolicies(files)
    assert.equal(loaded.kind, 'loaded')
    assert.ok(files.length >= 3)
  })
})

describe('any text at all', () => {
  const check = (text: string): void => {
    const loaded = loadPolicies([{ path: 'f.yaml', text }])
    if (loaded.kind === 'loaded') return
    assert.ok(loaded.problems.length > 0)
    for (const problem of loaded.problems) {
      assert.ok(problem.line >= 1 && problem.column >= 1)
      assert.match(problem.message, /^[^\n]{1,600}$/)
    }
  }

  test('ends in policies or problems, never in a throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), check), { numRuns: 500 })
  })

  test('also when it is a policy file with pieces replaced', () => {
    const pieces = DESIGN_EXAMPLE.split(/(?<=[\s:,{}[\]])/)
    const junk = fc.constantFrom('', '{', '}', '[', ']', ': ', '- ', '\n', '  ', '&a ', '*a', '!!x ', '"', "'", '|\n', '~', '1', 'true', 'null', '\u0000', '\ufeff', '<<: ', '? ', '#', '%', '...\n', '---\n')
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(pieces.length - 1), junk), { minLength: 1, maxLength: 6 }), (changes) => {
      const text = [...pieces]
      for (const [index, replacement] of changes) text[index] = replacement
      check(text.join(''))
    }), { numRuns: 800 })
  })

  test('also when it ends at any character', () => {
    for (let end = 0; end <= DESIGN_EXAMPLE.length; end++) check(DESIGN_EXAMPLE.slice(0, end))
  })
})
