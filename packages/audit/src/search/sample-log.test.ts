/** A log as a gateway writes it, with every kind of entry that reports are about. (Named as a test so that the package is published without it.) */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EntryBody, Json } from '@doorward/core'
import type { AuditLog } from '../log/audit-log.ts'
import { Gateway, toSource } from '../verify/memory-log.test.ts'
import type { LogSource } from '../verify/source.ts'

export const DANA = { issuer: 'https://id.example.org', subject: 'u-1842', name: 'dana' }
export const SCOUT = { issuer: 'local', subject: 'scout', name: 'scout' }
/** Digests are 32 hexadecimal digits; these stand for patients 1 to 3. */
export const [PATIENT_1, PATIENT_2, PATIENT_3] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string]

interface Statement {
  readonly objects: readonly { readonly object: string; readonly action?: string; readonly columns?: readonly string[]; readonly classes: readonly string[] }[]
  readonly masks?: readonly { readonly class: string; readonly operator: string }[]
  readonly patients?: Json
  readonly rows?: number
  readonly status?: string
  readonly purpose?: string
}

/** One session of a principal, with helpers for what happens in it. */
class SampleSession {
  readonly #log: AuditLog
  readonly #gateway: Gateway
  readonly #id: string
  readonly #principal: { readonly [key: string]: Json }
  #seq = 0
  #statements = 0

  constructor(gateway: Gateway, log: AuditLog, id: string, principal: { readonly [key: string]: Json }) {
    this.#gateway = gateway
    this.#log = log
    this.#id = id.padStart(32, '0')
    this.#principal = principal
  }

  async #record(body: EntryBody): Promise<number> {
    this.#gateway.clock.move(1_000)
    return (await this.#log.append({ ...body, session: this.#id, seq: ++this.#seq })).index
  }

  async open(details: { readonly [key: string]: Json } = {}): Promise<void> {
    await this.#record({
      kind: 'session.open', principal: { ...this.#principal, kind: 'human', groups: ['clinicians'], method: 'oidc', amr: ['mfa'] }, resource: 'clinic', protocol: 'postgres', client: '10.0.0.7:50123',
      details: { tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384', protocolMinor: 0, ...details }, decision: { kind: 'allow', policyVersion: 'v1', policies: [] },
    })
  }

  async statement({ objects, masks, patients, rows, status, purpose }: Statement): Promise<number> {
    const statement = `${this.#id}.${++this.#statements}`
    const intent = await this.#record({
      kind: 'intent', statement, principal: this.#principal, resource: 'clinic', purpose: purpose ?? 'TREAT', client: '10.0.0.7:50123',
      what: { command: 'SELECT', digest: 'd', fingerprint: 'f', text: 'select * from clinic.patients where id = ?', effects: objects.map((one) => ({ action: 'read', objectKind: 'relation', ...one })) },
      decision: {
        kind: 'allow', why: 'allowed', policyVersion: 'v1', policies: [{ id: 'clinicians-treat', effect: 'allow' }],
        obligations: masks === undefined ? [] : [{ kind: 'mask', outputs: masks.map((mask, output) => ({ output, ...mask })), masked: masks.length }],
      },
    })
    await this.#record({ kind: 'outcome', statement, intent, status: status ?? 'done', result: 'SELECT 1', rows: rows ?? 1, bytes: 100, durationMs: 2, patients })
    return intent
  }

  async refused(): Promise<number> {
    return this.#record({
      kind: 'refusal', statement: `${this.#id}.${++this.#statements}`, principal: this.#principal, resource: 'clinic', reason: 'masked-flow', message: 'refused: clinic.patients.ssn is masked for you',
      what: { command: 'SELECT', effects: [{ action: 'read', object: 'clinic.patients', columns: ['ssn'], classes: ['ssn'] }] }, decision: { kind: 'deny', why: 'masked', policyVersion: 'v1', policies: [] },
    })
  }

  async close(reason = 'client left'): Promise<void> {
    await this.#record({ kind: 'session.close', reason, statements: this.#statements, count: this.#seq + 1 })
  }
}

