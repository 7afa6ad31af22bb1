/**
 * The cancel keys that clients get from Doorward instead of an upstream's: who holds one can cancel the session it was given to and
 * nothing else. Source: PostgreSQL, Message Flow: Canceling Requests in Progress.
 */
import { timingSafeEqual } from 'node:crypto'
import { keepBytes } from './keep-bytes.ts'
import { MIN_CANCEL_KEY_BYTES } from './limits.ts'

/** PostgreSQL 18, MyCancelKeyLength: what a 3.2 client gets. Older clients can hold 4 bytes. */
export const CANCEL_KEY_BYTES = 32

/** What a client is told in BackendKeyData. */
export interface CancelKey {
  /** Random, positive, an Int32: no process of ours or the upstream's has it. */
  readonly pid: number
  readonly key: Buffer
  /** Ends it: from here on `find` knows it no more. */
  readonly release: () => void
}

/** The keys of one gateway process. `Target` is what a session gives to be found by: most likely a function that cancels. */
export class CancelRegistry<Target> {
  readonly #randomBytes: (size: number) => Buffer
  readonly #sessions = new Map<number, { readonly key: Buffer; readonly target: Target }>()

  constructor(randomBytes: (size: number) => Buffer) {
    this.#randomBytes = randomBytes
  }

  /** @param protocolMinor as negotiated: before 3.2 a key has 4 bytes. */
  register(target: Target, protocolMinor: number): CancelKey {
    const key = this.#randomBytes(protocolMinor >= 2 ? CANCEL_KEY_BYTES : MIN_CANCEL_KEY_BYTES)
    const pid = this.#freePid()
    const session = { key, target }
    this.#sessions.set(pid, session)
    const release = (): void => {
      // Only its own entry: the number may belong to another session by now.
      if (this.#sessions.get(pid) === session) this.#sessions.delete(pid)
    }
    return { pid, key: keepBytes(key), release }
  }

  /** @returns the session's target, or undefined; a client learns neither, as with a server. Compares keys in constant time. */
  find(pid: number, key: Buffer): Target | undefined {
    const session = this.#sessions.get(pid)
    if (session === undefined || session.key.length !== key.length || !timingSafeEqual(session.key, key)) return undefined
    return session.target
  }

  #freePid(): number {
    for (;;) {
      const pid = this.#randomBytes(4).readUInt32BE(0) & 0x7fff_ffff
      if (pid !== 0 && !this.#sessions.has(pid)) return pid
    }
  }
}
