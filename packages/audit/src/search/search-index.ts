/**
 * A search index over a log, in a SQLite file that can be thrown away: it is built from the log's bundles, and what it is built from is held
 * against the signed head, entry by entry, before any of it counts. It is not part of the evidence; whatever it finds is read and proved in
 * the log.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { AuditFault } from '../fault.ts'
import { HASH_BYTES, hashLeaf } from '../merkle/hash.ts'
import { partialWidth, TILE_WIDTH } from '../merkle/tile.ts'
import { TreeEdge } from '../merkle/tree-edge.ts'
import { parseCheckpoint, type SignedCheckpoint } from '../note/checkpoint.ts'
import type { LogSource } from '../verify/source.ts'
import { parseEntry } from './entry-fields.ts'
import { toRow, type EntryRow } from './entry-row.ts'
import { readBundle } from './read-bundles.ts'
import { clearTables, prepareSchema } from './search-schema.ts'

const BUSY_MS = 10_000

export class SearchIndex {
  readonly database: DatabaseSync

  private constructor(database: DatabaseSync) {
    this.database = database
  }

  /** @param file `:memory:` for one that ends with the process. */
  static open(file: string): SearchIndex {
    const database = new DatabaseSync(file)
    database.exec(`pragma busy_timeout = ${BUSY_MS}; pragma journal_mode = wal; pragma synchronous = normal`)
    prepareSchema(database)
    return new SearchIndex(database)
  }

  /** Entries that are in it. */
  get size(): number {
    return this.#built()?.size ?? 0
  }

  /**
   * Brings the index up to the log's head. An index of another log, or of another history, is built anew.
   *
   * @returns the head that it stands for now.
   * @throws {AuditFault} `head-invalid` without a readable checkpoint; `rollback` when bundles are missing; `fork` when the entries do not have the
   * root that the head signs. The index is then as it was.
   */
  async update(source: LogSource): Promise<SignedCheckpoint> {
    const bytes = await source.read('checkpoint')
    const head = bytes === undefined ? undefined : parseCheckpoint(bytes)
    if (head?.kind !== 'checkpoint') throw new AuditFault('head-invalid', `checkpoint: ${head?.reason ?? 'missing'}`)
    const built = this.#built()
    const goesOn = built !== undefined && built.origin === head.origin && built.size <= head.size
    if (goesOn && await this.#extend(source, head, built.size, restore(built))) return head
    if (!await this.#extend(source, head, 0, new TreeEdge())) throw new AuditFault('fork', `entries: their root at size ${head.size} is not the head's`)
    return head
  }

  /** Forgets everything; the next update builds it anew. */
  clear(): void {
    clearTables(this.database, 0)
  }

  close(): void {
    this.database.close()
  }

  #built(): { readonly origin: string; readonly size: number; readonly edge: string } | undefined {
    return this.database.prepare('select origin, size, edge from built').get() as { origin: string; size: number; edge: string } | undefined // as the table is declared
  }

  /** In one transaction: what does not lead to the head leaves no trace. @returns whether it does. */
  async #extend(source: LogSource, head: SignedCheckpoint, from: number, edge: TreeEdge): Promise<boolean> {
    this.database.exec('begin immediate')
    try {
      clearTables(this.database, from)
      const insert = new RowWriter(this.database)
      for (let n = Math.floor(from / TILE_WIDTH); n * TILE_WIDTH < head.size; n++) {
        for (const [offset, entry] of (await readBundle(source, n, head.size)).entries()) {
          const index = n * TILE_WIDTH + offset
          if (index < from) continue
          edge.add(hashLeaf(entry), () => undefined)
          const fields = parseEntry(entry)
          if (fields !== undefined) insert.write(index, toRow(fields))
        }
      }
      const isSigned = edge.root().equals(head.root)
      if (isSigned) {
        this.database.prepare('insert into built (origin, size, edge) values (?, ?, ?)').run(head.origin, head.size, save(edge))
      }
      this.database.exec(isSigned ? 'commit' : 'rollback')
      return isSigned
    } catch (error) {
      this.database.exec('rollback')
      throw error
    }
  }
}

class RowWriter {
  readonly #entry: StatementSync
  readonly #party: StatementSync
  readonly #object: StatementSync
  readonly #class: StatementSync
  readonly #patient: StatementSync
  readonly #inherit: StatementSync
  readonly #resource: StatementSync

  constructor(database: DatabaseSync) {
    this.#entry = database.prepare('insert into entry (idx, at, kind, session, statement, resource, purpose, client, decision, policy, status, rows, bytes, intent, more, unknown) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#party = database.prepare('insert or ignore into party (idx, role, id, name) values (?, ?, ?, ?)')
    this.#object = database.prepare('insert or ignore into object (idx, name, action) values (?, ?, ?)')
    this.#class = database.prepare('insert or ignore into class (idx, name) values (?, ?)')
    this.#patient = database.prepare('insert or ignore into patient (digest, event) values (?, ?)')
    // What names nobody itself is of whoever opened its session.
    this.#inherit = database.prepare("insert or ignore into party (idx, role, id, name) select ?, role, id, name from party where idx = (select max(idx) from entry where session = ? and kind = 'session.open')")
    this.#resource = database.prepare("select resource from entry where session = ? and kind = 'session.open' order by idx desc limit 1")
  }

  write(index: number, row: EntryRow): void {
    const nullable = (value: string | number | undefined): string | number | null => value ?? null
    const resource = row.resource ?? (row.session === undefined ? undefined : this.#resource.get(row.session)?.['resource'])
    this.#entry.run(
      index, Number.isNaN(row.atMs) ? 0 : row.atMs, row.kind, nullable(row.session), nullable(row.statement), typeof resource === 'string' ? resource : null, nullable(row.purpose), nullable(row.client), nullable(row.decision),
      nullable(row.policyVersion), nullable(row.status), nullable(row.rows), nullable(row.bytes), nullable(row.intent), nullable(row.patientsMore), nullable(row.patientsUnknown),
    )
    for (const { role, id, name } of row.parties) this.#party.run(index, role, id, name)
    if (row.parties.length === 0 && row.session !== undefined) this.#inherit.run(index, row.session)
    for (const { name, action } of row.objects) this.#object.run(index, name, action)
    for (const name of row.classes) this.#class.run(index, name)
    // Patients are told by the outcome and belong to what it is the outcome of.
    for (const digest of row.patients) this.#patient.run(digest, row.intent ?? index)
  }
}

/** The right edge, so that the next update goes on hashing where this one stopped. */
function save(edge: TreeEdge): string {
  return JSON.stringify(Array.from({ length: edge.levels }, (_, level) => edge.partial(level).toString('base64')))
}

function restore({ size, edge }: { readonly size: number; readonly edge: string }): TreeEdge {
  const partials = (JSON.parse(edge) as readonly string[]).map((text) => Buffer.from(text, 'base64')) // written by save
  // An index that was tampered with gives another root than the head's, and is built anew.
  return TreeEdge.restore(size, (level, width) => {
    const hashes = partials[level]
    return hashes?.length === width * HASH_BYTES ? hashes : Buffer.alloc(partialWidth(size, level) * HASH_BYTES)
  })
}
