/** The log alone: durable entries per second by callers, on disk and in memory, and verifying them. Runs packages/audit's own bench. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { show } from '../report/markdown.ts'
import type { PartResult } from '../report/results.ts'
import { probeFdatasync } from '../watch.ts'

const SCRIPT = fileURLToPath(new URL('../../packages/audit/bench/append.bench.ts', import.meta.url))

export async function measureLog(dir: string, ramDir: string | undefined, seconds: number): Promise<PartResult> {
  const figures: PartResult['figures'][number][] = []
  const disk = probeFdatasync(dir, 200)
  for (const [where, folder] of [['', dir], [', in memory', ramDir]] as const) {
    if (folder === undefined) continue
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=doorward-source', '--disable-warning=ExperimentalWarning', SCRIPT, folder, String(seconds)])
    for (const [, callers, perSecond, p50, p99] of stdout.matchAll(/^append, (\d+) callers: ([\d.]+) per second, p50 ([\d.]+) ms, p99 ([\d.]+) ms/gm)) {
      figures.push({ what: `${callers ?? ''} callers${where}`, value: Number(perSecond), unit: 'entries/s', note: `p50 ${p50 ?? ''} ms, p99 ${p99 ?? ''} ms${where === '' ? `; fdatasync ${show(disk?.p50)} / ${show(disk?.p99)} ms` : ''}` })
    }
    if (where !== '') continue
    for (const [, kind, perSecond, ofCpu] of stdout.matchAll(/^verify, (\w+): ([\d.]+) entries per second, ([\d.]+) per second of its processor time/gm)) {
      figures.push({ what: kind === 'doorward' ? 'verify' : `verify, ${kind ?? ''}`, value: Number(perSecond), unit: 'entries/s', note: `${kind === 'doorward' ? 'tree, signatures, and what entries say' : 'tree and signatures'}; ${ofCpu ?? ''} for each second of its processor time` })
    }
  }
  return { name: 'log', title: 'The log alone', figures }
}
