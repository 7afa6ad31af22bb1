/**
 * A session with everything around it scripted: client, upstream, recorder, clock, policy, understanding, transforms. What is real is what
 * is tested: the session, its exchange, its runs, and the guard's path. A piece of the tests.
 */
import { requireResourceName, requireSessionId, Sensitive, type Decision, type DecisionRequest, type Obligation } from '@doorward/core'
import { createGuard, type Admission, type Approval, type Guard, type HoldRequest, type Standing } from '@doorward/guard'
import { FakeClock, fieldText, ScriptedRecorder, socketPair, turns, type Cut, type ScriptedSocket } from '@doorward/testkit'
import { FrameReader } from '../../frame.ts'
import { clientFrameLimit, upstreamFrameLimit } from '../../limits.ts'
import type { PostgresLimits } from '../../postgres-limits.ts'
import type { TransformFactory } from '../answer.ts'
import { KeptAnswers } from '../kept-answers.ts'
import { encodeEvent } from '@doorward/audit'
import { PostgresRecording } from '../../recording/postgres-recording.ts'
import { SessionNames } from '../session-names.ts'
import { PostgresSession, type SessionParts } from '../session.ts'
import { ScriptedClient } from './scripted-client.test.ts'
import { ScriptedServer, type Reply } from './scripted-server.test.ts'
import { StandInUnderstander, type Meaning } from './stand-in-understander.test.ts'

export interface RigOptions {
  readonly meanings?: Readonly<Record<string, Meaning>>
  readonly replies?: Readonly<Record<string, Reply>>
  /** By the object a statement reads; what is not here is allowed. */
  readonly rules?: Readonly<Record<string, Rule>>
  readonly limits?: Partial<PostgresLimits>
  readonly approve?: (request: HoldRequest, signal: AbortSignal) => Promise<Approval>
  readonly transforms?: Partial<TransformFactory>
  /** Client to gateway. */
  readonly clientCut?: Cut
  /** Upstream to gateway. */
  readonly upstreamCut?: Cut
  readonly highWaterMark?: number
  /** In place of the rig's own guard, and what its sessions stand on. */
  readonly guard?: Guard
  readonly standing?: () => Standing
  /** The session is recorded from its start, into memory. */
  readonly recorded?: 'always'
  /** The client has gone while the session was being made. */
  readonly early?: 'client gone'
}

/** `mask`: every output becomes `***`. A number: at most so many rows. */
export type Rule = 'allow' | 'deny' | 'hold' | 'throw' | 'mask' | number | ((request: DecisionRequest) => Decision)

export interface Rig {
  readonly client: ScriptedClient
  readonly server: ScriptedServer
  readonly session: PostgresSession
  /** The gateway's ends. */
  readonly clientEnd: ScriptedSocket
  readonly upstreamEnd: ScriptedSocket
  readonly admission: Admission
  readonly names: SessionNames
  readonly recorder: ScriptedRecorder
  readonly clock: FakeClock
  readonly understander: StandInUnderstander
  readonly rules: Map<string, Rule>
  readonly alerts: string[]
  /** Set it to end the session's standing. */
  standing: Standing
  /** CancelRequests that were sent to the upstream. */
  readonly cancels: () => number
  /** Requests that waited for people. */
  readonly held: HoldRequest[]
  readonly activity: () => number
  /** Resolves when the session is over. */
  readonly over: Promise<void>
  readonly isOver: () => boolean
  /** Entries of statements, one word each: `intent`, `refusal:policy`, `outcome:done`. */
  readonly story: () => readonly string[]
}

const LIMITS: PostgresLimits = { maxFrameBytes: 1024 * 1024, maxStatementBytes: 64 * 1024, statementsPerConnection: 8_000, startupMs: 1_000, analysisMs: 1_000 }
const GROUNDS = { policies: [], version: 'v1', why: 'the test says so' } as const

