import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problems } from './problem.ts'
import { MAX_FILE_CHARACTERS, readYaml, type YamlNode } from './yaml-tree.ts'

function read(text: string): { root: YamlNode | undefined; messages: readonly string[] } {
  const problems = new Problems('f.yaml')
  const root = readYaml(text, problems)
  return { root, messages: problems.list().map((one) => `${one.line}:${one.column} ${one.message}`) }
}

test('keeps line and column of keys and values', () => {
  const { root, messages } = read('a: 1\nbcd:\n  - "x y"\n  - true\n')
  assert.deepEqual(messages, [])
  assert.deepEqual(root, {
    kind: 'map', at: { line: 1, column: 1 },
    entries: [
      { key: 'a', keyAt: { line: 1, column: 1 }, value: { kind: 'number', at: { line: 1, column: 4 }, value: 1, written: '1' } },
      {
        key: 'bcd', keyAt: { line: 2, column: 1 },
        value: { kind: 'list', at: { line: 3, column: 3 }, items: [{ kind: 'text', at: { line: 3, column: 5 }, text: 'x y', inner: { line: 3, column: 6 } }, { kind: 'truth', at: { line: 4, column: 5 }, value: true }] },
      },
    ],
  })
})

/** [text, what is said about it] */
const REFUSED: readonly (readonly [text: string, message: RegExp])[] = [
  ['', /the file is empty/],
  ['# only a comment\n', /the file is empty/],
  ['a: 1\na: 2\n', /^2:1 key "a" is there twice$/],
  ['a: {b: 1, b: 2}\n', /^1:11 key "b" is there twice$/],
  ['a: &x 1\nb: *x\n', /^1:\d+ expected no anchor/],
  ['a: 1\nb: *x\n', /^2:4 expected no alias/],
  ['a: !!js/function x\n', /not readable as YAML/],
  ['a: !!str 1\n', /expected no tag/],
  ['%YAML 1.1\n---\non: yes\n', /no %YAML directive/],
  ['--- 1\n--- 2\n', /^2:1 not readable as YAML: expected one document$/],
  ['a:\n\tb: 1\n', /^2:1 not readable as YAML: tabs/],
  ['a: [1,\n', /not readable as YAML/],
  ['? [a]\n: 1\n', /expected a name as key/],
  ['1: x\n', /expected a name as key/],
  ['a: '.concat('['.repeat(20), ']'.repeat(20), '\n'), /nested too deep/],
  ['['.repeat(20_000), /not readable as YAML/],
  ['{a: '.repeat(5_000), /not readable as YAML/],
  ['- '.repeat(3_000), /not readable as YAML/],
  ['x'.repeat(MAX_FILE_CHARACTERS + 1), /file too long/],
]

for (const [text, message] of REFUSED) {
  test(`refuses ${JSON.stringify(text.slice(0, 30))}`, () => {
    const { messages } = read(text)
    assert.ok(messages.some((one) => message.test(one)), messages.join('\n'))
    assert.ok(messages.length <= 20, `${messages.length} messages`)
  })
}

test('reads 60,000 keys in well under a second, duplicates included', () => {
  const { messages } = read(`${Array.from({ length: 60_000 }, (_, number) => `k${number}: 1`).join('\n')}\nk7: 2\n`)
  assert.deepEqual(messages, ['60001:1 key "k7" is there twice'])
})

test('takes keys such as __proto__ for what they are', () => {
  const { root } = read('__proto__: 1\nconstructor: 2\n')
  assert.deepEqual(root?.kind === 'map' ? root.entries.map((entry) => entry.key) : [], ['__proto__', 'constructor'])
})

test('knows where a text begins only when the file has it as it is', () => {
  const inner = (text: string): unknown => {
    const { root } = read(text)
    const value = root?.kind === 'map' ? root.entries[0]?.value : undefined
    return value?.kind === 'text' ? value.inner : 'no text'
  }
  assert.deepEqual(inner('a: b c'), { line: 1, column: 4 })
  assert.deepEqual(inner("a: 'b c'"), { line: 1, column: 5 })
  assert.equal(inner("a: 'b''c'"), undefined)
  assert.equal(inner('a: "b\\tc"'), undefined)
  assert.equal(inner('a: |\n  b\n  c\n'), undefined)
})
