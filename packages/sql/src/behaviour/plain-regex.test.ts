import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isPlainRegex } from './plain-regex.ts'
import { askServer, testServers } from './test-servers.ts'

const PLAIN = ['', 'a', '^a.*b$', '[0-9]+', '[^@]+@x', '^MRN-[0-9A-Z]{8}$', 'a|b|', '(a|b)+?', '(?:ab){2,3}', '\\d{3}-\\d{2}', '\\.', 'a{3}', 'a{0,}', '[-a]', '[a-]', 'é€😀', '()', '\\mword\\M', '[\\w.-]+']
const NOT_PLAIN = ['(', ')', '[', '[]', '[b-a]', '[a-c-e]', '[[:foo:]]', '*a', 'a**', 'a{2,1}', 'a{', 'a{1000}', '(a{100}){100}', '(?=a)', '(?i)a', '\\1', 'a\\', '***=a', '^*', '(*a)', '|*', 'a++b+*', '\\x', 'a'.repeat(501)]

for (const pattern of PLAIN) test(`plain: ${pattern}`, () => assert.equal(isPlainRegex(pattern), true))
for (const pattern of NOT_PLAIN) test(`not plain: ${pattern.slice(0, 20)}`, () => assert.equal(isPlainRegex(pattern), false))

const servers = testServers(process.env)

test('a live server compiles every pattern that is called plain', { skip: typeof servers === 'string' ? servers : false }, () => {
  if (typeof servers === 'string') return
  const pieces = fc.constantFrom('a', 'Z', '9', '.', '*', '+', '?', '{2}', '{1,3}', '{', '}', '(', '(?:', ')', '[a-z]', '[^0-9]', '[', ']', '-', '|', '^', '$', '\\d', '\\w', '\\y', '\\', '\\.', '\\b', ' ', '€', '??', '[\\d-]', '[A-Z_.-]')
  const patterns = [...PLAIN, ...fc.sample(fc.array(pieces, { maxLength: 12 }).map(parts => parts.join('')), 20_000).filter(isPlainRegex)]
  assert.ok(patterns.length > 500)
  const rows = patterns.map(pattern => `('${pattern.replaceAll("'", "''")}')`)
  for (const { uri } of servers) {
    const compiled = askServer(uri, `select count(*) filter (where ('aaZ9' ~ p) is not null) from (values ${rows.join(',')}) v(p)`) // a pattern that is none fails the statement
    assert.equal(Number(compiled), patterns.length)
  }
})
