/**
 * PostgreSQL clients from accept to a running session: accept, identify, admit (DESIGN.md, One path). Authentication comes before anything
 * about resources is said, so that a stranger learns nothing from the answers.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { Fault, requireSessionId, type Principal, type Purpose, type ResourceName, type Sensitive } from '@doorward/core'
import { describePrincipal, type Admission, type Guard } from '@doorward/guard'
import type { RecordingDesk } from '../../recordings/recording-desk.ts'
import type { Identities } from '../../identity/identities.ts'
import { REVOKED, type After, type SessionRegistry, type SessionTicket } from '../../sessions/session-registry.ts'
import { encodeBackend, encodeOwnError } from './backend-encode.ts'
import { authenticateClient } from './credentials.ts'
import type { CancelRegistry } from './cancel.ts'
import type { PostgresLimits } from './postgres-limits.ts'
import type { PostgresResource } from './resource.ts'
import { encodeFatal } from './session/refuse.ts'
import { literalStyleOf } from './session/literal-style.ts'
import { PostgresSession } from './session/session.ts'
import { SessionNames } from './session/session-names.ts'
import { readStartupSettings, type StartupSettings } from './session/startup-settings.ts'
import { acceptClient, closeWith, type ClientStartup } from './startup-client.ts'
import type { ServerTls } from './tls.ts'
import { cancelUpstream, type UpstreamConnection } from './upstream.ts'
import { PostgresRecording } from './recording/postgres-recording.ts'
import { UpstreamFault } from './upstream-fault.ts'
import { WireFault } from './wire-fault.ts'

export interface PostgresListenerParts {
  readonly tls: ServerTls | undefined
  readonly encryption: 'required' | 'optional'
  readonly guard: Guard
  readonly identities: Identities
  /** Where tokens are taken. `unsafely-anywhere`: every listener is on loopback, and the configuration says so. */
  readonly tokens: 'tls-only' | 'unsafely-anywhere'
  readonly resources: ReadonlyMap<string, PostgresResource>
  readonly sessions: SessionRegistry
  /** Undefined: nothing is recorded, and what a policy wants recorded is refused. */
  readonly recordings: Pick<RecordingDesk, 'begin' | 'end'> | undefined
  readonly cancels: CancelRegistry<() => Promise<void>>
  readonly limits: PostgresLimits
  readonly mockKey: Buffer
  /** Keys the hash of parameters that an approval is bound to. */
  readonly bindingKey: Sensitive<Buffer>
  readonly mayClaim: (principal: Principal, purpose: Purpose) => boolean
  readonly randomBytes: (size: number) => Buffer
  readonly now: () => number
  readonly after: After
  /** For operators: literal-free lines. */
  readonly log: (line: string) => void
}

/** A connection may stay silent for as long as a person takes to decide: probes keep what lies between from forgetting it. */
const KEEP_ALIVE_MS = 30_000
/** What was written last may take so long to go out: a client that does not read holds its socket no longer. */
const LINGER_MS = 2_000
/** For the error that says why a session was ended; revoked means stopped within a second. */
const LAST_WORDS_MS = 300
/** Clients in start-up at the same time; they hold memory and have proven nothing. */
const MAX_STARTING = 256

export class PostgresListener {
  readonly #parts: PostgresListenerParts
  readonly #server: Server
  readonly #starting = new Map<Socket, AbortController>()
  readonly #running = new Set<PostgresSession>()
  #state: 'serving' | 'stopping' = 'serving'

