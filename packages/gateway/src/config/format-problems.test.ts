import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConfigProblem } from '@doorward/policy'
import { formatProblems } from './format-problems.ts'

const PROBLEM: ConfigProblem = { file: 'd.yaml', line: 2, column: 5, message: 'expected x', severity: 'error', source: 'shown' }
const format = (problem: Partial<ConfigProblem>, text: string | undefined): string => formatProblems([{ ...PROBLEM, ...problem }], () => text)

test('prints the place, the message, the line and a caret', () => {
  assert.equal(format({}, 'a: 1\nbcd: e\n'), 'd.yaml:2:5: expected x\n  bcd: e\n      ^')
})

test('keeps tabs, so that the caret stands where the place is', () => assert.equal(format({ column: 3 }, 'a\n\t\tb'), 'd.yaml:2:3: expected x\n  \t\tb\n  \t\t^'))

test('says that a warning is one', () => assert.match(format({ severity: 'warning' }, 'a\nb'), /^d\.yaml:2:5: warning: expected x/))

test('never prints a line that may hold a secret, and does without one that is not there', () => {
  for (const [problem, text] of [[{ source: 'hidden' }, 'a: 1\npassword: hunter2\n'], [{}, undefined], [{ line: 9 }, 'a\nb\n'], [{}, 'a\n   \n']] as const) {
    assert.equal(format(problem, text), `d.yaml:${'line' in problem ? problem.line : 2}:5: expected x`)
  }
})

test('cuts a long line around the place', () => {
  const [, line, caret] = format({ column: 501 }, `a\n${'x'.repeat(500)}Y${'x'.repeat(500)}`).split('\n')
  assert.ok((line ?? '').length <= 122)
  assert.equal(line?.[caret?.indexOf('^') ?? -1], 'Y')
})

test('steers no terminal', () => assert.ok(!/[\u001b\u009b\u202e]/.test(format({}, 'a\nb\u001b[2J\u009b\u202e'))))

test('prints nothing for nothing', () => assert.equal(formatProblems([], () => undefined), ''))
