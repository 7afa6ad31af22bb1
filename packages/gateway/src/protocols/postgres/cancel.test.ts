import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CancelRegistry } from './cancel.ts'

/** Random numbers that a test can foresee. */
function scripted(pids: readonly number[]): (size: number) => Buffer {
  const left = [...pids]
  let filler = 0
  return (size) => {
    const bytes = Buffer.alloc(size, ++filler)
    if (size === 4 && left.length > 0) bytes.writeUInt32BE(left.shift() ?? 0, 0)
    return bytes
  }
}

test('finds a session by its own key, and by nothing else', () => {
  const registry = new CancelRegistry<string>(scripted([7, 8]))
  const one = registry.register('one', 2)
  const two = registry.register('two', 2)
  assert.equal(registry.find(one.pid, one.key), 'one')
  assert.equal(registry.find(two.pid, two.key), 'two')
  assert.equal(registry.find(one.pid, two.key), undefined, "another session's key")
  assert.equal(registry.find(99, one.key), undefined, 'no such session')
  assert.equal(registry.find(one.pid, one.key.subarray(0, 31)), undefined)
  assert.equal(registry.find(one.pid, Buffer.alloc(0)), undefined)
})

test('gives 4 bytes to clients of 3.0 and 32 to those of 3.2', () => {
  const registry = new CancelRegistry<string>(scripted([]))
  assert.equal(registry.register('a', 0).key.length, 4)
  assert.equal(registry.register('b', 2).key.length, 32)
})

test('numbers are positive, not zero and not in use', () => {
  // For 3.2 the key is not of 4 bytes, so each scripted number is drawn for a pid.
  const registry = new CancelRegistry<string>(scripted([0, 0x8000_0000, 0xffff_fffe, 0x7fff_fffe, 5]))
  assert.equal(registry.register('a', 2).pid, 0x7fff_fffe)
  assert.equal(registry.register('b', 2).pid, 5)
})

test('a released key finds nothing, and releasing twice takes nobody else out', () => {
  const registry = new CancelRegistry<string>(scripted([5, 5]))
  const old = registry.register('old', 2)
  old.release()
  assert.equal(registry.find(old.pid, old.key), undefined)
  const heir = registry.register('heir', 2)
  assert.equal(heir.pid, old.pid)
  old.release()
  assert.equal(registry.find(heir.pid, heir.key), 'heir')
})

test('what a client does to its copy of a key changes nothing', () => {
  const registry = new CancelRegistry<string>(scripted([5]))
  const { pid, key } = registry.register('a', 2)
  const copy = Buffer.from(key)
  key.fill(0)
  assert.equal(registry.find(pid, copy), 'a')
})
