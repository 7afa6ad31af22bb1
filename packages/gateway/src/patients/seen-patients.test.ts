import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decimalAt, integerAt, SeenPatients } from './seen-patients.ts'

const idText = fc.oneof(fc.nat({ max: 70_000 }).map(String), fc.nat().map(String), fc.constantFrom('', '0', '00', '007', '-1', '2147483647', '2147483648', '999999999', '1000000000', '1e3', ' 7', '7 ', '٧'), fc.uuid(), fc.string({ maxLength: 4 }))

test('an id is new once, whether it comes as a text or as a number', () => {
  fc.assert(fc.property(fc.array(idText, { maxLength: 200 }), (ids) => {
    const seen = new SeenPatients()
    const model = new Set<string>()
    for (const id of ids) {
      const bytes = Buffer.from(id)
      const number = decimalAt(bytes, 0, bytes.length)
      assert.equal(number === -1 ? seen.add(id) : seen.addNumber(number), model.has(id) ? 'known' : 'new', id)
      model.add(id)
      assert.equal(seen.add(id), 'known', id)
    }
  }))
})

test('numbers that lie too far apart for pages are told apart all the same', () => {
  const seen = new SeenPatients()
  for (let n = 0; n < 10_000; n += 1) assert.equal(seen.addNumber(n * 200_000), 'new')
  for (let n = 0; n < 10_000; n += 1) {
    assert.equal(seen.addNumber(n * 200_000), 'known')
    assert.equal(seen.addNumber(n * 200_000 + 1), 'new')
  }
})

test('a decimal is read from the bytes between, and only in the form a server writes', () => {
  const source = Buffer.from('x4711y')
  assert.equal(decimalAt(source, 1, 5), 4711)
  assert.equal(decimalAt(source, 1, 6), -1)
  assert.equal(decimalAt(source, 1, 1), -1)
  for (const other of ['01', '-1', '+1', '1.0', '1234567890']) assert.equal(decimalAt(Buffer.from(other), 0, other.length), -1, other)
})

test('an integer is read in each of its widths; what is negative or larger than 31 bits goes another way', () => {
  for (const [hex, number] of [['0007', 7], ['7fff', 32_767], ['ffff', -1], ['00000007', 7], ['7fffffff', 2_147_483_647], ['80000000', -1], ['0000000000000007', 7], ['0000000080000000', -1], ['ffffffffffffffff', -1], ['', -1], ['000007', -1]] as const) {
    const source = Buffer.from(`ee${hex}ee`, 'hex')
    assert.equal(integerAt(source, 1, source.length - 1), number, hex)
  }
})
