/**
 * What a held statement is bound to, and what its approvers are shown beyond its text: its parameters as a keyed hash, the texts it runs by
 * name, the size of what it reads. Asked for only when a statement is held, so that no other statement pays for it.
 */
import { createHmac } from 'node:crypto'
import type { Sensitive, StatementIdentity } from '@doorward/core'
import type { Grant, HoldDetails } from '@doorward/guard'
import type { Piece, SessionView, StatementPlan } from '@doorward/sql'
import { decodeFrontend } from '../frontend.ts'
import { UnderstandFault } from '../understand/understand-fault.ts'
import { SessionFault } from './session-fault.ts'

/** As much of a session as understanding a text again takes. */
export interface HoldQuestions {
  /** Understands the piece as it is understood now; undefined: it cannot be, or is refused. */
  again(view: SessionView): Promise<StatementPlan | undefined>
  /** What the piece rests on beside its text, as one hash; undefined: it cannot be asked. */
  definitionsOf(view: SessionView): Promise<string | undefined>
  /** Identities of a text that the session keeps under a name; none: it cannot be read. */
  identify(text: string): Promise<readonly StatementIdentity[]>
  estimateRows(plan: StatementPlan): Promise<number | undefined>
}

/** Parameters are mostly identifiers of patients: few enough to guess from a plain hash. */
export function digestParameters(key: Sensitive<Buffer>, parameterTypes: readonly number[], bindFrame: Buffer): string | undefined {
  const message = decodeFrontend({ tag: bindFrame[0] ?? 0, body: bindFrame.subarray(5) })
  if (message.kind !== 'bind') throw new SessionFault('unexpected-message', 'a portal without its Bind')
  if (message.parameters.length === 0) return undefined
  const hash = createHmac('sha256', key.reveal()) // into the hash only
  const number = Buffer.alloc(4)
  const update = (value: number): void => { number.writeInt32BE(value, 0); hash.update(number) }
  update(message.parameters.length)
  for (const [index, cell] of message.parameters.entries()) {
    update((parameterTypes[index] ?? 0) | 0)
    update(message.parameterFormats.length > 1 ? message.parameterFormats[index] ?? 0 : message.parameterFormats[0] ?? 0)
    // Length first, so that no two lists of values run into the same bytes.
    update(cell === null ? -1 : cell.length)
    if (cell !== null) hash.update(cell)
  }
  return hash.digest('hex')
}

/**
 * What FETCHes of open cursors were approved with: the same FETCH of the same cursor goes on where the first one left off, as the Executes of
 * a portal do. A cursor that was declared anew is another one, whatever its name.
 */
export class CursorGrants {
  /** Made with the first grant: most sessions have none. */
  #granted: WeakMap<StatementPlan, Map<string, Grant>> | undefined

  /** @param digest of the FETCH's own text. */
  find(cursor: StatementPlan | undefined, digest: string): Grant | undefined {
    return cursor === undefined ? undefined : this.#granted?.get(cursor)?.get(digest)
  }

  keep(cursor: StatementPlan | undefined, digest: string, grant: Grant | undefined): void {
    if (cursor === undefined || grant === undefined) return
    this.#granted ??= new WeakMap()
    const known = this.#granted.get(cursor)
    if (known === undefined) this.#granted.set(cursor, new Map([[digest, grant]]))
    else known.set(digest, grant)
  }
}

/** @returns the cursor that a FETCH or MOVE reads, as it stands for the session now. */
export function cursorOf(piece: Piece, session: SessionView): StatementPlan | undefined {
  const { statement } = piece
  return statement?.kind === 'fetch' || statement?.kind === 'move' ? session.cursor(statement.cursor) : undefined
}

/** Notes which prepared statements and cursors a text stands on. */
export class RecordingView implements SessionView {
  readonly #view: SessionView
  readonly #texts = new Set<string>()

  constructor(view: SessionView) { this.#view = view }

  get schemas(): readonly string[] { return this.#view.schemas }
  get texts(): readonly string[] { return [...this.#texts] }
  prepared(name: string): StatementPlan | undefined { return this.#note(this.#view.prepared(name)) }
  cursor(name: string): StatementPlan | undefined { return this.#note(this.#view.cursor(name)) }

  #note(plan: StatementPlan | undefined): StatementPlan | undefined {
    if (plan?.source !== undefined) this.#texts.add(plan.source.text)
    return plan
  }
}

/** @returns what the approvers need (@throws {UnderstandFault} `unreachable`), and whether minutes later it would still be so. */
export function questionsOf(plan: StatementPlan, session: SessionView, ask: HoldQuestions): { readonly details: () => Promise<HoldDetails>; readonly stillMeans: () => Promise<'the-same' | 'something-else'> } {
  const look = async (): Promise<{ readonly plan: StatementPlan | undefined; readonly texts: readonly string[]; readonly definitions: string | undefined }> => {
    const view = new RecordingView(session)
    return { plan: await ask.again(view), texts: view.texts, definitions: await ask.definitionsOf(session) }
  }
  let asked: string | undefined
  return {
    details: async () => {
      const found = await look()
      // Unknown twice is not the same: nobody is asked about what may be exchanged unseen.
      if (found.definitions === undefined) throw new UnderstandFault('unreachable', 'what the statement rests on could not be asked')
      asked = JSON.stringify([found.texts, found.definitions])
      const behind = await Promise.all(found.texts.map((text) => ask.identify(text)))
      return { estimatedRows: await ask.estimateRows(plan), behind: behind.flat(), definitions: found.definitions }
    },
    stillMeans: async () => {
      const found = await look()
      const same = JSON.stringify(found.plan) === JSON.stringify(plan) && found.definitions !== undefined && (asked === undefined || JSON.stringify([found.texts, found.definitions]) === asked)
      return same ? 'the-same' : 'something-else'
    },
  }
}

