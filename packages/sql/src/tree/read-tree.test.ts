import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SqlFault } from '../sql-fault.ts'
import { casesFor } from '../flow/testing/cases.ts'
import { readRecording, RECORDED_MAJORS } from '../flow/testing/recordings.ts'
import { KNOWN_NODES, SERVER_MAJORS } from './nodes.table.ts'
import { MAX_TREE_DEPTH, readTree } from './read-tree.ts'
import { childOf, flagOf, numberOf, numbersOf, requireChild, wordOf, wordsOf, type TreeNode, type TreeValue } from './tree-value.ts'

const OPTIONS = { serverMajor: 18, folded: false } as const
const one = (text: string, folded = false): TreeNode => {
  const [node] = readTree(text, { serverMajor: 18, folded })
  assert.ok(node)
  return node
}
const code = (run: () => unknown): string => {
  try { run() } catch (fault) { if (fault instanceof SqlFault) return fault.code; throw fault }
  return 'none'
}

test('reads a node with every kind of value that the server writes', () => {
  const node = one('{FUNCEXPR :funcid 870 :funcretset false :args ({CONST :constisnull false :constvalue 5 [ 20 0 0 0 120 ]} {VAR :varnullingrels (b 1 3) :varno -2}) :funccollid <>}')
  assert.equal(numberOf(node, 'funcid'), 870) // a bare integer
  assert.equal(flagOf(node, 'funcretset'), false) // a boolean
  assert.equal(node.fields.get('funccollid'), undefined) // <> is NULL
  const args = node.fields.get('args')
  assert.equal(args?.kind, 'list')
  const [constant, variable] = args?.kind === 'list' ? args.items : []
  assert.ok(constant?.kind === 'node' && variable?.kind === 'node')
  assert.deepEqual(constant.fields.get('constvalue'), { kind: 'datum', bytes: [20, 0, 0, 0, 120] }) // length, then as many bytes
  assert.deepEqual(numbersOf(variable, 'varnullingrels'), [1, 3]) // a bitmapset
  assert.equal(numberOf(variable, 'varno'), -2)
})

test('reads names with blanks, brackets, quotes and backslashes as they were', () => {
  const node = one('{ALIAS :aliasname my\\ \\(odd\\)\\\\name :colnames ("a\\ b" "" "c\\"" "\\"d")}')
  assert.equal(wordOf(node, 'aliasname'), 'my (odd)\\name')
  assert.deepEqual(wordsOf(node, 'colnames'), ['a b', '', 'c"', '"d'])
})

test('tells a string that reads like NULL from NULL', () => {
  assert.equal(wordOf(one('{ALIAS :aliasname \\<> :colnames <>}'), 'aliasname'), '<>')
  assert.equal(wordOf(one('{ALIAS :aliasname <> :colnames <>}'), 'aliasname'), undefined)
  assert.equal(wordOf(one('{ALIAS :aliasname "" :colnames <>}'), 'aliasname'), '')
  assert.equal(wordOf(one('{ALIAS :aliasname :colnames :colnames <>}'), 'aliasname'), ':colnames') // a name that begins with a colon
})

test('reads negative bytes of a datum as unsigned', () => {
  const node = one('{CONST :constvalue 8 [ -1 -128 127 0 0 0 0 0 ]}')
  assert.deepEqual(node.fields.get('constvalue'), { kind: 'datum', bytes: [255, 128, 127, 0, 0, 0, 0, 0] })
})

test('reads lists of OIDs, integers and nothing', () => {
  const node = one('{TABLEFUNC :coltypes (o 23 25) :coltypmods (i -1 -1) :colcollations (o) :notnulls (b) :colnames <>}')
  assert.deepEqual([numbersOf(node, 'coltypes'), numbersOf(node, 'coltypmods'), numbersOf(node, 'colcollations'), numbersOf(node, 'notnulls')], [[23, 25], [-1, -1], [], []])
})

test('reads a message folded in the middle of a name with a blank', () => {
  assert.equal(wordOf(one('{ALIAS :aliasname a\\\nb\n:colnames <>}', true), 'aliasname'), 'a b')
})

test('refuses a word that the fold may have broken', () => {
  assert.equal(code(() => one(`{ALIAS :aliasname\n${'a'.repeat(78)}\nb :colnames <>}`, true)), 'tree-syntax')
  assert.equal(code(() => one(`{ALIAS :aliasname ${'a'.repeat(78)} :colnames <>}`, true)), 'none')
  // Stored trees are not folded.
  assert.equal(code(() => one(`{ALIAS :aliasname\n${'a'.repeat(200)}\n:colnames <>}`)), 'none')
})

const BROKEN: readonly (readonly [string, string])[] = [
  ['{QUERY', 'tree-syntax'], ['{QUERY :commandType', 'tree-syntax'], ['{QUERY :commandType 1', 'tree-syntax'], ['{QUERY commandType 1}', 'tree-syntax'], ['{QUERY :commandType 1} x', 'tree-syntax'],
  ['{QUERY :commandType 1 :commandType 2}', 'tree-syntax'], ['{UNHEARD :of 1}', 'unknown-node'], ['{QUERY :unheardOf 1}', 'unknown-node'], ['({QUERY})}', 'tree-syntax'],
  ['{CONST :constvalue 3 [ 1 2 ]}', 'tree-syntax'], ['{CONST :constvalue x [ 1 ]}', 'tree-syntax'], ['{CONST :constvalue 1 [ y ]}', 'tree-syntax'], ['{ALIAS :colnames (o 1 x)}', 'tree-syntax'],
  ['{ALIAS :colnames ("a)}', 'tree-syntax'], ['', 'tree-syntax'], ['5', 'tree-syntax'], ['(5)', 'tree-syntax'], ['{A_EXPR ANY :name x}', 'unknown-node'], ['{ALIAS :aliasname x\\', 'tree-syntax'],
]

