/**
 * `npm start -- --tour`: a walk through what Doorward does, on a demo of its own in a temporary folder. It prints what was asked and what
 * came back, checks every claim it makes, cleans up, and fails if one claim did not hold.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VERSION } from '@doorward/gateway'
import { startDemo, type RunningDemo } from './start-demo.ts'
import { showHold } from './tour-hold.ts'
import { showLog, showReceipt, showTampering } from './tour-log.ts'
import { showErrors, showLimit, showMasking, showNotes, showPurpose, showRefusals, showWork, type Probe } from './tour-queries.ts'
import { TourReport } from './tour-report.ts'

export interface TourOptions {
  /** Where the demo's classification and policies are. */
  readonly source: string
  /** Ends the tour early. */
  readonly stopped: Promise<string>
  readonly print: (text: string) => void
}

/** @returns the exit status: 0 when every claim held. */
export async function runTour({ source, stopped, print }: TourOptions): Promise<number> {
  const startedMs = performance.now()
  const report = new TourReport(print)
  const dir = mkdtempSync(join(tmpdir(), 'doorward-tour-'))
  try {
    report.say(`Doorward ${VERSION}: a tour. Starting a PostgreSQL of its own, 1,000 invented patients, and the gateway ...`)
    const demo = await startDemo({ dir, source, ports: { postgres: undefined, console: undefined }, nowMs: Date.now(), log: (line) => { report.quote(line) } })
    let outcome: Probe | 'stopped'
    try {
      outcome = await Promise.race([walk(demo, report), stopped.then(() => 'stopped' as const)])
    } finally {
      await demo.stop()
    }
    if (outcome === 'stopped') return 1
    showReceipt(demo.folder.auditDir, outcome, report)
    await showTampering(demo.folder.auditDir, dir, report)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  report.say(report.failures === 0 ? `\nAll ${report.claims} claims held. ${seconds} s.` : `\n${report.failures} of ${report.claims} claims did not hold. ${seconds} s.`)
  return report.failures === 0 ? 0 : 1
}

async function walk(demo: RunningDemo, report: TourReport): Promise<Probe> {
  report.say(`Ready: psql, drivers and agents connect to port ${demo.postgresPort}; none of them holds a credential of the database.`)
  await showMasking(demo, report)
  await showPurpose(demo, report)
  await showNotes(demo, report)
  await showWork(demo, report)
  const probe = await showRefusals(demo, report)
  await showErrors(demo, report)
  await showLimit(demo, report)
  await showHold(demo, report)
  await showLog(demo, report)
  return probe
}
