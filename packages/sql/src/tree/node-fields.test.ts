import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readRecording, RECORDED_MAJORS } from '../flow/testing/recordings.ts'
import { NodeFields, NodeLayout } from './node-fields.ts'
import { NodeRoles } from './node-roles.ts'
import { readTree } from './read-tree.ts'
import type { TreeNode, TreeValue } from './tree-value.ts'

const NAMES = ['a', 'b', 'constructor', '__proto__', 'e']

test('fields are the map that they stand for, in the order of the layout', () => {
  const value = fc.constantFrom<TreeValue>(undefined, { kind: 'token', value: '1' }, { kind: 'list', items: [] })
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat({ max: NAMES.length - 1 }), value), { maxLength: 8 }), (puts) => {
    const layout = new NodeLayout(NAMES)
    const fields = new NodeFields(layout)
    const map = new Map<string, TreeValue>()
    for (const [place, put] of puts) {
      const name = NAMES[place] ?? ''
      assert.equal(layout.placeOf(name), place)
      assert.equal(fields.put(place, put), map.has(name) ? 'twice' : 'put')
      if (!map.has(name)) map.set(name, put)
    }
    const expected = NAMES.flatMap((name): [string, TreeValue][] => (map.has(name) ? [[name, map.get(name)]] : []))
    assert.deepEqual([...fields], expected)
    assert.deepEqual([...fields.entries()], expected)
    assert.deepEqual([...fields.keys()], expected.map(([name]) => name))
    assert.deepEqual([...fields.values()], expected.map(([, put]) => put))
    const seen: [string, TreeValue][] = []
    fields.forEach((put, name, all) => { seen.push([name, put]); assert.equal(all, fields) })
    assert.deepEqual(seen, expected)
    assert.equal(fields.size, map.size)
    for (const name of [...NAMES, 'toString', 'f']) {
      assert.equal(fields.has(name), map.has(name))
      assert.equal(fields.get(name), map.get(name))
    }
  }))
})

/** The trees of utility statements are not read. */
function isQuery(text: string): boolean { return !text.startsWith('({QUERY :commandType 6 ') }

function everyNode(value: TreeValue, visit: (node: TreeNode) => void): void {
  if (value?.kind === 'list') for (const item of value.items) everyNode(item, visit)
  if (value?.kind !== 'node') return
  visit(value)
  for (const field of value.fields.values()) everyNode(field, visit)
}

test('what is within a node is what its fields hold, and roles find every field of theirs, in every recorded tree', () => {
  const roles = new NodeRoles((node, field) => (field.endsWith('type') || (node === 'VAR' && field === 'varno') ? `${node} ${field}` : undefined))
  for (const serverMajor of RECORDED_MAJORS) {
    let nodes = 0
    for (const analysis of Object.values(readRecording(serverMajor).analyses)) {
      const trees = 'trees' in analysis ? analysis.trees.filter(isQuery).flatMap((text) => readTree(text, { serverMajor, folded: true })) : []
      for (const tree of trees) {
        everyNode(tree, (node) => {
          nodes += 1
          assert.deepEqual([...node.within], [...node.fields.values()].filter((value) => value?.kind === 'node' || value?.kind === 'list'))
          const expected = [...node.fields.keys()].filter((field) => field.endsWith('type') || (node.name === 'VAR' && field === 'varno'))
          assert.deepEqual(roles.of(node).filter(([field]) => node.fields.has(field)).map(([field]) => field).toSorted(), expected.toSorted())
        })
      }
    }
    assert.ok(nodes > 5_000, `${nodes} nodes`)
  }
})

test('no roles are known of a node that no version has', () => {
  const roles = new NodeRoles(() => 'any')
  assert.throws(() => roles.of({ kind: 'node', name: 'UNHEARD', fields: new Map(), within: [] }), { code: 'unknown-node' })
})