export async function openRig(options: RigOptions = {}): Promise<Rig> {
  const [clientEnd, gatewayClientEnd] = socketPair({ ...(options.clientCut === undefined ? {} : { cut: options.clientCut }), ...high(options.highWaterMark) })
  const [upstreamEnd, gatewayUpstreamEnd] = socketPair({ ...(options.upstreamCut === undefined ? {} : { cut: options.upstreamCut }), ...high(options.highWaterMark) })
  const server = new ScriptedServer(upstreamEnd, new Map(Object.entries(options.replies ?? {})))
  const client = new ScriptedClient(clientEnd)
  const clock = new FakeClock()
  const recorder = new ScriptedRecorder()
  const understander = new StandInUnderstander(new Map(Object.entries(options.meanings ?? {})))
  const rules = new Map<string, Rule>(Object.entries(options.rules ?? {}))
  const alerts: string[] = []
  const held: HoldRequest[] = []
  const counts = { cancels: 0, activity: 0, over: 'no' as 'no' | 'yes' }
  const state: { standing: Standing } = { standing: { kind: 'good' } }
  const guard = options.guard ?? createGuard({
    decide: (request) => decide(rules, request),
    mayConnect: () => ({ kind: 'allow', obligations: [], ...GROUNDS }),
    awaitApproval: (request, signal) => { held.push(request); return (options.approve ?? disapprove)(request, signal) },
    record: recorder.record, now: clock.now,
  })
  const admitted = await guard.admit({
    id: requireSessionId('00000000000000000000000000000001'), resource: requireResourceName('clinic'), clientAddress: '192.0.2.1:5000', protocol: 'postgres', details: {},
    standing: options.standing ?? (() => state.standing),
    principal: { name: 'nadia', kind: 'human', issuer: 'local', subject: 'nadia', groups: [], actingFor: undefined, authentication: { method: 'scram-sha-256', amr: [], acr: undefined, atMs: clock.now(), expiresAtMs: undefined } },
  }, undefined)
  if (admitted.kind !== 'admitted') throw new Error('the rig was not admitted')
  const names = new SessionNames()
  const recording = options.recorded === undefined ? undefined : await recordInMemory(gatewayClientEnd)
  const parts = {
    client: { ...(recording === undefined ? { stream: gatewayClientEnd } : { stream: recording.stream, recording }), reader: new FrameReader(clientFrameLimit(LIMITS.maxFrameBytes)) },
    upstream: { stream: gatewayUpstreamEnd, reader: new FrameReader(upstreamFrameLimit()) },
    admission: admitted.admission, names, understander, transforms: { ...TRANSFORMS, ...options.transforms }, limits: { ...LIMITS, ...options.limits },
    bindingKey: new Sensitive(Buffer.alloc(32, 7)), mayClaim: () => true,
    cancelUpstream: () => { counts.cancels += 1; server.cancel(); return Promise.resolve() },
    alert: (what: string) => { alerts.push(what) }, onActivity: () => { counts.activity += 1 }, onEnd: () => undefined,
  }
  if (options.early === 'client gone') {
    gatewayClientEnd.resume()
    clientEnd.vanish()
    await turns(3)
  }
  // Stand-ins have the public shape of what they stand for.
  const session = new PostgresSession(parts as unknown as SessionParts)
  const serving = server.run()
  // As the listener does: once the session is over, the client's end is closed as soon as what was written is out.
  const ended = (): void => { counts.over = 'yes' }
  const over = session.run().then(ended, ended).then(() => recording?.finish('over')).finally(() => { gatewayClientEnd.destroySoon() })
  await turns(1)
  void serving
  return {
    client, server, session, clientEnd: gatewayClientEnd, upstreamEnd: gatewayUpstreamEnd, admission: admitted.admission, names, recorder, clock, understander, rules, alerts, held, over,
    get standing() { return state.standing },
    set standing(standing: Standing) { state.standing = standing },
    cancels: () => counts.cancels, activity: () => counts.activity, isOver: () => counts.over === 'yes',
    story: () => recorder.entries.filter(({ kind }) => kind === 'intent' || kind === 'refusal' || kind === 'outcome').map((entry) => {
      const detail = fieldText(entry, entry.kind === 'outcome' ? 'status' : 'reason')
      return detail === '' ? entry.kind : `${entry.kind}:${detail}`
    }),
  }
}

