/** What evidence is made of: sections, each a claim with the entries it rests on, over one period of one log. */
import type { SignedCheckpoint } from '../note/checkpoint.ts'
import type { EntryReader } from '../search/read-bundles.ts'
import type { SearchIndex } from '../search/search-index.ts'
import type { VerifyReport, VerifyResult } from '../verify/finding.ts'

/** A cell: a text, a number, or an entry by its number. */
export type Cell = string | number | { readonly entry: number }

export interface Section {
  /** `E-AU-2`: a name to ask by. */
  readonly id: string
  readonly title: string
  /** What it says, and what it does not, for people who did not build this. */
  readonly text: readonly string[]
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  /** Entries that it rests on and that no row names. */
  readonly entries?: readonly number[]
  /** `none`: the log has nothing of this kind in the period. `not-kept`: this version of Doorward records nothing of this kind. */
  readonly standing: 'shown' | 'none' | 'not-kept'
}

/** The gateway's configuration as evidence tells it; from doorward.yaml as it is now, which the log's policy versions are held against. */
export interface GatewaySetup {
  readonly policyVersion: string
  readonly policies: readonly { readonly id: string; readonly effect: string; readonly who: string; readonly on: string; readonly actions: string; readonly mask: string; readonly hold: string }[]
  readonly principals: readonly { readonly name: string; readonly kind: string; readonly groups: readonly string[] }[]
  readonly providers: readonly { readonly name: string; readonly issuer: string }[]
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly tables: number; readonly unclassified: string; readonly analysis: string; readonly upstream: string }[]
  readonly listeners: readonly { readonly protocol: string; readonly address: string; readonly transport: string }[]
  readonly sessions: { readonly idleMs: number; readonly absoluteMs: number }
  readonly exceptions: readonly { readonly setting: string; readonly resource: string; readonly standing: string; readonly rationale: string; readonly by: string; readonly expires: string }[]
}

export interface EvidenceContext {
  readonly index: SearchIndex
  readonly reader: EntryReader
  readonly head: SignedCheckpoint
  /** From this moment, milliseconds since the epoch. */
  readonly fromMs: number
  /** Up to and without this moment. */
  readonly toMs: number
  /** The whole log, verified just now. */
  readonly verified: VerifyResult
  /** Undefined: evidence is made from the log alone. */
  readonly setup: GatewaySetup | undefined
}

/** One piece of evidence. */
export interface Item {
  readonly id: string
  make(context: EvidenceContext): Promise<Section>
}

/** `2026-11-21 15:47:29 UTC`. */
export function toTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** A span in the largest unit that fits: `15 min`, `8 h`. */
export function toSpan(ms: number): string {
  if (ms < 60_000) return `${Math.round(ms / 1_000)} s`
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 360_000) / 10} h`
}

export function reportOf(result: VerifyResult): VerifyReport | undefined {
  return result.kind === 'usage' ? undefined : result.report
}

/** A section of a kind that the log has nothing of, or that is not recorded at all. */
export function emptySection(id: string, title: string, standing: 'none' | 'not-kept', text: string): Section {
  return { id, title, text: [text], columns: [], rows: [], standing }
}

/** A section over rows; without any it says so. */
export function tableSection(id: string, title: string, text: readonly string[], columns: readonly string[], rows: readonly (readonly Cell[])[]): Section {
  return { id, title, text, columns, rows, standing: rows.length === 0 ? 'none' : 'shown' }
}