  constructor(parts: PostgresListenerParts) {
    this.#parts = parts
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, (socket) => { void this.#serve(socket) })
  }

  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject)
        const address = this.#server.address()
        if (address === null || typeof address === 'string') reject(new Error('the listener has no address'))
        else resolve({ host, port: address.port })
      })
    })
  }

  async close(): Promise<void> {
    this.#state = 'stopping'
    for (const [socket, limit] of this.#starting) { limit.abort(); socket.destroy() }
    for (const session of this.#running) session.end('the gateway stops', new EndedFault('ended', 'the gateway stops'))
    await new Promise<void>((resolve) => { this.#server.close(() => { resolve() }) })
  }

  #isStopping(): boolean { return this.#state === 'stopping' }

  /** One connection, from accept to its end. Never rejects. What start-up needed is not held while the session runs: most sessions idle. */
  async #serve(socket: Socket): Promise<void> {
    const conversation: Conversation = { stream: socket }
    try {
      const running = await this.#accept(socket, conversation)
      if (running === undefined) return
      const { session, ticket, recording } = running
      try {
        await session.run()
      } finally {
        this.#running.delete(session)
        ticket.release()
        await recording?.finish('the session ended')
      }
    } catch (error) {
      // Whatever a client does at start-up ends its own connection. Most who fail have been told why, and their stream is closing.
      this.#parts.log(`postgres: connection ended: ${error instanceof Fault ? `${error.code}: ${error.message}` : error instanceof Error ? error.name : 'unknown error'}`)
      if (conversation.stream.writable) closeWith(conversation.stream, encodeFatal(error))
    } finally {
      this.#linger(conversation.stream)
    }
  }

  async #accept(socket: Socket, conversation: Conversation): Promise<Running | undefined> {
    const { limits, tls, encryption, cancels, guard, after } = this.#parts
    if (this.#isStopping() || this.#starting.size >= MAX_STARTING) { socket.destroy(); return undefined }
    const limit = new AbortController()
    const { signal } = limit
    this.#starting.set(socket, limit)
    const stopClock = after(limits.startupMs, () => { limit.abort() })
    try {
      const hello = await acceptClient(socket, { tls, encryption, signal })
      if (hello.kind === 'startup') conversation.stream = hello.stream
      if (hello.kind === 'cancel') {
        // Answered by closing, whether the key was known or not. PostgreSQL, Canceling Requests in Progress.
        await cancels.find(hello.pid, hello.key)?.()
        hello.stream.end()
        return undefined
      }
      try {
        return await this.#start(hello, signal)
      } catch (error) {
        if (!(error instanceof WireFault)) throw error
        // psql hangs up to ask its user for a password, and comes again; and nobody failed because the gateway stops.
        if (error.code === 'closed' || this.#isStopping()) return undefined
        await guard.record({ kind: 'auth.fail', protocol: 'postgres', client: addressOf(socket), user: hello.user.slice(0, 63), reason: error.code })
        throw error
      }
    } finally {
      stopClock()
      this.#starting.delete(socket)
    }
  }

  async #start(hello: ClientStartup, signal: AbortSignal): Promise<Running | undefined> {
    const { guard, resources, sessions, mayClaim } = this.#parts
    const { stream } = hello
    const client = addressOf(stream)
    const settings = readStartupSettings(hello.parameters, hello.settings)
    const principal = await this.#identify(hello, client, settings, signal)
    if (principal === undefined) return undefined
    const refuse = async (sqlstate: string, message: string, next: string): Promise<undefined> => {
      const receipt = await guard.record({ kind: 'session.refused', protocol: 'postgres', client, principal: describePrincipal(principal), reason: message, details: { database: resources.has(hello.database) ? hello.database : undefined } })
      closeWith(stream, encodeOwnError({ severity: 'FATAL', sqlstate, message: `refused: ${message} (receipt ${receipt.index})`, hint: next }))
      return undefined
    }
    if (hello.replication === 'asked') return refuse('0A000', 'replication connections are not served', 'connect without replication; changes are read by the systems that own them')
    const resource = resources.get(hello.database)
    if (resource === undefined) return refuse('3D000', 'no resource of that name', 'use the resource\'s name as the database name')
    if (settings.kind === 'refused') return refuse('42501', settings.message, settings.next)
    if (settings.purpose !== undefined && !mayClaim(principal, settings.purpose)) return refuse('42501', `the purpose ${settings.purpose} is not one that you may state`, 'state one that your groups may claim')
    const full = sessions.whyFull(principal)
    if (full !== undefined) return refuse('53300', full, 'close a session, then connect again')
    return this.#open(hello, principal, resource, settings, client, signal)
  }

  /** Proves who it is, and for whom it acts. Undefined: refused, recorded, and the client told no more than that. */
  async #identify(hello: ClientStartup, client: string, settings: StartupSettings, signal: AbortSignal): Promise<Principal | undefined> {
    const { guard, identities, randomBytes, mockKey, limits, tokens } = this.#parts
    const user = hello.user.slice(0, 63)
    const login = await identities.begin(hello.user, client)
    const refuse = async ({ why, locked }: { readonly why: string; readonly locked: 'now' | 'no' }): Promise<undefined> => {
      await guard.record({ kind: 'auth.fail', protocol: 'postgres', client, user, reason: why })
      if (locked === 'now') await guard.record({ kind: 'auth.lockout', protocol: 'postgres', client, user })
      return undefined
    }
    const proven = await authenticateClient(hello, {
      find: () => Promise.resolve(login.credential), mockKey, randomBytes, signal, maxFrameBytes: limits.maxFrameBytes, tokens,
      tokenMethod: settings.kind === 'settings' ? settings.tokenMethod : 'oidc',
    })
    if (proven.kind === 'refused') return refuse(await login.failed(proven.why))
    const turnAway = (reason: { readonly why: string; readonly locked: 'now' | 'no' }, message: string, next: string): Promise<undefined> => {
      closeWith(hello.stream, encodeOwnError({ severity: 'FATAL', sqlstate: '28000', message: `refused: ${message}`, hint: next }))
      return refuse(reason)
    }
    const found = await login.succeeded(proven.mechanism)
    if (found.kind === 'refused') return turnAway(found, REVOKED.why, REVOKED.next)
    if (settings.kind === 'refused' || settings.actingForToken === undefined) return found.principal
    if (hello.tls === undefined && tokens === 'tls-only') return turnAway({ why: 'acting-for: token without tls', locked: 'no' }, 'a token is taken inside TLS only', 'connect with sslmode=verify-full')
    const acting = await identities.actingFor(found.principal, settings.actingForToken)
    if (acting.kind === 'refused') return turnAway(acting, 'it could not be shown for whom you act', 'show a valid token of a person for whom this agent may act')
    return acting.principal
  }

  async #open(hello: ClientStartup, principal: Principal, resource: PostgresResource, settings: Settings, client: string, signal: AbortSignal): Promise<Running | undefined> {
    const { guard, randomBytes, now, after, sessions } = this.#parts
    const { stream } = hello
    const id = requireSessionId(randomBytes(16).toString('hex'))
    let session: PostgresSession | undefined
    let admission: Admission | undefined
    let ticket: SessionTicket | undefined
    let recording: PostgresRecording | undefined
    try {
      const opened = await sessions.open({
        id, principal, resource: resource.name, protocol: 'postgres', client, openedMs: now(), isBusy: () => admission?.isBusy === true,
        end: (why) => {
          if (session === undefined) { stream.destroy(); return }
          session.end(why, new EndedFault('ended', why))
          // A client that does not read would keep what was written before for later: whoever is ended gets no more of it.
          after(LAST_WORDS_MS, () => { stream.destroy() })
        },
      })
      ticket = opened
      const admitted = await guard.admit({
        id, principal, resource: resource.name as ResourceName, clientAddress: client, protocol: 'postgres', standing: () => opened.standing(),
        details: { tls: hello.tls === undefined ? 'none' : `${hello.tls.protocol} ${hello.tls.cipher}`, protocolMinor: hello.protocolMinor },
      }, settings.purpose)
      if (admitted.kind === 'refusal') {
        closeWith(stream, encodeOwnError({ severity: 'FATAL', sqlstate: '42501', message: `refused: ${admitted.message} (${admitted.receipt === undefined ? 'no receipt' : `receipt ${admitted.receipt.index}`})`, hint: admitted.next }))
        opened.release()
        return undefined
      }
      admission = admitted.admission
      const upstream = await resource.connect(settings.upstream, signal)
      if (signal.aborted) {
        upstream.stream.destroy()
        throw new WireFault('aborted', 'start-up took too long, or the gateway stops')
      }
      await recordUpstream(admission, resource, upstream)
      recording = await this.#record(hello, resource, admission, upstream, (fault) => { session?.end('not recorded', fault) })
      session = this.#assemble(hello, resource, upstream, admission, settings, recording, () => { opened.touch() })
    } catch (error) {
      ticket?.release()
      await recording?.finish('start-up failed')
      await admission?.close(error instanceof Fault ? `start-up: ${error.code}` : 'start-up failed')
      if (error instanceof UpstreamFault) this.#parts.log(`postgres: ${resource.name}: ${error.code}: ${error.message}`)
      closeWith(stream, error instanceof UpstreamFault ? encodeOwnError({ severity: 'FATAL', sqlstate: '08006', message: `doorward: ${resource.name} could not be reached`, hint: 'tell the operator; the gateway\'s log has the reason' }) : encodeFatal(error))
      throw error
    }
    this.#running.add(session)
    return { session, ticket, recording }
  }

  /** What stands between the session and its client where sessions can be recorded; begun where this one must be. */
  async #record(hello: ClientStartup, resource: PostgresResource, admission: Admission, upstream: UpstreamConnection, end: (fault: Fault) => void): Promise<PostgresRecording | undefined> {
    const { recordings, after, log } = this.#parts
    const { id: session, principal, clientAddress } = admission.facts
    if (recordings === undefined && resource.recorded === 'by-policy') return undefined
    try {
      if (recordings === undefined) throw new EndedFault('ended', 'this resource is recorded, and recordings are not configured')
      const recording = new PostgresRecording(hello.stream, {
        begin: async (why) => {
          const writer = await recordings.begin({ session, principal, resource: resource.name, protocol: 'postgres', client: clientAddress, why })
          return { writer, end: (reason) => recordings.end(writer, reason) }
        },
        after,
        failed: (fault) => { log(`ALERT postgres: ${resource.name}: ${fault.message}: the session ends`); end(fault) },
      })
      if (resource.recorded === 'always') await recording.start('resource')
      return recording
    } catch (error) {
      upstream.stream.destroy()
      throw error
    }
  }

  #assemble(hello: ClientStartup, resource: PostgresResource, upstream: UpstreamConnection, admission: Admission, settings: Settings, recording: PostgresRecording | undefined, touch: () => void): PostgresSession {
    const { cancels, limits, guard, log, bindingKey, mayClaim } = this.#parts
    const names = new SessionNames()
    names.purpose = settings.purpose
    names.holdMode = settings.hold
    for (const [name, value] of upstream.parameters) names.reported(name, value)
    names.literalStyle = literalStyleOf(upstream.parameters)
    const session: { current: PostgresSession | undefined } = { current: undefined }
    const key = cancels.register(() => session.current?.cancel() ?? Promise.resolve(), hello.protocolMinor)
    const { backendKey } = upstream
    const cancel = async (): Promise<void> => {
      if (backendKey === undefined) return // a pooler that gives no key: the lost connection is all it will notice
      try {
        await cancelUpstream(resource.address, backendKey, AbortSignal.timeout(limits.startupMs))
      } catch (error) {
        // The statement goes on at the target until it notices the lost connection; the session's own record says how it ended.
        log(`postgres: ${resource.name}: a cancel request failed: ${error instanceof Fault ? error.code : 'unknown'}`)
      }
    }
    session.current = new PostgresSession({
      // No more of either than a session uses: what was said at start-up is not kept for as long as it lives.
      client: recording === undefined ? { stream: hello.stream, reader: hello.reader } : { stream: recording.stream, reader: hello.reader, recording },
      upstream: { stream: upstream.stream, reader: upstream.reader }, admission, names, understander: resource.understander, transforms: resource.transforms(`${admission.facts.principal.issuer}|${admission.facts.principal.subject}`, () => names.purpose), limits,
      cancelUpstream: cancel, onActivity: touch, bindingKey, mayClaim: (purpose) => mayClaim(admission.facts.principal, purpose),
      alert: (what) => {
        log(`ALERT postgres: ${resource.name}: ${what}`)
        guard.record({ kind: 'alert', session: admission.facts.id, resource: resource.name, what }).catch((error: unknown) => { log(`ALERT could not be recorded: ${error instanceof Error ? error.name : 'unknown'}`) })
      },
      onEnd: key.release,
    })
    hello.stream.write(greeting(upstream, key))
    return session.current
  }

  #linger(stream: Conversation['stream']): void {
    closeWith(stream, undefined)
    if (stream.destroyed) return
    stream.once('close', this.#parts.after(LINGER_MS, () => { stream.destroy() }))
  }
}

