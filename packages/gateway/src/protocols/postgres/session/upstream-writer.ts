/**
 * The only way to an upstream. Statements go through {@link UpstreamWriter.forward}, which spends a permit; everything else is a closed set
 * of messages that hold nothing of the caller's, or a Parse, which makes the server read a text and runs nothing (P1).
 */
import type { Duplex } from 'node:stream'
import type { ForwardPermit } from '@doorward/guard'
import { encodeFrontend } from '../frontend-encode.ts'

/** Names of statements and portals that begin so are Doorward's: no client can make one. */
export const OWN_PREFIX = 'doorward'
/** A portal nobody makes: executing it fails, and with it the transaction it stands in. */
const NO_PORTAL = 'doorward refused'

/** Leave to send the COPY data of a statement whose permit was spent. */
export class CopyGrant {
  readonly #permit: ForwardPermit
  constructor(permit: ForwardPermit) { this.#permit = permit }
  get isLive(): boolean { return this.#permit.isSpent }
}

export class UpstreamWriter {
  readonly #stream: Duplex
  #state: 'open' | 'closed' = 'open'
  /** Sent, and not yet handed to the socket: what is sent without a wait between goes out in one write. */
  #gathered: Buffer[] = []

  constructor(stream: Duplex) { this.#stream = stream }

  /** After {@link UpstreamWriter.terminate} the permit is spent and nothing is sent. @throws {GuardFault} `spent-permit` */
  forward(permit: ForwardPermit, frames: readonly Buffer[]): CopyGrant {
    permit.spend()
    this.#write(...frames)
    return new CopyGrant(permit)
  }

  /** One CopyData, CopyDone or CopyFail frame. @returns once the upstream takes more: COPY in runs in flat memory. */
  async continueCopy(grant: CopyGrant, frame: Buffer): Promise<void> {
    if (!grant.isLive) throw new Error('copy data for a statement that was not forwarded')
    this.#send()
    if (this.#state === 'closed' || this.#stream.write(frame)) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#stream.off('drain', done)
        this.#stream.off('close', done)
        resolve()
      }
      this.#stream.on('drain', done)
      this.#stream.on('close', done)
    })
  }

  sync(): void { this.#write(encodeFrontend({ kind: 'sync' })) }
  flush(): void { this.#write(encodeFrontend({ kind: 'flush' })) }

  /** The last message. From here on nothing reaches the upstream. */
  terminate(): void {
    if (this.#state === 'closed') return
    this.#send()
    this.#state = 'closed'
    if (!this.#stream.destroyed) this.#stream.end(encodeFrontend({ kind: 'terminate' }))
  }

  /** Close of a statement or portal: frees, runs nothing. */
  closeTarget(target: 'statement' | 'portal', name: string): void { this.#write(encodeFrontend({ kind: 'close', target, name })) }

  /** Makes the upstream's transaction fail as the refused statement's would have. */
  provokeError(): void { this.#write(encodeFrontend({ kind: 'execute', portal: NO_PORTAL, maxRows: 1 })) }

  /** Constant texts of Doorward's own: settings and catalog questions. Named, so that the client's unnamed statement and portal stay. */
  ask(texts: readonly OwnText[]): void {
    this.#write(...texts.flatMap((text) => ownFrames(OWN_TEXTS[text])))
  }

  /** A question about the catalogs that `sql` made: constant but for OIDs. */
  askCatalog(sql: string): void { this.#write(...ownFrames(sql)) }

  /** Parse and Describe only: the session's own connection reads a text that only it can resolve. */
  analyse(text: string, parameterTypes: readonly number[]): void {
    this.#write(
      encodeFrontend({ kind: 'close', target: 'statement', name: OWN_NAME }),
      encodeFrontend({ kind: 'parse', statement: OWN_NAME, sql: Buffer.from(text, 'utf8'), parameterTypes }),
      encodeFrontend({ kind: 'describe', target: 'statement', name: OWN_NAME }),
    )
  }

  #write(...frames: readonly Buffer[]): void {
    if (this.#state === 'closed') return
    if (this.#gathered.length === 0) process.nextTick(() => { this.#send() })
    this.#gathered.push(...frames)
  }

  #send(): void {
    const frames = this.#gathered
    if (frames.length === 0) return
    this.#gathered = []
    if (!this.#stream.destroyed) this.#stream.write(frames.length === 1 && frames[0] !== undefined ? frames[0] : Buffer.concat(frames))
  }
}

/** Statement and portal name of Doorward's own questions. Each question closes and makes them anew, in one write. */
const OWN_NAME = 'doorward'

/** The closed set of texts that Doorward runs on a session's connection. */
const OWN_TEXTS = {
  schemas: 'select pg_catalog.array_to_json(pg_catalog.current_schemas(true))::pg_catalog.text, pg_catalog.current_setting(\'client_min_messages\'), pg_catalog.has_parameter_privilege(\'log_min_messages\', \'SET\')::pg_catalog.text',
  // Trees are LOG messages, which go to the server's log too: not where the role may say otherwise (GRANT SET ON PARAMETER log_min_messages).
  'log-quiet': 'select pg_catalog.set_config(\'log_min_messages\', \'fatal\', false)',
  'log-restored': 'select pg_catalog.set_config(\'log_min_messages\', (select s.reset_val from pg_catalog.pg_settings s where s.name operator(pg_catalog.=) \'log_min_messages\'), false)',
  'trees-on': 'select pg_catalog.set_config(\'debug_print_rewritten\', \'on\', false), pg_catalog.set_config(\'debug_pretty_print\', \'off\', false), pg_catalog.set_config(\'client_min_messages\', \'log\', false)',
  'trees-off-notice': 'select pg_catalog.set_config(\'client_min_messages\', \'notice\', false), pg_catalog.set_config(\'debug_print_rewritten\', \'off\', false)',
  'trees-off-warning': 'select pg_catalog.set_config(\'client_min_messages\', \'warning\', false), pg_catalog.set_config(\'debug_print_rewritten\', \'off\', false)',
  'trees-off-error': 'select pg_catalog.set_config(\'client_min_messages\', \'error\', false), pg_catalog.set_config(\'debug_print_rewritten\', \'off\', false)',
} as const

export type OwnText = keyof typeof OWN_TEXTS

function ownFrames(text: string): Buffer[] {
  return [
    encodeFrontend({ kind: 'close', target: 'statement', name: OWN_NAME }),
    encodeFrontend({ kind: 'parse', statement: OWN_NAME, sql: Buffer.from(text, 'utf8'), parameterTypes: [] }),
    encodeFrontend({ kind: 'bind', portal: OWN_NAME, statement: OWN_NAME, parameterFormats: [], parameters: [], resultFormats: [] }),
    encodeFrontend({ kind: 'execute', portal: OWN_NAME, maxRows: 0 }),
    encodeFrontend({ kind: 'close', target: 'portal', name: OWN_NAME }),
  ]
}

/** Frames that answer one own text, in order: see {@link ownFrames}. */
export const OWN_TEXT_COMPLETES = 2
