import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readVectorJson, vectorTest } from '../vectors.test.ts'
import { hashLeaf } from './hash.ts'
import { levelSize, parseTilePath, partialWidth, TILE_WIDTH, toTilePath, type TileId } from './tile.ts'
import { TreeEdge, type FullTile } from './tree-edge.ts'

vectorTest('names tiles as C2SP does and refuses every other name', () => {
  const vectors = readVectorJson<{ ok: { level: number | 'entries'; n: number; w: number; path: string }[]; bad: string[] }>('tiles/paths.json')
  for (const { level, n, w, path } of vectors.ok) {
    assert.equal(toTilePath({ level, n, width: w }), path)
    assert.deepEqual(parseTilePath(path), { level, n, width: w })
  }
  for (const path of vectors.bad) assert.equal(parseTilePath(path), undefined, path)
})

vectorTest('lays out the tiles of a tree of 70,000 as C2SP does', () => {
  const { layout_70000: layout, layout_256: small } = readVectorJson<{ layout_70000: Record<string, number>; layout_256: Record<string, number> }>('tiles/paths.json')
  assert.equal(levelSize(70_000, 1), layout['full_level0'])
  assert.equal(partialWidth(70_000, 0), layout['partial_level0_width'])
  assert.equal(levelSize(70_000, 2), layout['full_level1'])
  assert.equal(partialWidth(70_000, 1), layout['partial_level1_width'])
  assert.equal(partialWidth(70_000, 2), layout['partial_level2_width'])
  assert.equal(levelSize(256, 1), small['full_level0'])
  assert.equal(partialWidth(256, 1), small['partial_level1_width'])
})

test('reads back the path of every tile', () => {
  const tile = fc.record({
    level: fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })),
    n: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), width: fc.integer({ min: 1, max: TILE_WIDTH }),
  })
  fc.assert(fc.property(tile, (id: TileId) => { assert.deepEqual(parseTilePath(toTilePath(id)), { ...id }) }))
})

test('hands out each full tile once and restores the same edge at any size', () => {
  const edge = new TreeEdge()
  const full: FullTile[] = []
  for (let size = 1; size <= 66_100; size++) {
    edge.add(hashLeaf(Buffer.from(String(size))), (tile) => { full.push(tile) })
    if (size % 4099 !== 0 && size !== 65_536 && size !== 256) continue
    const restored = TreeEdge.restore(size, (level) => edge.partial(level))
    assert.deepEqual(restored.root(), edge.root(), `size ${size}`)
  }
  assert.deepEqual(full.filter(({ level }) => level === 0).map(({ n }) => n), Array.from({ length: 258 }, (_, n) => n))
  assert.deepEqual(full.filter(({ level }) => level > 0).map(({ level, n }) => [level, n]), [[1, 0]])
})
