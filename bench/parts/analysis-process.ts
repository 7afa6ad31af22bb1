/**
 * Understanding and decision alone, inside one process: what a statement costs before it is recorded. Arguments: configuration file, times.
 * Composed as the gateway is; the parts are taken out through the seam of compose.ts.
 */
import { performance } from 'node:perf_hooks'
import { requireResourceName, type DecisionRequest, type GroupId, type Principal, type Understanding } from '@doorward/core'
import type { GuardPorts } from '@doorward/guard'
import type { SessionView } from '@doorward/sql'
import { composeWith } from '../../packages/gateway/src/compose.ts'
import type { PostgresResource } from '../../packages/gateway/src/protocols/postgres/resource.ts'
import type { Understander } from '../../packages/gateway/src/protocols/postgres/understand/understander.ts'
import { MAX_KEPT_TEXT } from '../../packages/gateway/src/protocols/postgres/understand/plan-cache.ts'
import { toPercentiles, type Percentiles } from '../load/job.ts'

const [configFile = '', timesText = '1000'] = process.argv.slice(2)
const times = Number(timesText)
const found: { ports?: GuardPorts; resource?: PostgresResource } = {}
const served = await composeWith({ configFile, env: process.env, log: () => undefined }, {
  ports: (ports) => { found.ports = ports; return ports }, resource: (resource) => { found.resource = resource; return resource },
})
const { ports, resource } = found
if (ports === undefined || resource === undefined) throw new Error('nothing was composed')

const session: SessionView = { schemas: ['pg_catalog', 'public'], prepared: () => undefined, cursor: () => undefined }
const principal: Principal = {
  name: 'load', kind: 'service', issuer: 'local', subject: 'load', groups: ['engineers' as GroupId], // as the configuration names it
  authentication: { method: 'scram-sha-256', amr: [], acr: undefined, atMs: Date.now(), expiresAtMs: undefined }, actingFor: undefined,
}
const name = requireResourceName(resource.name)

/** 50 bytes, 2 kB, 100 kB; a number in a name makes each text another, also in its shape. */
function texts(): readonly { readonly size: string; readonly cold: number; readonly toText: (n: number) => string }[] {
  return [
    { size: '50 B', cold: times, toText: (n) => `select ward as w${n} from clinic.patients where id=5`.padEnd(50) },
    { size: '2 kB', cold: times, toText: (n) => longSelect(n) },
    { size: '100 kB', cold: Math.max(5, Math.floor(times / 80)), toText: (n) => `select ward as w${n} from clinic.patients where id in (${Array.from({ length: 14_000 }, (_, i) => 100_000 + ((i * 7 + n) % 800_000)).join()})` },
  ]
}

function longSelect(n: number): string {
  const parts = Array.from({ length: 24 }, (_, i) => `case when p.room > ${n + i} then p.ward else p.status end as shown_${i}`)
  return `select ${parts.join(', ')}, p.id as n${n} from clinic.patients p join clinic.visits v on v.patient_id = p.id where p.id = ${n} and v.minutes > 5 order by v.id`.padEnd(2_000)
}

async function understand(understander: Understander, text: string): Promise<Understanding> {
  const cut = await understander.cut(Buffer.from(text))
  const piece = cut.kind === 'cut' ? cut.pieces[0] : undefined
  if (piece === undefined) throw new Error(`a text of ${text.length} bytes was ${cut.kind}`)
  const understood = await understander.understand(piece, [], session, undefined)
  if (understood.kind !== 'plan') throw new Error(`a text of ${text.length} bytes was ${understood.kind}`)
  return understood.plan.understanding
}

function requestFor(statement: Understanding): DecisionRequest {
  return { principal, resource: name, purpose: undefined, statement, nowMs: Date.now(), clientAddress: '127.0.0.1:1' }
}

const figures: { what: string; percentiles?: Percentiles | undefined; cpuUs?: number }[] = []
function note(what: string, waitsMs: readonly number[]): void {
  const percentiles = toPercentiles(waitsMs)
  if (percentiles !== undefined) figures.push({ what, percentiles })
}

for (const { size, cold, toText } of texts()) {
  for (let n = 1; n <= Math.ceil(cold / 4); n += 1) await understand(resource.understander, toText(1_000_000 + n)) // warms the code up
  const coldMs: number[] = []
  for (let n = 1; n <= cold; n += 1) {
    const text = toText(n)
    const before = performance.now()
    await understand(resource.understander, text)
    coldMs.push(performance.now() - before)
  }
  note(`cold ${size}`, coldMs)
  const text = toText(7)
  const both: number[] = []
  const decideMs: number[] = []
  const cpuBefore = process.cpuUsage()
  // What is not kept is as slow the second time.
  for (let n = 0; n < (text.length > MAX_KEPT_TEXT ? cold : cold * 10); n += 1) {
    const before = performance.now()
    const statement = await understand(resource.understander, text)
    const between = performance.now()
    const decision = ports.decide(requestFor(statement))
    const after = performance.now()
    if (decision.kind !== 'allow') throw new Error(`decided ${decision.kind}: ${decision.why}`)
    both.push(after - before)
    decideMs.push(after - between)
  }
  const { user, system } = process.cpuUsage(cpuBefore)
  note(`cached ${size} and decision`, both)
  figures.push({ what: `cached ${size} and decision, processor time`, cpuUs: (user + system) / both.length })
  note(`decision alone, ${size}`, decideMs)
}
// Statements that differ in a mere value share a plan: each text is new, and none is read or analysed by itself.
const sharedText = (n: number): string => `select ward from clinic.patients where id=${n}`.padEnd(50)
for (let n = 1; n <= times; n += 1) await understand(resource.understander, sharedText(1_000_000 + n))
const sharedMs: number[] = []
for (let n = 1; n <= times * 10; n += 1) {
  const before = performance.now()
  ports.decide(requestFor(await understand(resource.understander, sharedText(n))))
  sharedMs.push(performance.now() - before)
}
note('shared 50 B and decision', sharedMs)
process.send?.({ kind: 'figures', figures })
process.on('disconnect', () => { served.stop().then(() => { process.exit(0) }, () => { process.exit(1) }) })
