/**
 * Where everything meets: configuration, clock, randomness and network are bound here and nowhere else, and the leaves are handed to the
 * guard as its ports. Reading this file shows what a gateway process consists of.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import type { AuditLog } from '@doorward/audit'
import { Fault, requireResourceName, Sensitive, type Classification, type EntryBody, type Principal, type Receipt } from '@doorward/core'
import { createGuard, type Guard, type GuardPorts } from '@doorward/guard'
import { decide, mayConnect, wantsEstimate, type PolicySnapshot } from '@doorward/policy'
import { DEFAULT_TEXT_LIMITS, startTextReader } from '@doorward/sql'
import { createAdminApi } from './admin/admin-api.ts'
import { AdminOperations } from './admin/admin-operations.ts'
import { RecordingOperations } from './admin/recording-operations.ts'
import { AdminAuthentication } from './admin/authenticate.ts'
import { ApprovalDesk } from './approvals/approval-desk.ts'
import { describeException, exceptionEntry, exceptionsInForce, policyExceptions } from './audit-log/exceptions-in-force.ts'
import { openGatewayLog } from './audit-log/open-log.ts'
import { checkConfig, createNodeFiles, PoliciesInForce, type CheckedConfig, type ResourceConfig, type SecretRef } from './config/index.ts'
import { createConsoleServer, type Health } from './console-port/console-server.ts'
import { Identities } from './identity/identities.ts'
import { LocalPrincipals } from './identity/local-principals.ts'
import { Lockout } from './identity/lockout.ts'
import { createFetchJson } from './identity/oidc/fetch-json.ts'
import { OidcProvider } from './identity/oidc/oidc-provider.ts'
import { mayClaim } from './identity/purposes.ts'
import { Revocations } from './identity/revocations.ts'
import { ExceptionBudget } from './patients/exception-budget.ts'
import { PatientBudget } from './patients/patient-budget.ts'
import { CancelRegistry } from './protocols/postgres/cancel.ts'
import { PostgresListener } from './protocols/postgres/listener.ts'
import type { PostgresLimits } from './protocols/postgres/postgres-limits.ts'
import { openPostgresResource } from './protocols/postgres/open-resource.ts'
import type { PostgresResource } from './protocols/postgres/resource.ts'
import { makeServerContext } from './protocols/postgres/tls.ts'
import { RecordingDesk } from './recordings/recording-desk.ts'
import { SessionRegistry } from './sessions/session-registry.ts'
import { loadKey } from './state/key-file.ts'
import { openStateOnThread } from './state/open-state.ts'
import type { State } from './state/state.ts'
import { VERSION } from './version.ts'

export interface ServeOptions {
  /** Path of doorward.yaml. */
  readonly configFile: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Lines for the operator; literal-free. */
  readonly log: (line: string) => void
}

export interface ServedAddress { readonly host: string; readonly port: number }

export interface Served {
  readonly addresses: { readonly postgres: ServedAddress | undefined; readonly console: ServedAddress | undefined }
  readonly warnings: CheckedConfig['warnings']
  /** Resolves, with the reason, when the log cannot be written any more: nothing is accepted from then on, and sessions end. */
  readonly failed: Promise<string>
  /** Ends every session, records it, closes the log. Idempotent. */
  stop(): Promise<void>
}

/** The configuration cannot be served: every problem, with file, line and column. */
export class ConfigFault extends Fault<'invalid-config'> {
  readonly problems: CheckedConfig['warnings']
  constructor(problems: CheckedConfig['warnings']) {
    super('invalid-config', `${problems.length} problems in the configuration`)
    this.problems = problems
  }
}

/** For the refusals of statements that waited for people when the gateway was told to stop. */
const LAST_WORDS_MS = 5_000

const now = (): number => Date.now()
const after = (delayMs: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, delayMs)
  timer.unref()
  return () => { clearTimeout(timer) }
}

/**
 * What a measuring build puts around two parts of the composition, to learn what each step costs. For `bench/` alone: the package does not
 * export it and no setting reaches it (docs/decisions/2026-11-21-bench-seam.md).
 */
export interface MeasuredParts {
  ports(ports: GuardPorts): GuardPorts
  resource(resource: PostgresResource): PostgresResource
}

const AS_COMPOSED: MeasuredParts = { ports: (ports) => ports, resource: (resource) => resource }

/** Starts a gateway. @throws {ConfigFault}; {AuditFault} when the log cannot be opened; system errors of listening. */
export function serve(options: ServeOptions): Promise<Served> {
  return composeWith(options, AS_COMPOSED)
}

