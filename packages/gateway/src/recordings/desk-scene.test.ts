/** Recordings in a temporary folder, with a log that a test can slow down or break. (Named as a test so that the package is published without it.) */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { requireGroupId, Sensitive, type Principal, type PrincipalKind } from '@doorward/core'
import { ScriptedRecorder } from '@doorward/testkit'
import type { WriterLimits } from '@doorward/audit'
import type { RecordingsConfig } from '../config/index.ts'
import { RecordingDesk, type Recorded } from './recording-desk.ts'

export class DeskScene {
  readonly dir = mkdtempSync(join(tmpdir(), 'doorward-recordings-'))
  readonly recorder = new ScriptedRecorder()
  readonly said: string[] = []
  #tenantKey = '11'.repeat(32)

  open(limits?: WriterLimits): Promise<RecordingDesk> {
    const config: RecordingsConfig = { dir: this.dir, tenantKey: { kind: 'env', name: 'K' }, olderTenantKeys: [], retentionMs: 1e9, viewers: [requireGroupId('viewers')], custodians: [requireGroupId('custodians')] }
    return RecordingDesk.open({
      config, secret: () => new Sensitive(this.#tenantKey), record: this.recorder.record, randomBytes, log: (line) => { this.said.push(line) },
      after: (delayMs, run) => { const timer = setTimeout(run, Math.min(delayMs, 20)); timer.unref(); return () => { clearTimeout(timer) } }, ...(limits === undefined ? {} : { limits }),
    })
  }

  lock(): void { this.#tenantKey = 'not a key' }

  bytes(): string { return readdirSync(this.dir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map((one) => readFileSync(join(one.parentPath, one.name), 'latin1')).join('\n') }

  remove(): void { rmSync(this.dir, { recursive: true, force: true }) }
}

export function person(name: string, groups: readonly string[] = [], kind: PrincipalKind = 'human', actingFor?: Principal): Principal {
  return { name, kind, issuer: 'local', subject: name, groups: groups.map(requireGroupId), actingFor, authentication: { method: 'm', amr: [], acr: undefined, atMs: 0, expiresAtMs: undefined } }
}

export function recorded(number: number, principal = person('evan')): Recorded {
  return { session: String(number).padStart(32, '0'), principal, resource: 'clinic', protocol: 'postgres', client: '127.0.0.1:5', why: 'resource' }
}

test('a desk begins and ends recordings, and finds what another left', async () => {
  const scene = new DeskScene()
  try {
    const desk = await scene.open()
    const writer = await desk.begin(recorded(1, person('scout', [], 'agent', person('ann'))))
    assert.equal(desk.active, 1)
    writer.write({ t: 1, k: 'in', text: 'canary' })
    await desk.end(writer, 'done')
    assert.equal(desk.active, 0)
    await desk.begin(recorded(2))
    await assert.rejects(scene.open(), { code: 'locked' })
    await desk.close()
    assert.deepEqual(scene.recorder.kinds, ['recording.open', 'recording.segment', 'recording.close', 'recording.open', 'recording.segment', 'recording.close'])
    const [left] = await (await scene.open()).archive.list(({ record }) => record.actingFor.length > 0, 9)
    assert.deepEqual(left?.record.actingFor, [{ issuer: 'local', subject: 'ann', name: 'ann' }])
    assert.ok(!scene.bytes().includes('canary'))
    scene.lock()
    await assert.rejects(scene.open(), { code: 'tenant-key' })
  } finally {
    scene.remove()
  }
})
