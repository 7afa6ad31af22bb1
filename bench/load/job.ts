/** What the load process can be asked to do, and what it answers. */
import type { Target } from '../sides/side.ts'

export type Job =
  /** One text, again and again on each connection; `seconds` or `times`, whichever ends first. */
  | { readonly kind: 'queries'; readonly target: Target; readonly sql: string; readonly protocol: 'simple' | 'binary'; readonly clients: number; readonly seconds: number; readonly times: number }
  | { readonly kind: 'copy-in'; readonly target: Target; readonly sql: string; readonly rows: number }
  /** Batches of a prepared statement under one Sync each. */
  | { readonly kind: 'pipeline'; readonly target: Target; readonly sql: string; readonly batch: number; readonly seconds: number; readonly keys: number }
  | { readonly kind: 'connects'; readonly target: Target; readonly sql: string; readonly seconds: number }
  | { readonly kind: 'cancels'; readonly target: Target; readonly sql: string; readonly times: number }
  | { readonly kind: 'transaction'; readonly target: Target; readonly sql: string; readonly statements: number; readonly keys: number; readonly times: number }
  | { readonly kind: 'idle'; readonly target: Target; readonly sessions: number }
  /** Sessions that each ask for something that is held, and wait for the answer. Done when every one has been told to wait. */
  | { readonly kind: 'held'; readonly target: Target; readonly sql: string; readonly sessions: number }
  | { readonly kind: 'release' }

export interface Percentiles { readonly p50: number; readonly p90: number; readonly p99: number }

export interface JobResult {
  /** Units of work: statements, rows, connections. */
  readonly count: number
  readonly seconds: number
  /** Of one unit, or of the first row; undefined where one run is all there is. Milliseconds. */
  readonly latencyMs: Percentiles | undefined
  /** Received. */
  readonly bytes: number
}

export function toPercentiles(valuesMs: readonly number[]): Percentiles | undefined {
  if (valuesMs.length === 0) return undefined
  const sorted = Float64Array.from(valuesMs).sort()
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) }
}
