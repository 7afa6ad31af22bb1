/**
 * The analysis connections of one resource. Names resolve by search_path, so each connection serves one list of schemas; the least used one
 * makes room for another list. A statement that is kept prepared here can be confirmed later, on the connection that holds it.
 */
import type { Duplex } from 'node:stream'
import type { FrameReader } from '../frame.ts'
import { AnalysisConnection } from './analysis-connection.ts'

/** Connections of one resource at the same time; each costs the target one backend. */
export const MAX_ANALYSIS_CONNECTIONS = 8

/** @param use `texts`: callers' texts are analysed there, and their trees shown. `own`: constant questions of Doorward's only. */
export type ConnectAnalysis = (searchPath: string, use: 'texts' | 'own') => Promise<{ readonly stream: Duplex; readonly reader: FrameReader }>

export class AnalysisPool {
  readonly #connect: ConnectAnalysis
  readonly #timeoutMs: number
  /** Most recently used last. */
  readonly #open = new Map<string, Promise<AnalysisConnection>>()

  constructor(connect: ConnectAnalysis, timeoutMs: number) {
    this.#connect = connect
    this.#timeoutMs = timeoutMs
  }

  /** @throws whatever connecting throws; the next caller tries again. */
  connection(schemas: readonly string[]): Promise<AnalysisConnection> { return this.#at(toSearchPath(schemas)) }

  /**
   * For Doorward's own questions about the catalogs. No text of a caller's comes here, and so no code of anybody's has run here.
   * @throws as {@link AnalysisPool.connection}
   */
  own(): Promise<AnalysisConnection> { return this.#at(OWN_PATH) }

  async #at(path: string): Promise<AnalysisConnection> {
    const known = this.#open.get(path)
    if (known !== undefined) {
      const connection = await known
      if (connection.isOpen) {
        this.#open.delete(path)
        this.#open.set(path, known)
        return connection
      }
      if (this.#open.get(path) === known) this.#open.delete(path)
      return this.#at(path)
    }
    const opening = this.#connect(path, path === OWN_PATH ? 'own' : 'texts').then(({ stream, reader }) => new AnalysisConnection(stream, reader, this.#timeoutMs))
    this.#open.set(path, opening)
    await this.#makeRoom()
    try {
      return await opening
    } catch (error) {
      if (this.#open.get(path) === opening) this.#open.delete(path)
      throw error
    }
  }

  async close(): Promise<void> {
    const all = [...this.#open.values()]
    this.#open.clear()
    for (const connection of await Promise.allSettled(all)) if (connection.status === 'fulfilled') connection.value.close()
  }

  async #makeRoom(): Promise<void> {
    const [oldest] = this.#open
    if (this.#open.size <= MAX_ANALYSIS_CONNECTIONS || oldest === undefined) return
    this.#open.delete(oldest[0])
    const [settled] = await Promise.allSettled([oldest[1]])
    if (settled.status === 'fulfilled') settled.value.retire()
  }
}

/** Without quotes, as no session's path is written. */
const OWN_PATH = 'pg_catalog'

/** The temporary schema of a session is not anyone else's; whoever owns one is analysed on its own connection. */
export function toSearchPath(schemas: readonly string[]): string {
  const named = schemas.filter((schema) => !/^pg_temp_\d+$/.test(schema))
  return named.map((schema) => `"${schema.replaceAll('"', '""')}"`).join(', ')
}
