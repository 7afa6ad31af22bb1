/**
 * Who calls the admin API: each with their own identity, a local secret (HTTP Basic) or a provider's token (Bearer), never a shared key. Every
 * failure is recorded, counted and answered alike. Sources: RFC 7617, RFC 6750.
 */
import { Sensitive, type EntryBody, type Principal, type Receipt } from '@doorward/core'
import type { Identified, Identities } from '../identity/identities.ts'
import type { AdminProblem, CallerFacts } from './admin-request.ts'

/** Checking a secret costs a thread of the pool some milliseconds: this many at a time. */
const MAX_AT_ONCE = 16
const NAME_CHARACTERS = 63

export class AdminAuthentication {
  readonly #identities: Identities
  readonly #record: (body: EntryBody) => Promise<Receipt>
  #running = 0

  constructor(identities: Identities, record: (body: EntryBody) => Promise<Receipt>) {
    this.#identities = identities
    this.#record = record
  }

  /** @param header of `Authorization`. */
  async callerOf(header: string | null, facts: CallerFacts): Promise<Principal | AdminProblem> {
    if (facts.transport === 'readable') return { problem: 'plaintext', message: 'credentials are taken over TLS, or on the gateway\'s own machine' }
    if (header === null) return { problem: 'unauthorized', message: 'say who you are: a local secret (Basic) or a token (Bearer)' }
    if (this.#running >= MAX_AT_ONCE) return { problem: 'too-many', message: 'too many logins at once, try again' }
    this.#running += 1
    try {
      const { found, user } = await this.#identify(header, facts)
      if (found.kind === 'principal') return found.principal
      await this.#record({ kind: 'auth.fail', protocol: 'admin', client: facts.address, user, reason: found.why })
      if (found.locked === 'now') await this.#record({ kind: 'auth.lockout', protocol: 'admin', client: facts.address, user })
      return { problem: 'unauthorized', message: 'authentication failed' }
    } finally {
      this.#running -= 1
    }
  }

  async #identify(header: string, facts: CallerFacts): Promise<{ readonly found: Identified; readonly user: string }> {
    const [, scheme = '', value = ''] = /^([A-Za-z]+) +([!-~]+)$/.exec(header) ?? []
    switch (scheme.toLowerCase()) {
      case 'bearer': return { found: await this.#identities.withToken(new Sensitive(value), 'http-bearer'), user: '' }
      case 'basic': {
        const text = Buffer.from(value, 'base64').toString('utf8')
        const colon = text.indexOf(':')
        const user = text.slice(0, Math.max(colon, 0))
        const found = colon < 1 ? NO_CREDENTIALS : await this.#identities.withSecret(user, new Sensitive(text.slice(colon + 1)), facts.address)
        return { found, user: user.slice(0, NAME_CHARACTERS) }
      }
      default: return { found: NO_CREDENTIALS, user: '' }
    }
  }
}

const NO_CREDENTIALS: Identified = { kind: 'refused', why: 'malformed', locked: 'no' }