/** As {@link serve}, with parts measured or left out. See {@link MeasuredParts}. */
export async function composeWith(options: ServeOptions, measured: MeasuredParts): Promise<Served> {
  const checked = checkConfig(options.configFile, { files: createNodeFiles(), env: options.env })
  if (checked.kind === 'invalid') throw new ConfigFault(checked.problems)
  const { config } = checked
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 })
  const recorder = await openGatewayLog(config, options.log)
  const { log } = recorder
  const opened: { close(): Promise<void> }[] = []
  try {
    const state = await openStateOnThread(config.stateDir)
    opened.push(state)
    const record = (body: EntryBody): Promise<Receipt> => log.append(body)
    const house = await openHouse(checked, options, state, record)
    const { desk, policies, sessions } = house
    const budget = new ExceptionBudget(now)
    const guard = createGuard(measured.ports({
      decide: (request) => decide(policies.current, request),
      mayConnect: (request) => mayConnect(policies.current, request),
      wantsEstimate: (request) => wantsEstimate(policies.current, request),
      awaitApproval: (held, signal) => desk.awaitApproval(held, signal),
      spend: (principal, uses) => budget.spend(principal, uses),
      record, now,
    }))
    await recordConfiguration(guard, checked, options.log)
    await desk.start()
    const recordings = await openRecordings(checked, options, record, opened)
    const resources = await openResources(checked, options, measured, opened)
    const postgres = config.listen.postgres === undefined ? undefined : await listenPostgres(checked, options, guard, house, { resources, recordings }, opened)
    const facts: { health: Health } = { health: 'serving' }
    const console = config.listen.console === undefined ? undefined : await listenConsole(checked, options, house, recordings, record, log, facts, opened)
    await policies.watch()
    const failed = log.failed.then(async ({ code }) => {
      facts.health = 'recorder-failed'
      options.log(`error: the log cannot be written any more (${code}): nothing is accepted, sessions end; see to its disk or signer, then start again`)
      policies.stop()
      await postgres?.listener.close()
      await sessions.endAll('the log cannot be written any more')
      return code
    })
    let stopping: Promise<void> | undefined
    const stop = async (): Promise<void> => {
      facts.health = 'stopping'
      policies.stop()
      // Before the sessions end: what waits becomes a ticket, and is not withdrawn.
      if (desk.stop() > 0) await sessions.untilIdle(LAST_WORDS_MS)
      await sessions.endAll('the gateway stops')
      for (const part of opened.toReversed()) await part.close()
      await recorder.close()
    }
    return { addresses: { postgres: postgres?.address, console }, failed, warnings: checked.warnings, stop: () => { stopping ??= stop(); return stopping } }
  } catch (error) {
    for (const part of opened.toReversed()) await part.close()
    await recorder.close()
    throw error
  }
}

/** What decides who may do something now: identities, standing, policies and people. */
interface House {
  readonly desk: ApprovalDesk
  readonly policies: PoliciesInForce
  readonly sessions: SessionRegistry
  readonly identities: Identities
  readonly revocations: Revocations
  readonly local: LocalPrincipals
  readonly loginKey: Sensitive<Buffer>
}

async function openHouse(checked: CheckedConfig, options: ServeOptions, state: State, record: (body: EntryBody) => Promise<Receipt>): Promise<House> {
  const { config } = checked
  const { log } = options
  // Nobody else has this folder: whatever sessions it lists are of a process that is no more.
  const process = randomBytes(8).toString('hex')
  await state.sessions.forgetOthers(process)
  const revocations = await Revocations.load(state.revocations)
  const local = await LocalPrincipals.load(config.identity.local.map((principal) => ({ ...principal, secret: requireSecret(checked, principal.secret) })), randomBytes)
  const providers = await Promise.all(config.identity.oidc.map(async (provider) => new OidcProvider(provider, createFetchJson(provider.caFile === undefined ? undefined : await readFile(provider.caFile, 'utf8')), now)))
  const loginKey = await loadKey(config.stateDir, 'login.key', randomBytes)
  const identities = new Identities({ local, providers, lockout: new Lockout({ store: state.failures, key: loginKey, now }), revocations, mockKey: loginKey.reveal() })
  const sessions = new SessionRegistry({
    times: config.sessions, maxSessions: config.limits.connections, maxPerPrincipal: config.limits.connectionsPerPrincipal, now, after,
    isRevoked: (principal) => revocations.covers(principal), store: state.sessions, process, log,
  })
  const policies: PoliciesInForce = new PoliciesInForce({
    checked, files: createNodeFiles(), after, log,
    recordChange: (next) => recordChange(record, next, policies.current.version),
    recordRejection: async (problems) => { await record({ kind: 'config.rejected', problems: problems.length, files: [...new Set(problems.map((problem) => problem.file))].slice(0, 20), version: policies.current.version }) },
    changed: async () => {
      sessions.endWhere((one) => !mayStay(policies, one.principal, one.resource, one.client), 'the policies changed: nothing is allowed to you here any more', 'talk to whoever keeps the policies')
      await desk.policyChanged()
    },
  })
  const desk = new ApprovalDesk({
    store: state.requests, record, now, after, randomBytes, policyVersion: () => policies.current.version, log,
    // Whoever was taken out of the configuration counts no more either.
    isRevoked: (issuer, subject) => revocations.has(issuer, subject) || (issuer === 'local' && !local.has(subject)),
  })
  return { desk, policies, sessions, identities, revocations, local, loginKey }
}

