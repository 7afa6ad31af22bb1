/** A pair of sessions, one per world, that are sent the same bytes. A session that ends is opened again before the next case. */
import { login } from './login.ts'
import type { Step } from './statement-case.ts'
import { firstDifference, outcomeOf, reasonOf, showAnswer, type Names, type Outcome } from './transcript.ts'
import { message, WireSession, type Answer, type WireTarget } from './wire.ts'

/** A statement runs at most 4 s on the server; what takes longer than this hangs somewhere else. */
const WAIT_MS = 30_000

export interface StepResult { readonly step: Step; readonly outcome: Outcome; readonly reason: string }

export interface Difference { readonly step: string; readonly at: number; readonly left: string; readonly right: string; readonly answers: { readonly a: string; readonly b: string } }

export interface CaseResult {
  readonly steps: readonly StepResult[]
  /** The first step whose answers differ; the steps after it were not sent. */
  readonly difference: Difference | undefined
  /** Sessions that Doorward ended by itself: the FATAL's words. */
  readonly fatal: string | undefined
  /** Cut off by time in one world or both: not compared from there on. */
  readonly timedOut: boolean
}

export class Pair {
  readonly #targets: readonly [WireTarget, WireTarget]
  readonly #names: Names
  /** Sees every answer of world a; for a search for values. */
  readonly #watch: ((answer: Answer, step: Step) => void) | undefined
  #sessions: readonly [WireSession, WireSession] | undefined

  constructor(targets: readonly [WireTarget, WireTarget], names: Names, watch?: (answer: Answer, step: Step) => void) {
    this.#targets = targets
    this.#names = names
    this.#watch = watch
  }

  async run(steps: readonly Step[]): Promise<CaseResult> {
    const done: StepResult[] = []
    const sessions = this.#sessions ??= await this.#open()
    const over = (more: Partial<CaseResult>): CaseResult => ({ steps: done, difference: undefined, fatal: undefined, timedOut: false, ...more })
    let status = 'I'
    for (const step of steps) {
      const [a, b] = await Promise.all([ask(sessions[0], step), ask(sessions[1], step)])
      this.#watch?.(a, step)
      const outcomes = [outcomeOf(a), outcomeOf(b)] as const
      done.push({ step, outcome: outcomes[0], reason: outcomes[0] === 'executed' ? '' : reasonOf(a) })
      if (outcomes.includes('timed-out')) { this.#drop(); return over({ timedOut: true }) }
      const difference = firstDifference(a, b, this.#names)
      if (difference !== undefined) {
        this.#drop()
        return over({ difference: { step: step.shows, ...difference, answers: { a: showAnswer(a, this.#names), b: showAnswer(b, this.#names) } } })
      }
      if (a.end === 'closed') { this.#drop(); return over({ fatal: reasonOf(a) }) }
      status = a.frames.findLast(({ tag }) => tag === 'Z')?.body.toString('latin1') ?? 'I'
    }
    if (status !== 'I') await Promise.all(sessions.map((session) => session.exchange(message.query('ROLLBACK'), 1, WAIT_MS)))
    return over({})
  }

  close(): void { this.#drop() }

  #drop(): void {
    for (const session of this.#sessions ?? []) session.close()
    this.#sessions = undefined
  }

  async #open(): Promise<readonly [WireSession, WireSession]> {
    const [a, b] = this.#targets
    return Promise.all([WireSession.open(a, login), WireSession.open(b, login)])
  }
}

function ask(session: WireSession, step: Step): Promise<Answer> {
  return session.exchange(step.bytes, step.readies, WAIT_MS, step.copy)
}
