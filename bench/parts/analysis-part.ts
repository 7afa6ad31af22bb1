/** Understanding and decision alone: cold, cached, and how long the decision takes of it. */
import { Child } from '../sides/child.ts'
import { writeGatewayConfig } from '../sides/gateway-config.ts'
import type { BenchDatabase } from '../sides/database.ts'
import type { PartResult } from '../report/results.ts'

interface Figure { readonly what: string; readonly percentiles?: { readonly p50: number; readonly p99: number } | undefined; readonly cpuUs?: number }

export async function measureAnalysis(database: BenchDatabase, dir: string, times: number): Promise<PartResult> {
  const { configFile, secret } = writeGatewayConfig(dir, database)
  const env = { BENCH_UPSTREAM: database.target.password, BENCH_ANALYST: database.analyst.password, BENCH_SECRET: secret }
  const { child, ready } = await Child.start('../parts/analysis-process.ts', [configFile, String(times)], env, [], 'figures')
  try {
    const figures = ready['figures'] as readonly Figure[] // our own process's
    return {
      name: 'analysis', title: 'Analysis and decision alone',
      figures: figures.flatMap(({ what, percentiles, cpuUs }) => (percentiles === undefined ? [{ what, value: cpuUs ?? Number.NaN, unit: 'us', note: 'of all threads, the question to the target included' }] : [
        { what: `${what}, p50`, value: percentiles.p50 * 1000, unit: 'us' }, { what: `${what}, p99`, value: percentiles.p99 * 1000, unit: 'us', ...(what.startsWith('cached 100 kB') ? { note: 'texts over 64 kB are not kept' } : what.startsWith('shared') ? { note: 'each text is new, and differs from others in a mere value' } : {}) },
      ])),
    }
  } finally {
    await child.stop()
  }
}