function mayStay(policies: PoliciesInForce, principal: Principal, resource: string, clientAddress: string): boolean {
  return mayConnect(policies.current, { principal, resource: requireResourceName(resource), purpose: undefined, nowMs: now(), clientAddress }).kind === 'allow'
}

function policyEntry(policies: PolicySnapshot): EntryBody {
  const exceptions = policyExceptions(policies)
  return { kind: 'config.policy', version: policies.version, policies: policies.policies.map((policy) => policy.id).slice(0, 500), exceptions: exceptions.length === 0 ? undefined : exceptions.slice(0, 100), software: VERSION }
}

/** A change that its witnesses have not seen is in the log and not in force: the log says that, too. @throws as the recorder. */
async function recordChange(record: (body: EntryBody) => Promise<Receipt>, next: PolicySnapshot, current: string): Promise<void> {
  try {
    await record(policyEntry(next))
  } catch (error) {
    if (error instanceof Fault && error.code === 'quorum-missing') await record({ kind: 'config.rejected', reason: error.code, refused: next.version, version: current })
    throw error
  }
}

async function recordConfiguration(guard: Guard, { policies, classifications, config }: CheckedConfig, log: (line: string) => void): Promise<void> {
  await guard.record(policyEntry(policies))
  for (const [resource, classification] of classifications) {
    await guard.record({ kind: 'config.classification', resource, version: classification.version, tables: classification.tables.size, analysis: config.resources.get(resource)?.analysis === undefined ? 'upstream user' : 'own role' })
  }
  for (const exception of exceptionsInForce(config, now())) {
    const line = describeException(exception)
    if (line !== undefined) log(line)
    await guard.record(exceptionEntry(exception))
  }
}

/** Before any session: what an earlier process left is found first. Closed after the listeners, whose sessions hand in their last. */
async function openRecordings(checked: CheckedConfig, options: ServeOptions, record: (body: EntryBody) => Promise<Receipt>, opened: { close(): Promise<void> }[]): Promise<RecordingDesk | undefined> {
  const { recordings } = checked.config
  if (recordings === undefined) return undefined
  const desk = await RecordingDesk.open({ config: recordings, secret: (ref) => requireSecret(checked, ref), record, randomBytes, after, log: options.log })
  opened.push(desk)
  return desk
}

async function openResources(checked: CheckedConfig, options: ServeOptions, measured: MeasuredParts, opened: { close(): Promise<void> }[]): Promise<ReadonlyMap<string, PostgresResource>> {
  const reader = await startTextReader()
  opened.push({ close: () => { reader.close(); return Promise.resolve() } })
  // Tokens must stay the same from start to start.
  const tokenKey = await loadKey(checked.config.stateDir, 'token.key', randomBytes)
  const patients = new PatientBudget(now)
  const resources = new Map<string, PostgresResource>()
  for (const [name, config] of checked.config.resources) {
    const classification: Classification | undefined = checked.classifications.get(name)
    if (classification === undefined) throw new Fault('no-classification', `resource ${name} has no classification`)
    if (config.analysis === undefined) options.log(`warning: resource ${name} has no analysis role: the upstream's own user analyses, and statements with their literals appear in the server's log`)
    const resource = measured.resource(openPostgresResource({
      config, classification, reader, tokenKey, secret: (ref) => requireSecret(checked, ref), limits: limitsOf(checked), textLimits: { ...DEFAULT_TEXT_LIMITS, maxBytes: checked.config.limits.maxStatementBytes },
      ca: await readCa(config), randomBytes, now, patients,
    }))
    resources.set(name, resource)
    opened.push(resource)
  }
  return resources
}

