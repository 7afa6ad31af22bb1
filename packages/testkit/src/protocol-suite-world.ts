/**
 * The world every protocol's suite plays in: statements with their meaning and what the upstream says to them, a policy by name, a recorder,
 * a clock, people who decide, and canaries that must never be in a log. Knows no protocol.
 */
import type { Allow, ColumnRef, Decision, DecisionRequest, Effect, Obligation, Understanding } from '@doorward/core'
import { createGuard, type Approval, type Guard, type HoldRequest, type Standing } from '@doorward/guard'
import { FakeClock } from './fake-clock.ts'
import { ScriptedRecorder } from './scripted-recorder.ts'

/**
 * `allowed`, `other`: may run. `denied`, `unknown` (not understood): may not. `held`: waits for people. `masked`: may run, its column is masked.
 * `unmaskable`: its mask cannot be prepared. `breaks`: its mask fails at the first row. `failing`: the upstream answers with an error. `endless`:
 * the upstream never answers by itself.
 */
export const SUITE_NAMES = ['allowed', 'other', 'denied', 'unknown', 'held', 'masked', 'unmaskable', 'breaks', 'failing', 'endless'] as const
export type SuiteName = (typeof SUITE_NAMES)[number]

/** Seeded into texts, parameters, values of rows and texts of errors. No log may hold one; a masked caller sees none of the last two. */
export const CANARIES = { literal: 'Xylophilia', parameter: 'Quixotrope', value: 'Zephyrine', error: 'Vorticella' } as const

export interface SuiteStatement {
  readonly name: SuiteName
  readonly understanding: Understanding
  /** Of its one column, as the upstream has them. */
  readonly rows: readonly string[]
  /** The upstream's error, in place of rows. */
  readonly error: string | undefined
}

const column: ColumnRef = { relation: 'suite.table', column: 'a', class: 'name' }

function understandingOf(name: SuiteName): Understanding {
  if (name === 'unknown') return { kind: 'opaque', command: 'CALL', reason: 'a body that is not understood', objects: ['suite.f'] }
  const effect: Effect = { action: 'read', object: `suite.${name}`, kind: 'relation', columns: ['a'], classes: ['name'], scope: 'user', note: undefined }
  return {
    kind: 'understood', command: 'SELECT', effects: [effect], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined,
    outputs: [{ name: 'a', typeId: 25, sources: [{ column, flow: 'copied' }] }],
  }
}

export const SUITE_STATEMENTS: ReadonlyMap<SuiteName, SuiteStatement> = new Map(SUITE_NAMES.map((name) => [name, {
  name, understanding: understandingOf(name), rows: name === 'other' ? ['3'] : name === 'allowed' || name === 'held' ? ['1', '2'] : [CANARIES.value, CANARIES.value],
  error: name === 'failing' ? `the value ${CANARIES.error} does not fit` : undefined,
}]))

/** What a driver gets to build a connection from. */
export interface SuiteWorld {
  readonly guard: Guard
  readonly clock: FakeClock
  readonly statements: ReadonlyMap<SuiteName, SuiteStatement>
  /** Asked at every statement. */
  standing(): Standing
  /** Lines for operators, alerts among them. */
  log(line: string): void
  /** Called the moment the upstream receives what would run the statement. */
  reached(name: SuiteName): void
}

/** The same from the suite's side. */
export class SuiteStage implements SuiteWorld {
  readonly clock = new FakeClock()
  readonly recorder = new ScriptedRecorder()
  readonly statements = SUITE_STATEMENTS
  readonly lines: string[] = []
  /** What reached the upstream, each with how many intents were durable then. */
  readonly upstream: { readonly name: SuiteName; readonly intents: number }[] = []
  readonly held: HoldRequest[] = []
  readonly guard: Guard
  state: Standing = { kind: 'good' }
  decideFails: 'no' | 'yes' = 'no'
  approve: (request: HoldRequest, signal: AbortSignal) => Promise<Approval> = () => Promise.resolve({ kind: 'disapproved', why: 'nobody is here' })

  constructor() {
    this.guard = createGuard({
      decide: (request) => this.#decide(request), mayConnect: () => ALLOW, record: this.recorder.record, now: this.clock.now,
      awaitApproval: (request, signal) => { this.held.push(request); return this.approve(request, signal) },
    })
  }

  standing(): Standing { return this.state }
  log(line: string): void { this.lines.push(line) }
  reached(name: SuiteName): void { this.upstream.push({ name, intents: this.recorder.ofKind('intent').length }) }

  get names(): readonly SuiteName[] { return this.upstream.map(({ name }) => name) }

  #decide({ statement }: DecisionRequest): Decision {
    if (this.decideFails === 'yes') throw new Error(`the policy engine failed at ${CANARIES.literal}`)
    const object = statement.kind === 'opaque' ? 'suite.unknown' : statement.effects[0]?.object
    switch (object) {
      case 'suite.denied': return { ...GROUNDS, kind: 'deny', reason: 'policy', refusal: 'suite.denied may not be read', next: 'ask its owner' }
      case 'suite.unknown': return { ...GROUNDS, kind: 'deny', reason: 'opaque', refusal: 'it is not understood', next: 'write it in another way' }
      case 'suite.held': return { ...GROUNDS, kind: 'hold', by: [], quorum: 1, expiresMs: 60_000, obligations: [] }
      case 'suite.masked': case 'suite.unmaskable': case 'suite.breaks': case 'suite.failing': return { ...ALLOW, obligations: [MASK] }
      default: return ALLOW
    }
  }
}

const GROUNDS = { policies: [], version: 'suite', why: 'the suite says so' } as const
const ALLOW: Allow = { ...GROUNDS, kind: 'allow', obligations: [] }
const MASK: Obligation = { kind: 'mask', texts: 'rewrite', outputs: [{ output: 0, operator: 'redact', class: 'name', copied: true }] }