const PATIENTS = { object: 'clinic.patients', columns: ['id', 'mrn', 'ssn', 'dob'], classes: ['mrn', 'ssn', 'date', 'none'] }
const NOTES = { object: 'clinic.notes', columns: ['body'], classes: ['free-text'] }

/**
 * Dana reads patients 1 and 2 in clear and the notes of 2; scout, an agent acting for her, reads 2 masked, is refused, and runs one whose patients are not
 * known. Then a restart after a kill, and somebody fails to log in.
 */
export async function toSampleLog(): Promise<{ readonly gateway: Gateway; readonly source: LogSource }> {
  const gateway = new Gateway()
  const first = await gateway.open()
  await first.append({ kind: 'config.policy', version: 'v1', policies: ['clinicians-treat', 'agents-read-masked'], software: '0.1.0', exceptions: [{ policy: 'agents-read-masked', allow: 'equality', classes: ['mrn'] }] })
  await first.append({ kind: 'config.classification', resource: 'clinic', version: 'c1', tables: 9, analysis: 'own role' })
  await first.append({ kind: 'config.exception', setting: 'unsafelyAllowPlaintext', resource: 'clinic', standing: 'explained', rationale: 'on this machine', by: 'security officer', expires: '2027-12-31' })
  await first.append({ kind: 'config.exception', setting: 'unsafelyAllowPlaintextClients', standing: 'unexplained' })
  const dana = new SampleSession(gateway, first, 'd1', DANA)
  await dana.open()
  await dana.statement({ objects: [PATIENTS], patients: { digests: [PATIENT_1, PATIENT_2] }, rows: 2 })
  await dana.statement({ objects: [NOTES], patients: { digests: [PATIENT_2] } })
  await dana.close()
  const scout = new SampleSession(gateway, first, 'a1', { ...SCOUT, actingFor: DANA })
  await scout.open()
  await scout.statement({ objects: [PATIENTS], masks: [{ class: 'mrn', operator: 'token' }, { class: 'ssn', operator: 'redact' }, { class: 'date', operator: 'year' }], patients: { digests: [PATIENT_2] }, purpose: 'HOPERAT' })
  await scout.refused()
  await scout.statement({ objects: [PATIENTS], masks: [{ class: 'mrn', operator: 'token' }, { class: 'ssn', operator: 'redact' }, { class: 'date', operator: 'year' }], patients: { digests: [], unknown: 'the answer holds no column that names the patient' }, rows: 7, purpose: 'HOPERAT' })
  await scout.close('idle')
  await first.append({ kind: 'approval.approved', request: 'abc', by: DANA })
  await first.checkpoint()
  gateway.disk.arm({ kind: 'kill', at: 0 })
  await assert.rejects(first.append({ kind: 'alert' }))
  gateway.disk.restart({ kind: 'all' })
  gateway.clock.move(3_600_000)
  const second = await gateway.open()
  await second.append({ kind: 'config.policy', version: 'v2', policies: ['clinicians-treat'], software: '0.1.0' })
  await second.append({ kind: 'auth.fail', protocol: 'postgres', client: '10.0.0.9:1', user: 'dana', reason: 'wrong secret' })
  await second.append({ kind: 'revocation', principal: SCOUT, by: DANA })
  const more = new SampleSession(gateway, second, 'd2', DANA)
  await more.open()
  await more.statement({ objects: [PATIENTS], patients: { digests: [PATIENT_3], more: 4 }, rows: 5, status: 'stopped' })
  await more.close()
  await second.close()
  return { gateway, source: toSource(gateway.files()) }
}

test('the sample log is a log as a gateway writes it', async () => {
  const { source } = await toSampleLog()
  assert.ok((await source.read('checkpoint')) !== undefined)
})