async function readCa(config: ResourceConfig): Promise<string | undefined> {
  const { transport } = config.upstream
  return transport.kind === 'verify-full' && transport.caFile !== undefined ? readFile(transport.caFile, 'utf8') : undefined
}

function requireSecret(checked: CheckedConfig, ref: SecretRef): Sensitive<string> {
  const resolved = checked.secrets.resolve(ref)
  if (resolved.kind === 'missing') throw new Fault('missing-secret', resolved.why)
  return resolved.secret
}

function limitsOf({ config }: CheckedConfig): PostgresLimits {
  const { maxFrameBytes, maxStatementBytes, statementsPerConnection, startupMs } = config.limits
  return { maxFrameBytes, maxStatementBytes, statementsPerConnection, startupMs, analysisMs: 5_000 }
}

async function listenPostgres(checked: CheckedConfig, options: ServeOptions, guard: Guard, house: House, served: { readonly resources: ReadonlyMap<string, PostgresResource>; readonly recordings: RecordingDesk | undefined }, opened: { close(): Promise<void> }[]): Promise<{ readonly listener: PostgresListener; readonly address: ServedAddress } | undefined> {
  const { config } = checked
  const address = config.listen.postgres
  if (address === undefined) return undefined
  const { clients } = config
  const context = clients.kind === 'tls' ? makeServerContext(await readFile(clients.certFile, 'utf8'), new Sensitive(await readFile(clients.keyFile, 'utf8'))) : undefined
  const listener = new PostgresListener({
    tls: context === undefined ? undefined : { secureContext: () => context }, encryption: clients.kind === 'tls' ? 'required' : 'optional', tokens: clients.kind === 'tls' ? 'tls-only' : 'unsafely-anywhere',
    guard, identities: house.identities, ...served, sessions: house.sessions, cancels: new CancelRegistry(randomBytes), limits: limitsOf(checked), mockKey: house.loginKey.reveal(),
    bindingKey: await loadKey(config.stateDir, 'binding.key', randomBytes), mayClaim: (principal, purpose) => mayClaim(config.identity.purposes, principal, purpose), randomBytes, now, after, log: options.log,
  })
  const bound = await listener.listen(address.host, address.port)
  opened.push(listener)
  return { listener, address: bound }
}

async function listenConsole({ config }: CheckedConfig, options: ServeOptions, house: House, recordings: RecordingDesk | undefined, record: (body: EntryBody) => Promise<Receipt>, log: AuditLog, facts: { health: Health }, opened: { close(): Promise<void> }[]): Promise<ServedAddress | undefined> {
  const address = config.listen.console
  if (address === undefined) return undefined
  const { desk, sessions, revocations, local, policies } = house
  const { clients } = config
  const api = createAdminApi({
    version: VERSION, authentication: new AdminAuthentication(house.identities, record), log: options.log,
    operations: new AdminOperations({
      desk, sessions, revocations, local, administrators: config.identity.administrators, record, now, reload: () => policies.reload(), policyVersion: () => policies.current.version,
      recordings: toRecordingOperations(config, recordings, record),
    }),
  })
  const server = createConsoleServer({
    api, log: options.log, tls: clients.kind === 'tls' ? { cert: await readFile(clients.certFile, 'utf8'), key: await readFile(clients.keyFile, 'utf8') } : undefined,
    facts: {
      version: VERSION, health: () => facts.health, sessions: () => sessions.size, held: () => desk.waiting, resources: [...config.resources.keys()], origin: config.audit.origin, logSize: () => log.head.size,
    },
  })
  await new Promise<void>((resolve, reject) => { server.port.once('error', reject); server.port.listen(address.port, address.host, resolve) })
  opened.push(server)
  const bound = server.port.address()
  return bound === null || typeof bound === 'string' ? undefined : { host: address.host, port: bound.port }
}

function toRecordingOperations({ recordings: configured, identity }: CheckedConfig['config'], desk: RecordingDesk | undefined, record: (body: EntryBody) => Promise<Receipt>): RecordingOperations | undefined {
  if (configured === undefined || desk === undefined) return undefined
  const { viewers, custodians, retentionMs } = configured
  return new RecordingOperations({ archive: desk.archive, viewers, custodians, administrators: identity.administrators, retentionMs, record })
}
