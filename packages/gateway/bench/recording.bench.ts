/**
 * What recording costs: rows as they are delivered, read, sealed and written; and a session that could be recorded and is not. Run:
 * `node --conditions=doorward-source packages/gateway/bench/recording.bench.ts [rows] [folder]`; the folder's disk is part of what is measured.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { Duplex } from 'node:stream'
import { Sensitive } from '@doorward/core'
import { encodeBackend, encodeDataRow } from '../src/protocols/postgres/backend-encode.ts'
import { PostgresRecording } from '../src/protocols/postgres/recording/postgres-recording.ts'
import { RecordingDesk } from '../src/recordings/recording-desk.ts'

const ROWS = Number(process.argv[2] ?? 200_000)
const FOLDER = process.argv[3] ?? tmpdir()
/** As a session gathers them. */
const WRITE_BYTES = 64 * 1024

/** A client that takes everything at once. */
class Sink extends Duplex {
  override _read(): void { return }
  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void { done() }
}

function rowsOf(count: number): readonly Buffer[] {
  const writes: Buffer[] = []
  let gathered: Buffer[] = []
  let bytes = 0
  for (let n = 0; n < count; n += 1) {
    const row = encodeDataRow([String(n), 'tok_mrn_f42uyn2ozgeqv3w6f4vlfrll57', '[redacted]', '1987-01-01', '[redacted]', '507'].map((cell) => Buffer.from(cell)))
    gathered.push(row)
    bytes += row.length
    if (bytes >= WRITE_BYTES) { writes.push(Buffer.concat(gathered)); gathered = []; bytes = 0 }
  }
  return [...writes, Buffer.concat([...gathered, encodeBackend({ kind: 'commandComplete', tag: `SELECT ${count}` }), encodeBackend({ kind: 'readyForQuery', status: 'I' })])]
}

interface Spent { readonly ms: number; /** Of this process, all threads: what a busy machine does not distort. */ readonly cpuMs: number }

async function send(stream: Duplex, writes: readonly Buffer[]): Promise<Spent> {
  const started = performance.now()
  const before = process.cpuUsage()
  for (const bytes of writes) if (!stream.write(bytes)) await new Promise<void>((resolve) => { stream.once('drain', resolve) })
  stream.end()
  if (!stream.writableFinished) await new Promise<void>((resolve) => { stream.once('finish', resolve) })
  const { user, system } = process.cpuUsage(before)
  return { ms: performance.now() - started, cpuMs: (user + system) / 1_000 }
}

const dir = await mkdtemp(join(FOLDER, 'doorward-recording-'))
const after = (delayMs: number, run: () => void): (() => void) => { const timer = setTimeout(run, delayMs); return () => { clearTimeout(timer) } }
const desk = await RecordingDesk.open({
  config: { dir, tenantKey: { kind: 'env', name: 'K' }, olderTenantKeys: [], retentionMs: 1, viewers: [], custodians: [] }, secret: () => new Sensitive('00'.repeat(32)),
  record: () => Promise.resolve({ origin: 'bench', index: 0 }), randomBytes, after, log: () => undefined,
})
const writes = rowsOf(ROWS)
const wireMb = writes.reduce((sum, one) => sum + one.length, 0) / 1e6
const statement = '0'.repeat(32)

async function measure(how: 'bare' | 'dormant' | 'recorded', round: number): Promise<void> {
  const sink = new Sink()
  if (how === 'bare') { report(how, await send(sink, writes)); return }
  const session = String(round).padStart(32, '0')
  const recording = new PostgresRecording(sink, {
    begin: async (why) => { const writer = await desk.begin({ session, resource: 'clinic', protocol: 'postgres', client: 'c', why, principal: { name: 'n', kind: 'human', issuer: 'local', subject: 'n', groups: [], actingFor: undefined, authentication: { method: 'm', amr: [], acr: undefined, atMs: 0, expiresAtMs: undefined } } }); return { writer, end: (reason) => desk.end(writer, reason) } },
    failed: (fault) => { throw fault }, after,
  })
  recording.stream.resume()
  if (how === 'recorded') await recording.start('bench')
  void recording.permitted({ statement: `${statement}.1` as never, text: 'select', bind: undefined, parameterTypes: [], fields: undefined }, () => Promise.resolve())
  const sent = await send(recording.stream, writes)
  const started = performance.now()
  await recording.finish('done')
  report(how, sent, performance.now() - started)
}

function report(how: string, { ms, cpuMs }: Spent, closeMs = 0): void {
  process.stdout.write(`${how.padEnd(9)} ${ROWS} rows, ${wireMb.toFixed(1)} MB on the wire: ${ms.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of CPU, ${(cpuMs * 1000 / ROWS).toFixed(2)} us of it a row, ${(wireMb * 1000 / cpuMs).toFixed(0)} MB for a second of it${closeMs === 0 ? '' : `; closing ${closeMs.toFixed(0)} ms`}\n`)
}

for (let round = 1; round <= 3; round += 1) for (const how of ['bare', 'dormant', 'recorded'] as const) await measure(how, round * 10 + (how === 'recorded' ? 1 : 0))
await desk.close()
await rm(dir, { recursive: true })
