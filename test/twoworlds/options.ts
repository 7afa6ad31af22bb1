/** What `npm run twoworlds -- ...` takes. */
import { parseArgs } from 'node:util'

export interface Options {
  readonly mode: 'compare' | 'ddl-race'
  readonly minutes: number
  readonly statements: number
  readonly seed: number
  readonly source: 'corpus' | 'grammar' | 'sqlsmith' | 'all'
  readonly lanes: number
  readonly binDir: string | undefined
  readonly json: string | undefined
  /** Print why statements were refused or failed, most frequent first. */
  readonly reasons: boolean
  /** Statements set aside, for the time a known difference is being looked into; the report says how many. */
  readonly skip: RegExp | undefined
  /** One case of the grammar, by its number, shown with its answers. */
  readonly only: number | undefined
}

export const USAGE = `npm run twoworlds -- [--minutes N] [--statements N] [--seed S] [--source corpus|grammar|sqlsmith|all] [--server-bin DIR] [--lanes N]
                          [--json FILE] [--reasons] [--case N] [--skip REGEX] [--mode compare|ddl-race]`

/** @throws {TypeError} for an option that is not known, or has no sensible value. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      mode: { type: 'string', default: 'compare' }, minutes: { type: 'string', default: '5' }, statements: { type: 'string' }, seed: { type: 'string', default: '1' }, source: { type: 'string', default: 'all' },
      lanes: { type: 'string', default: '4' }, 'server-bin': { type: 'string' }, json: { type: 'string' }, reasons: { type: 'boolean', default: false }, case: { type: 'string' }, skip: { type: 'string' },
    },
  })
  const number = (name: string, text: string): number => {
    const value = Number(text)
    if (!Number.isFinite(value) || value < 0) throw new TypeError(`--${name}: expected a number, found ${text}\n${USAGE}`)
    return value
  }
  const { mode, source } = values
  if (mode !== 'compare' && mode !== 'ddl-race') throw new TypeError(`--mode: ${mode}?\n${USAGE}`)
  if (source !== 'corpus' && source !== 'grammar' && source !== 'sqlsmith' && source !== 'all') throw new TypeError(`--source: ${source}?\n${USAGE}`)
  return {
    mode, source, minutes: number('minutes', values.minutes), seed: number('seed', values.seed), lanes: Math.max(1, number('lanes', values.lanes)),
    statements: values.statements === undefined ? Number.POSITIVE_INFINITY : number('statements', values.statements),
    binDir: values['server-bin'], json: values.json, reasons: values.reasons, skip: values.skip === undefined ? undefined : new RegExp(values.skip, 'i'), only: values.case === undefined ? undefined : number('case', values.case),
  }
}
