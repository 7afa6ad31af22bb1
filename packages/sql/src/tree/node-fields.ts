/**
 * The fields of one node of a tree, as the map they are to whoever looks: values in an array, places from a layout that all nodes of one name
 * share. A tree has thousands of nodes with a dozen fields each, and a Map for each of them took longer than reading its text.
 */
import type { TreeValue } from './tree-value.ts'

/** Names of the fields that a node may have, in the order in which the server writes them, and their places in it. */
export class NodeLayout {
  readonly names: readonly string[]
  readonly #places: ReadonlyMap<string, number>

  constructor(names: Iterable<string>) {
    this.names = [...names]
    this.#places = new Map(this.names.map((name, place) => [name, place]))
  }

  /** @returns undefined: no node of this name has such a field. */
  placeOf(name: string): number | undefined { return this.#places.get(name) }
}

/** Not `undefined`, which is what a field holds that is written as `<>`. */
const ABSENT = Symbol('absent')

/** Iterates in the order of the layout. Written by the reader alone, see {@link NodeFields.put}. */
export class NodeFields implements ReadonlyMap<string, TreeValue> {
  readonly #layout: NodeLayout
  readonly #values: (TreeValue | typeof ABSENT)[]
  #size = 0

  constructor(layout: NodeLayout) {
    this.#layout = layout
    this.#values = new Array<TreeValue | typeof ABSENT>(layout.names.length).fill(ABSENT)
  }

  /** @returns `twice`: the field has a value already, and keeps it. */
  put(place: number, value: TreeValue): 'put' | 'twice' {
    if (this.#values[place] !== ABSENT) return 'twice'
    this.#values[place] = value
    this.#size += 1
    return 'put'
  }

  get size(): number { return this.#size }

  has(name: string): boolean {
    const place = this.#layout.placeOf(name)
    return place !== undefined && this.#values[place] !== ABSENT
  }

  get(name: string): TreeValue {
    const place = this.#layout.placeOf(name)
    const value = place === undefined ? undefined : this.#values[place]
    return value === ABSENT ? undefined : value
  }

  forEach(visit: (value: TreeValue, name: string, fields: ReadonlyMap<string, TreeValue>) => void): void {
    for (const [name, value] of this.#present()) visit(value, name, this)
  }

  entries(): MapIterator<[string, TreeValue]> { return this.#present().values() }
  keys(): MapIterator<string> { return this.#present().map(([name]) => name).values() }
  values(): MapIterator<TreeValue> { return this.#present().map(([, value]) => value).values() }
  [Symbol.iterator](): MapIterator<[string, TreeValue]> { return this.entries() }

  #present(): [string, TreeValue][] {
    const present: [string, TreeValue][] = []
    for (const [place, name] of this.#layout.names.entries()) {
      const value = this.#values[place]
      if (value !== ABSENT) present.push([name, value])
    }
    return present
  }
}
