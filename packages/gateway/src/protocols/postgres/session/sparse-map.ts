/**
 * A map that takes no memory of its own until something is put into it: most of a session's names are never used, and thousands of sessions
 * idle (an empty Map of the runtime takes some 180 bytes). Holds what a Map would; nothing else of it is here than what is used.
 */
export class SparseMap<K, V> {
  #map: Map<K, V> | undefined

  get size(): number { return this.#map?.size ?? 0 }

  get(key: K): V | undefined { return this.#map?.get(key) }

  has(key: K): boolean { return this.#map?.has(key) === true }

  set(key: K, value: V): void { (this.#map ??= new Map()).set(key, value) }

  delete(key: K): void { this.#map?.delete(key) }

  clear(): void { this.#map = undefined }

  /** As they are now: the map may be changed while they are gone through. */
  keys(): readonly K[] { return this.#map === undefined ? [] : [...this.#map.keys()] }

  /** As they are now. */
  values(): readonly V[] { return this.#map === undefined ? [] : [...this.#map.values()] }
}