/** How the other leg is carried: known once it is there. */
async function recordUpstream(admission: Admission, resource: PostgresResource, { stream, tls, method, protocolMinor, parameters }: UpstreamConnection): Promise<void> {
  try {
    await admission.record({
      kind: 'session.upstream', resource: resource.name, tls: tls === undefined ? 'none' : `${tls.protocol} ${tls.cipher}`, method, protocolMinor, server: parameters.get('server_version')?.slice(0, 64),
    })
  } catch (error) {
    stream.destroy()
    throw error
  }
}

type Settings = Extract<StartupSettings, { kind: 'settings' }>

/** The client's stream as it is now: the socket, or TLS over it. */
interface Conversation { stream: ClientStartup['stream'] }

/** A session that is open, and what must be let go of when it is over. */
interface Running { readonly session: PostgresSession; readonly ticket: SessionTicket; readonly recording: PostgresRecording | undefined }

class EndedFault extends Fault<'ended'> {}

/** AuthenticationOk, the target's settings, keys of our own, ReadyForQuery. */
function greeting(upstream: UpstreamConnection, key: { readonly pid: number; readonly key: Buffer }): Buffer {
  return Buffer.concat([
    encodeBackend({ kind: 'authenticationOk' }),
    ...[...upstream.parameters].map(([name, value]) => encodeBackend({ kind: 'parameterStatus', name, value })),
    encodeBackend({ kind: 'backendKeyData', pid: key.pid, key: key.key }),
    encodeBackend({ kind: 'readyForQuery', status: 'I' }),
  ])
}

function addressOf(stream: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined }): string {
  return `${stream.remoteAddress ?? 'unknown'}:${stream.remotePort ?? 0}`
}
