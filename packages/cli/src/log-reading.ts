/** What the commands that read a log share: which log, the index over it, the key that signed it, and times as people write them. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { EntryReader, openInput, SearchIndex, verifyHead, type LogSource, type SignedCheckpoint } from '@doorward/audit'
import type { CheckedConfig } from '@doorward/gateway'
import type { Command } from 'commander'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'
import { configOption, requireConfig } from './config-option.ts'
import { toPrintable } from './table-text.ts'

export interface LogReadingOptions {
  readonly config: string
  readonly log?: string
  readonly key?: string
  readonly rebuild?: boolean
}

export interface LogReading {
  readonly source: LogSource
  readonly head: SignedCheckpoint
  readonly index: SearchIndex
  readonly reader: EntryReader
  /** What was read, as the user or the configuration names it. */
  readonly input: string
  /** Undefined: a log was named, and no configuration is there. */
  readonly checked: CheckedConfig | undefined
}

/** The options that every command over a log has. */
export function withLogOptions(command: Command): Command {
  return command
    .addOption(configOption())
    .option('--log <log>', 'the log: a folder, a URL or a ZIP archive; default: audit.dir of the configuration')
    .option('--key <vkey>', 'the log\'s verifier key, or a file that holds it; default: the one beside the log')
    .option('--rebuild', 'build the search index anew')
}

/** Reads a log through an index that stands for its signed head. */
export async function readLog<T>(options: LogReadingOptions, io: CliIo, use: (reading: LogReading) => Promise<T>): Promise<T> {
  const checked = options.log === undefined || existsSync(options.config) ? requireConfig(options.config, io) : undefined
  const name = options.log ?? checked?.config.audit.dir ?? ''
  const input = await openInput(name, { fetch: (url, init) => fetch(url, init), wait: async (delayMs) => { await setTimeout(delayMs) } })
  if (input.kind !== 'log') throw new CommandEnd(1, `${toPrintable(name)}: ${input.kind === 'malformed' ? input.reason : 'a proof, expected a log'}`)
  // The index of the gateway's own log is kept; one of a log from elsewhere ends with the command.
  const index = SearchIndex.open(checked !== undefined && options.log === undefined ? join(checked.config.stateDir, 'audit-index.db') : ':memory:')
  try {
    if (options.rebuild === true) index.clear()
    const head = await index.update(input.source)
    const problem = await verifyHead(input.source, head, options.key)
    if (problem !== undefined) throw new CommandEnd(1, `${toPrintable(name)}: ${problem}`)
    return await use({ source: input.source, head, index, reader: new EntryReader(input.source, head.size), input: name, checked })
  } finally {
    index.close()
    await input.close()
  }
}

/** Says from what a report was made; it goes beside the report, not into it. */
export function tellSource({ head }: LogReading, io: CliIo): void {
  writeLine(io.stderr, `from ${head.size} entries of ${toPrintable(head.origin)}, whose root is signed; doorward verify checks each of them`)
}

/** A day or a moment, UTC: `2026-11-21`, `2026-11-21T08:00`, `2026-11-21T08:00:00Z`. @param edge a day begins at its midnight and ends at the next. */
export function parseMoment(text: string, option: string, edge: 'from' | 'to'): number {
  const day = /^\d{4}-\d\d-\d\d$/.test(text)
  const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z?$/.test(text)
  const atMs = day ? Date.parse(`${text}T00:00:00Z`) : moment ? Date.parse(text.endsWith('Z') ? text : `${text}Z`) : NaN
  if (Number.isNaN(atMs)) throw new CommandEnd(1, `${option}: expected a day or a moment, UTC, such as 2026-11-21 or 2026-11-21T08:00`)
  return day && edge === 'to' ? atMs + 86_400_000 : atMs
}

/** The system that is meant where none is named. */
export function onlyResource(checked: CheckedConfig | undefined): string | undefined {
  const names = [...checked?.config.resources.keys() ?? []]
  return names.length === 1 ? names[0] : undefined
}

export interface PeriodOptions {
  readonly from?: string
  readonly to?: string
}

/** From and up to; what is not given is open. */
export function parsePeriod(options: PeriodOptions): { readonly fromMs: number | undefined; readonly toMs: number | undefined } {
  return {
    fromMs: options.from === undefined ? undefined : parseMoment(options.from, '--from', 'from'),
    toMs: options.to === undefined ? undefined : parseMoment(options.to, '--to', 'to'),
  }
}

export function withPeriodOptions(command: Command): Command {
  return command
    .option('--from <time>', 'from this day or moment on, UTC: 2026-11-01, 2026-11-01T08:00')
    .option('--to <time>', 'up to and with this day, or up to this moment, UTC')
}
