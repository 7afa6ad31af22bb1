/**
 * Where a log's published files lie: tiles, bundles and the head. A port, cut for a folder of this machine and for an S3-compatible object store with
 * conditional put and object lock. What makes an entry durable, the write-ahead log, is not here: it stays on a local disk.
 *
 * Paths are those of C2SP tlog-tiles, with slashes, below the log's root. Every method rejects with the store's own error, and the log then
 * fails for good; it never asks again.
 */
export interface ObjectStore {
  /** @returns undefined when there is no such object. */
  read(path: string): Promise<StoredObject | undefined>
  /** The names right below a folder, in no order. */
  list(folder: string): Promise<readonly string[]>
  /** Puts every object, whole or not at all each, in no order. Resolves when all of them are durable under their names. */
  putAll(objects: readonly PutObject[]): Promise<void>
  /**
   * Puts one object if what is there is still the version expected; with S3, If-Match, or If-None-Match: * for none. Durable when it resolves.
   *
   * @param expected undefined: nothing may be there.
   */
  replace(path: string, bytes: Uint8Array, expected: string | undefined): Promise<Replaced>
  /** Removes what lies right below a folder, and the folder. Only partial tiles whose full tile is durable are removed so. */
  removeFolder(folder: string): Promise<void>
}

export interface StoredObject {
  readonly bytes: Buffer
  /** Identifies this content under this name: an ETag, or a hash. */
  readonly version: string
}

export interface PutObject {
  readonly path: string
  readonly bytes: Uint8Array
  /**
   * `permanent`: a full tile or bundle; its bytes under this name are the same for all time, and a store with object lock locks it. `partial`: goes
   * when the full one is there.
   */
  readonly kind: 'permanent' | 'partial'
}

export type Replaced = { readonly kind: 'replaced'; readonly version: string } | { readonly kind: 'conflict' }
