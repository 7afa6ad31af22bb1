/** What a run counts, and how it is told. */
import type { StatementCase } from './statement-case.ts'
import type { CaseResult } from './pair.ts'

export interface FoundDifference {
  readonly id: string
  readonly lane: string
  readonly principal: string
  readonly source: string
  readonly seed: number
  readonly way: string
  readonly statement: string
  readonly parameters: readonly (string | null)[]
  readonly step: string
  readonly left: string
  readonly right: string
  readonly answers: { readonly a: string; readonly b: string }
}

interface Counts { tried: number; executed: number; refused: number; failed: number; ended: number; timedOut: number }

const none = (): Counts => ({ tried: 0, executed: 0, refused: 0, failed: 0, ended: 0, timedOut: 0 })

export class Tally {
  readonly differences: FoundDifference[] = []
  /** Sessions that Doorward ended, by its words. */
  readonly fatals = new Map<string, { count: number; example: string }>()
  /** Values of a masked class that arrived in clear. */
  readonly canaries: { readonly id: string; readonly value: string; readonly statement: string }[] = []
  readonly #bySource = new Map<string, Counts>()
  readonly #refusals = new Map<string, number>()
  readonly #failures = new Map<string, number>()
  readonly started = Date.now()
  /** Left out because somebody asked for it. */
  setAside = 0
  /** Left out of worlds whose values differ much in length. */
  sizes = 0

  get tried(): number { return this.#total().tried }

  add(one: StatementCase, result: CaseResult): void {
    for (const { step, outcome, reason } of result.steps) {
      if (!step.counts) continue
      for (const key of [one.source, `${one.source}, PHI ${one.phi}`]) {
        const counts = this.#bySource.get(key) ?? none()
        this.#bySource.set(key, counts)
        counts.tried += 1
        if (outcome === 'timed-out') counts.timedOut += 1
        else counts[outcome] += 1
      }
      if (outcome === 'refused') bump(this.#refusals, `${one.phi}: ${general(reason)}`)
      if (outcome === 'failed') bump(this.#failures, reason.slice(0, 70).replace(/"[^"]*"/g, '"..."'))
    }
    if (result.fatal === undefined) return
    const known = this.fatals.get(result.fatal)
    if (known === undefined) this.fatals.set(result.fatal, { count: 1, example: `${one.id}: ${one.statement.slice(0, 300)}` })
    else known.count += 1
  }

  /** Sessions ended because what came was not what was predicted. */
  get mispredicted(): number {
    return [...this.fatals].reduce((sum, [words, { count }]) => sum + (/differ|predict|expected|unexpected/i.test(words) ? count : 0), 0)
  }

  /** @returns the share of generated statements without PHI in predicates that ran, refusals and the server's own errors counted against it. */
  get executedShare(): number {
    const clean = ['grammar, PHI nowhere', 'grammar, PHI outputs'].map((key) => this.#bySource.get(key) ?? none())
    const tried = clean.reduce((sum, { tried: one }) => sum + one, 0)
    return tried === 0 ? 0 : clean.reduce((sum, { executed }) => sum + executed, 0) / tried
  }

  report(): string {
    const total = this.#total()
    const seconds = (Date.now() - this.started) / 1000
    const lines = [`statements ${total.tried}, each in both worlds, ${seconds.toFixed(0)} s, ${(total.tried / seconds).toFixed(0)} statements/s`]
    for (const [name, counts] of [['all', total] as const, ...[...this.#bySource].sort()]) {
      const share = (count: number): string => `${((100 * count) / Math.max(1, counts.tried)).toFixed(1)} %`
      lines.push(`  ${name}: tried ${counts.tried}, executed ${share(counts.executed)}, refused ${share(counts.refused)}, failed on the server ${share(counts.failed)}, sessions ended ${counts.ended}, cut off by time ${counts.timedOut}`)
    }
    lines.push(`executed share of generated statements without PHI in predicates: ${(100 * this.executedShare).toFixed(1)} %`)
    if (this.sizes > 0) lines.push(`sizes and plans not asked for in rough worlds: ${this.sizes}`)
    if (this.setAside > 0) lines.push(`set aside by --skip: ${this.setAside}`)
    for (const [words, { count, example }] of this.fatals) lines.push(`session ended ${count} times: ${words} (${example})`)
    for (const { id, value, statement } of this.canaries.slice(0, 20)) lines.push(`MASKED VALUE ARRIVED ${id}: ${value} in ${statement.slice(0, 300)}`)
    for (const one of this.differences) lines.push(describe(one))
    lines.push(`differences ${this.differences.length} · masked values in clear ${this.canaries.length} · sessions ended for an unexpected result ${this.mispredicted}`)
    return lines.join('\n')
  }

  /** The most frequent reasons, for whoever tunes the generator. */
  reasons(most: number): string {
    const top = (map: ReadonlyMap<string, number>): readonly string[] => [...map].sort((left, right) => right[1] - left[1]).slice(0, most).map(([words, count]) => `  ${count} ${words}`)
    return ['refusals:', ...top(this.#refusals), 'failures on the server:', ...top(this.#failures)].join('\n')
  }

  toJson(): unknown {
    return { total: this.#total(), bySource: Object.fromEntries(this.#bySource), executedShare: this.executedShare, fatals: Object.fromEntries(this.fatals), canaries: this.canaries, differences: this.differences, seconds: (Date.now() - this.started) / 1000 }
  }

  #total(): Counts {
    const total = none()
    for (const [key, counts] of this.#bySource) if (!key.includes(', PHI')) for (const name of Object.keys(total) as (keyof Counts)[]) total[name] += counts[name]
    return total
  }
}

function bump(map: Map<string, number>, key: string): void { map.set(key, (map.get(key) ?? 0) + 1) }

function general(reason: string): string { return reason.replace(/(clinic|billing)\.[a-z_0-9.]+/g, 'COLUMN').slice(0, 110) }

function describe(one: FoundDifference): string {
  return `\nDIFFERENCE ${one.id} as ${one.principal}, seed ${one.seed}, sent as ${one.way}\n  statement: ${one.statement.replaceAll('\x01', ' \\; ')}\n  parameters: ${JSON.stringify(one.parameters)}\n  at: ${one.step.slice(0, 200)}\n  world a: ${one.left.slice(0, 300)}\n  world b: ${one.right.slice(0, 300)}`
}