/** Takes a turn of the event loop for everything, as a disk would. */
async function recordInMemory(client: ScriptedSocket): Promise<PostgresRecording> {
  const lines: string[] = []
  const recording = new PostgresRecording(client, {
    begin: () => Promise.resolve({
      writer: { hasFailed: false, elapsedMs: 0, failed: new Promise(() => undefined), write: (event) => { lines.push(encodeEvent(event)) }, room: () => turns(1) }, end: () => Promise.resolve(),
    }),
    // A scripted client takes its last bytes in the end, or is gone.
    failed: (fault) => { throw fault }, after: () => () => undefined,
  })
  await recording.start('the test says so')
  return recording
}

function high(highWaterMark: number | undefined): { highWaterMark?: number } { return highWaterMark === undefined ? {} : { highWaterMark } }

function disapprove(): Promise<Approval> { return Promise.resolve({ kind: 'disapproved', why: 'nobody is here' }) }

/** Approved by one person, usable once. */
export function approved(): Approval { return { kind: 'approved', by: ['local|ines'], reference: 'A-1', use: () => Promise.resolve('used') } }

function decide(rules: ReadonlyMap<string, Rule>, request: DecisionRequest): Decision {
  const { statement } = request
  const object = statement.kind === 'opaque' ? statement.objects[0] : statement.effects[0]?.object
  const rule = rules.get(object ?? '') ?? (statement.kind === 'opaque' ? 'deny' : 'allow')
  if (typeof rule === 'function') return rule(request)
  const outputs = statement.kind === 'opaque' ? [] : statement.outputs
  const mask: Obligation = { kind: 'mask', texts: 'rewrite', outputs: outputs.map((_, output) => ({ output, operator: 'redact', class: 'name', copied: true })) }
  switch (rule) {
    case 'allow': return { kind: 'allow', obligations: [], ...GROUNDS }
    case 'mask': return { kind: 'allow', obligations: [mask], ...GROUNDS }
    case 'deny': return { kind: 'deny', reason: 'policy', refusal: `${object ?? 'it'} may not be read`, next: 'ask the data owner', ...GROUNDS }
    case 'hold': return { kind: 'hold', by: [], quorum: 1, expiresMs: 60_000, obligations: [], ...GROUNDS }
    case 'throw': throw new Error('the policy engine failed')
    default: return { kind: 'allow', obligations: [{ kind: 'limit', rowsPerStatement: rule, patientsPerHour: undefined }], ...GROUNDS }
  }
}

/** `***` for every masked output, in rows and COPY lines alike; errors keep their SQLSTATE only. */
export const TRANSFORMS: TransformFactory = {
  planRows: (fields, masks) => ({
    kind: 'plan',
    transform: {
      identity: masks.length === 0,
      transformDataRow: (body) => (masks.length === 0 ? body : maskRow(body, fields.length, new Set(masks.map((mask) => mask.output)))),
    },
  }),
  planCopy: (_plan, masks) => {
    let rows = 0
    return {
      kind: 'plan',
      transform: {
        push: (data) => { rows += data.toString().split('\n').length - 1; return masks.length === 0 ? data : Buffer.from(data.toString().replaceAll(/[^\t\n]+/g, '***')) },
        end: () => Buffer.alloc(0),
        get rows() { return rows },
      },
    }
  },
  tally: () => undefined,
  kept: new KeptAnswers(),
  rewriteNotice: (fields) => new Map([['S', 'ERROR'], ['V', fields.get('V') ?? 'ERROR'], ['C', fields.get('C') ?? 'XX000'], ['M', 'rewritten']]),
}

function maskRow(body: Buffer, columns: number, masked: ReadonlySet<number>): Buffer {
  const count = body.readUInt16BE(0)
  if (count !== columns) throw new Error(`a row of ${count} columns, expected ${columns}`)
  const out: Buffer[] = [body.subarray(0, 2)]
  let at = 2
  for (let column = 0; column < count; column += 1) {
    const length = body.readInt32BE(at)
    const end = at + 4 + Math.max(0, length)
    if (end > body.length) throw new Error('a row that ends early')
    out.push(masked.has(column) && length >= 0 ? Buffer.from([0, 0, 0, 3, 0x2a, 0x2a, 0x2a]) : body.subarray(at, end))
    at = end
  }
  return Buffer.concat(out)
}
