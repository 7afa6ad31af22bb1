/** A permitted statement without a session around it, for tests of what is pure. A piece of the tests. */
import { requireResourceName, requireSessionId, type Obligation } from '@doorward/core'
import { createGuard, type Permitted } from '@doorward/guard'
import { ScriptedRecorder } from '@doorward/testkit'
import type { StatementPlan } from '@doorward/sql'
import { decodeBackend } from '../../backend.ts'
import { encodeBackend } from '../../backend-encode.ts'
import type { BackendMessage } from '../../backend-message.ts'
import { FrameReader, type Frame } from '../../frame.ts'
import { upstreamFrameLimit } from '../../limits.ts'
import { prepareAnswer, type Answer } from '../answer.ts'
import type { Batch, RunFacts } from '../statement-run.ts'
import { TRANSFORMS } from './rig.test.ts'
import { textField } from './scripted-server.test.ts'

export const PLAN: StatementPlan = {
  understanding: {
    kind: 'understood', command: 'SELECT', effects: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined,
    outputs: [{ name: 'a', typeId: 25, sources: [{ column: { relation: 'clinic.patients', column: 'name', class: 'name' }, flow: 'copied' }] }],
  },
  changes: [], tags: ['SELECT'], fields: [textField('a')], parameterTypes: [], copy: undefined, dependsOnDefinitions: false, local: undefined, needsPrepared: undefined,
  catalogTexts: [], functionResults: [], source: undefined, explain: undefined,
}

export const newBatch = (): Batch => ({ sent: 'something', upstream: 'good', state: 'good' })

/** A permit as the guard gives it. */
export async function permitted(plan: StatementPlan, obligations: readonly Obligation[] = []): Promise<Permitted<Answer>> {
  const grounds = { policies: [], version: 'v', why: 'the test says so' }
  const guard = createGuard({
    decide: () => ({ kind: 'allow', obligations, ...grounds }), mayConnect: () => ({ kind: 'allow', obligations: [], ...grounds }), awaitApproval: () => Promise.resolve({ kind: 'expired' }),
    record: new ScriptedRecorder().record, now: () => 0,
  })
  const admitted = await guard.admit({
    id: requireSessionId('0'.repeat(32)), resource: requireResourceName('clinic'), clientAddress: '', protocol: 'postgres', details: {}, standing: () => ({ kind: 'good' }),
    principal: { name: 'n', kind: 'human', issuer: 'local', subject: 'n', groups: [], actingFor: undefined, authentication: { method: 'm', amr: [], acr: undefined, atMs: 0, expiresAtMs: undefined } },
  }, undefined)
  if (admitted.kind !== 'admitted') throw new Error('not admitted')
  const answer = await admitted.admission.submit<Answer>({
    statement: plan.understanding, identity: { digest: '', fingerprint: '', redactedText: '' }, purpose: undefined, signal: new AbortController().signal,
    transform: { prepare: (given) => prepareAnswer(plan, TRANSFORMS, given, { text: '', bind: undefined }) },
    hold: {
      mode: 'wait', grant: undefined, parameters: () => undefined, details: () => Promise.resolve({ estimatedRows: undefined, behind: [] }), onAsked: () => undefined,
      stillMeans: () => Promise.resolve('the-same'),
    },
  })
  if (answer.kind !== 'permitted') throw new Error(`not permitted: ${answer.message}`)
  return answer
}

export const MASK: Obligation = { kind: 'mask', texts: 'rewrite', outputs: [{ output: 0, operator: 'redact', class: 'name', copied: true }] }

export async function factsOf(over: Partial<RunFacts> = {}, obligations: readonly Obligation[] = []): Promise<RunFacts> {
  const plan = over.plan ?? PLAN
  return {
    plan, permitted: await permitted(plan, obligations), prologue: [], description: 'shown', progress: { rows: 0, fields: undefined }, confirm: 'done',
    confirmUnchanged: () => Promise.resolve('unchanged'), batch: newBatch(), ...over,
  }
}

/** A message as the upstream's reader hands it out. */
export function frameOf(message: BackendMessage): Frame {
  const reader = new FrameReader(upstreamFrameLimit())
  reader.push(encodeBackend(message))
  const frame = reader.next()
  if (frame === undefined) throw new Error('no frame')
  return frame
}

/** What buffers say, by kind; rows and texts with their content. */
export function kindsOf(out: readonly Buffer[]): readonly string[] {
  const reader = new FrameReader(upstreamFrameLimit())
  const kinds: string[] = []
  for (const bytes of out) {
    reader.push(bytes)
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      const message = decodeBackend(frame)
      switch (message.kind) {
        case 'dataRow': kinds.push(`row ${message.cells.map(String).join('|')}`); break
        case 'copyData': kinds.push(`copy ${message.data.toString()}`); break
        case 'errorResponse': case 'noticeResponse': kinds.push(`${message.kind === 'errorResponse' ? 'error' : 'notice'} ${message.fields.get('M') ?? ''}`); break
        case 'commandComplete': kinds.push(message.tag); break
        default: kinds.push(message.kind)
      }
    }
  }
  return kinds
}

export const errorMessage = (state: string, text: string, severity = 'ERROR'): BackendMessage => ({ kind: 'errorResponse', fields: new Map([['S', severity], ['V', severity], ['C', state], ['M', text]]) })