for (const [text, expected] of BROKEN) {
  test(`refuses ${JSON.stringify(text)}`, () => { assert.equal(code(() => readTree(text, OPTIONS)), expected) })
}

test('refuses nesting beyond the limit without running out of stack', () => {
  const deep = (levels: number): string => `${'{RELABELTYPE :arg '.repeat(levels)}<>${'}'.repeat(levels)}`
  assert.equal(code(() => readTree(deep(MAX_TREE_DEPTH - 1), OPTIONS)), 'none')
  assert.equal(code(() => readTree(deep(MAX_TREE_DEPTH + 2), OPTIONS)), 'tree-depth')
  assert.equal(code(() => readTree('('.repeat(500_000), OPTIONS)), 'tree-depth')
})

test('refuses a version it has no table for', () => {
  assert.equal(code(() => readTree('{QUERY :commandType 1}', { serverMajor: 19, folded: false })), 'unknown-node')
})

test('knows a node only in the versions that have it', () => {
  assert.deepEqual(SERVER_MAJORS.map(major => KNOWN_NODES.get(major)?.has('JSONEXPR')), [false, false, true, true])
  assert.deepEqual(SERVER_MAJORS.map(major => KNOWN_NODES.get(major)?.get('VAR')?.placeOf('varnullingrels') !== undefined), [false, true, true, true])
  assert.deepEqual(SERVER_MAJORS.map(major => KNOWN_NODES.get(major)?.get('QUERY')?.placeOf('mergeUseOuterJoin') !== undefined), [true, true, false, false])
})

const recordedTrees = (major: number): readonly string[] => Object.values(readRecording(major).analyses).flatMap(analysis => ('trees' in analysis ? analysis.trees : []))

for (const major of RECORDED_MAJORS) {
  test(`reads every tree that PostgreSQL ${major} gave, and the cases use most of the nodes it has`, () => {
    const seen = new Set<string>()
    const note = (value: TreeValue): void => {
      if (value?.kind === 'list') value.items.forEach(note)
      if (value?.kind === 'node') { seen.add(value.name); value.fields.forEach(note) }
    }
    let queries = 0
    for (const text of recordedTrees(major)) {
      // What a utility statement holds is a raw parse tree, which is never read.
      if (text.startsWith('({QUERY :commandType 6')) continue
      const nodes = readTree(text, { serverMajor: major, folded: true })
      nodes.forEach(note)
      queries += nodes.length
    }
    assert.ok(queries > casesFor(major).length / 2)
    const never = [...KNOWN_NODES.get(major)?.keys() ?? []].filter(name => !seen.has(name))
    // Nodes that only rules, domains over rows, CYCLE and rare forms bring.
    assert.ok(never.length <= 16, `not seen: ${never.join(', ')}`)
  })
}

test('a tree cut at any byte is refused, never read as another', () => {
  const text = (recordedTrees(18).find(tree => tree.length < 4000) ?? '').trimEnd()
  for (let length = 0; length < text.length; length += 1) {
    assert.notEqual(code(() => readTree(text.slice(0, length), { serverMajor: 18, folded: true })), 'none', `cut at ${length}`)
  }
})

test('a tree with one character changed is read or refused, and never anything else', () => {
  const texts = recordedTrees(18).filter(tree => tree.length < 6000 && !tree.startsWith('({QUERY :commandType 6'))
  fc.assert(fc.property(fc.nat(texts.length - 1), fc.nat(), fc.constantFrom(...'{}()[]\\" \n:<>b0-'), (index, at, character) => {
    const text = texts[index] ?? ''
    const position = at % text.length
    const changed = text.slice(0, position) + character + text.slice(position + 1)
    const outcome = code(() => readTree(changed, { serverMajor: 18, folded: true }))
    assert.ok(['none', 'tree-syntax', 'unknown-node', 'tree-depth'].includes(outcome))
  }), { numRuns: 500 })
})

test('a field of another shape than asked for is a fault with its name', () => {
  const node = one('{VAR :varno x :varattno (1) :vartype <>}')
  for (const ask of [() => numberOf(node, 'varno'), () => numberOf(node, 'varattno'), () => flagOf(node, 'varno'), () => requireChild(node, 'vartype'), () => childOf(node, 'varno'), () => wordOf(node, 'varcollid')]) {
    assert.equal(code(ask), 'tree-field')
  }
})

test('constants in a list are read as each of them by itself, whatever stood before', () => {
  const word = fc.constantFrom('1', '23', '230', '-1', '-', 'true', '<>', '\\<>', '"1"', '"23"', '\\"23', '2\\3', '23\\ 0', '4 [ 23 0 0 0 ]', '23 [ 1 0 0 0 0 0 0 0 ]', '(i 23)', '({ALIAS :aliasname 23})', ':constlen')
  const constant = fc.array(fc.tuple(fc.constantFrom('consttype', 'constlen', 'location'), word), { maxLength: 3 })
    .map(fields => `{CONST${[...new Map(fields)].map(([field, value]) => ` :${field} ${value}`).join('')}}`)
  fc.assert(fc.property(fc.array(constant, { minLength: 1, maxLength: 5 }), fc.constantFrom(' ', '\n'), (constants, blank) => {
    const alone = constants.map(text => readTree(text, OPTIONS).map(node => [...node.fields]))
    assert.deepEqual(readTree(`(${constants.join(blank)})`, OPTIONS).map(node => [...node.fields]), alone.flat())
  }))
})
