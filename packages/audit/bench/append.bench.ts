/**
 * Durable appends per second at 1, 16 and 64 callers, and entries verified per second. Run:
 * `node --conditions=doorward-source packages/audit/bench/append.bench.ts [folder] [seconds]`; the folder's disk is what is measured.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { directorySource, openAuditLog, toSigner, verifyLog, type AuditLog } from '@doorward/audit'
import type { EntryBody } from '@doorward/core'

const ORIGIN = 'example.org/audit/bench'
const CALLERS = [1, 16, 64] as const

/** About what the gateway records for one statement: 600 bytes. */
function toIntent(session: string, seq: number): EntryBody {
  return {
    kind: 'intent', session, seq, statement: `${session}.${seq}`, resource: 'clinic', client: '10.1.2.3:50412', purpose: 'TREAT',
    principal: { issuer: 'https://id.example.org', subject: 'u-1842', name: 'clerk', kind: 'human', groups: ['front-desk'] },
    what: { command: 'SELECT', digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', fingerprint: '50fde20626009aba', text: 'select first_name, last_name from clinic.patients where id = ?' },
    effects: [{ action: 'read', object: 'clinic.patients', columns: ['first_name', 'last_name', 'id'], classes: ['name', 'none'] }],
    decision: { kind: 'allow', policies: [{ id: 'clerks-read', effect: 'allow' }], version: '0b5e' },
  }
}

async function measureAppends(log: AuditLog, callers: number, forMs: number): Promise<{ readonly perSecond: number; readonly p50: number; readonly p99: number }> {
  const until = performance.now() + forMs
  const waits: number[] = []
  const started = performance.now()
  await Promise.all(Array.from({ length: callers }, async (_, caller) => {
    const session = `${callers}-${caller}`.padStart(32, '0')
    const append = async (body: EntryBody): Promise<void> => {
      const before = performance.now()
      await log.append(body)
      waits.push(performance.now() - before)
    }
    for (let seq = 1; performance.now() < until; seq += 2) {
      // Each is waited for. (An outcome would be the shorter one, but nobody waits for an outcome.)
      await append(toIntent(session, seq))
      await append({ kind: 'refusal', session, seq: seq + 1, statement: `${session}.${seq + 1}`, resource: 'clinic', client: '10.1.2.3:50412', reason: 'forbidden', message: 'no policy allows it' })
    }
  }))
  const seconds = (performance.now() - started) / 1000
  waits.sort((a, b) => a - b)
  return { perSecond: waits.length / seconds, p50: waits[Math.floor(waits.length / 2)] ?? 0, p99: waits[Math.floor(waits.length * 0.99)] ?? 0 }
}

async function main(): Promise<void> {
  const parent = process.argv[2] ?? tmpdir()
  const forMs = Number(process.argv[3] ?? 2) * 1000
  const dir = await mkdtemp(join(parent, 'doorward-bench-'))
  try {
    const key = toSigner(ORIGIN, Buffer.alloc(32, 1))
    const log = await openAuditLog({ dir, origin: ORIGIN, key })
    await measureAppends(log, 8, 300)
    for (const callers of CALLERS) {
      const { perSecond, p50, p99 } = await measureAppends(log, callers, forMs)
      console.log(`append, ${callers} callers: ${Math.round(perSecond)} per second, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`)
    }
    await log.close()
    for (const entries of ['opaque', 'doorward'] as const) {
      const started = performance.now()
      const before = process.threadCpuUsage()
      const result = await verifyLog({ source: directorySource(dir), verifierKey: key.verifierKey.text, entries })
      const seconds = (performance.now() - started) / 1000
      // What is hashed and checked is on this thread: what it would do on a machine that has nothing else to do.
      const { user, system } = process.threadCpuUsage(before)
      const read = 'report' in result ? result.report.entriesRead : 0
      console.log(`verify, ${entries}: ${Math.round(read / seconds)} entries per second, ${Math.round(read / ((user + system) / 1_000_000))} per second of its processor time, ${read} entries, ${result.kind}`)
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

await main()
