/**
 * A log that goes on where another ended, under a name and a key of its own. The new one's first entry carries the old one's last head, the old
 * one's last entry names the new log: neither can be left out or exchanged without the other saying so.
 */
import { readEntries } from '../format/bundle.ts'
import { TILE_WIDTH } from '../merkle/tile.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import type { LogSource } from './source.ts'
import { readTile } from './stored-tree.ts'

export type Continuation =
  /** @property pin the old log's last head, as the new log has it: to verify the old log against. */
  | { readonly kind: 'continues'; readonly origin: string; readonly size: number; readonly pin: Buffer }
  | { readonly kind: 'broken'; readonly why: string }

/** What the new log says of the one before it. Both logs are verified by the caller. */
export async function readContinuation(source: LogSource, previous: LogSource): Promise<Continuation> {
  const [head, oldHead] = [await readHead(source), await readHead(previous)]
  if (head === undefined || oldHead === undefined) return broken('a checkpoint is missing or malformed')
  const start = toFields(await readEntry(source, 0, head.size))
  const before = toFields(start?.get('continues'))
  const note = before?.get('head')
  if (start?.get('kind') !== 'audit.start' || typeof note !== 'string') return broken('the log does not say that it goes on from another')
  const pin = parseCheckpoint(Buffer.from(note, 'utf8'))
  if (pin.kind === 'malformed') return broken(`the head it goes on from: ${pin.reason}`)
  if (pin.origin !== oldHead.origin) return broken('it goes on from another log than this one')
  // What came after the head that was taken over is missing from the new log's past.
  if (pin.size !== oldHead.size) return broken(`it goes on from entry ${pin.size}, the log before it has ${oldHead.size}`)
  const stop = toFields(await readEntry(previous, oldHead.size - 1, oldHead.size))
  const next = toFields(stop?.get('next'))
  if (stop?.get('kind') !== 'audit.stop' || next?.get('origin') !== head.origin) return broken('the log before it does not end by naming this one')
  return { kind: 'continues', origin: pin.origin, size: pin.size, pin: Buffer.from(note, 'utf8') }
}

async function readHead(source: LogSource): Promise<{ readonly origin: string; readonly size: number } | undefined> {
  const bytes = await source.read('checkpoint')
  const checkpoint = bytes === undefined ? undefined : parseCheckpoint(bytes)
  return checkpoint?.kind === 'checkpoint' ? checkpoint : undefined
}

async function readEntry(source: LogSource, index: number, size: number): Promise<unknown> {
  if (index < 0 || index >= size) return undefined
  const n = Math.floor(index / TILE_WIDTH)
  const bundle = await readTile(source, 'entries', n, Math.min(TILE_WIDTH, size - n * TILE_WIDTH))
  const entry = bundle === undefined ? undefined : readEntries(bundle.bytes).entries[index % TILE_WIDTH]
  try {
    return entry === undefined ? undefined : JSON.parse(entry.toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined // not ours; verifying it says so
    throw error
  }
}

function toFields(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? new Map(Object.entries(value)) : undefined
}

function broken(why: string): Continuation {
  return { kind: 'broken', why }
}
