/**
 * The embedded database: one file in the state folder, written through a log of its own (WAL) with fsync at every commit, so that what
 * was answered is there after a crash. Source: SQLite, Write-Ahead Logging; PRAGMA synchronous. One process at a time holds it.
 */
import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { MIGRATIONS } from './migrations.ts'
import { StateFault } from './state-fault.ts'

export type SqlRow = Readonly<Record<string, unknown>>

/** Prepared once per text; the texts are constants of ours. */
export class Sqlite {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  #open: 'open' | 'closed' = 'open'

  /**
   * @param file `:memory:` for tests that need no disk.
   * @throws {StateFault} `newer`; system errors of the folder.
   */
  constructor(file: string, migrations: readonly string[] = MIGRATIONS) {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    this.#database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: 5_000 })
    if (file !== ':memory:') chmodSync(file, 0o600)
    this.#database.exec('pragma journal_mode = wal; pragma synchronous = full')
    this.#migrate(migrations)
  }

  all(sql: string, ...values: readonly SQLInputValue[]): readonly SqlRow[] { return this.#prepare(sql).all(...values) }
  get(sql: string, ...values: readonly SQLInputValue[]): SqlRow | undefined { return this.#prepare(sql).get(...values) }
  /** @returns rows changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number { return Number(this.#prepare(sql).run(...values).changes) }

  /** All of it or none. */
  transaction<T>(work: () => T): T {
    this.#database.exec('begin immediate')
    try {
      const result = work()
      this.#database.exec('commit')
      return result
    } catch (error) {
      this.#database.exec('rollback')
      throw error
    }
  }

  close(): void {
    if (this.#open === 'closed') return
    this.#open = 'closed'
    this.#statements.clear()
    this.#database.close()
  }

  #prepare(sql: string): ReturnType<DatabaseSync['prepare']> {
    if (this.#open === 'closed') throw new StateFault('closed', 'the state is closed')
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const prepared = this.#database.prepare(sql)
    this.#statements.set(sql, prepared)
    return prepared
  }

  #migrate(migrations: readonly string[]): void {
    const version = Number(this.#database.prepare('pragma user_version').get()?.['user_version'] ?? 0)
    if (version > migrations.length) throw new StateFault('newer', `the state is of version ${version}, this Doorward knows ${migrations.length}: start the newer one`)
    for (const [index, step] of migrations.entries()) {
      if (index < version) continue
      this.transaction(() => { this.#database.exec(`${step}; pragma user_version = ${index + 1}`) })
    }
  }
}

/** A text of a row. @throws {StateFault} `unreadable` */
export function textOf(row: SqlRow, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new StateFault('unreadable', `state: column ${column} holds no text`)
  return value
}

export function textOrNothing(row: SqlRow, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column)
}

/** A whole number of a row. @throws {StateFault} `unreadable` */
export function numberOf(row: SqlRow, column: string): number {
  const value = row[column]
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new StateFault('unreadable', `state: column ${column} holds no whole number`)
  return value
}

export function numberOrNothing(row: SqlRow, column: string): number | undefined {
  return row[column] === null ? undefined : numberOf(row, column)
}

/** One of a few words. @throws {StateFault} `unreadable` */
export function wordOf<T extends string>(row: SqlRow, column: string, words: readonly T[]): T {
  const text = textOf(row, column)
  const word = words.find((one) => one === text)
  if (word === undefined) throw new StateFault('unreadable', `state: column ${column} holds an unknown word`)
  return word
}
