/** Processor time and memory of another process, and the disk's own fdatasync. Linux: from /proc; elsewhere not known. */
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { toPercentiles, type Percentiles } from './load/job.ts'

/** Linux has reported clock ticks of 1/100 s to user space on every architecture since 2.6. */
const TICK_US = 10_000
const PAGE_BYTES = 4_096
const SAMPLE_MS = 50

/** User and system time so far. Microseconds. */
export function cpuUsOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined
  const stat = read(`/proc/${pid}/stat`)
  // The command, in parentheses, may hold blanks; fields 14 and 15 of proc(5) come after it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields?.[11]) + Number(fields?.[12])
  return Number.isFinite(ticks) ? ticks * TICK_US : undefined
}

export function residentMiBOf(pid: number | undefined): number | undefined {
  const pages = pid === undefined ? Number.NaN : Number(read(`/proc/${pid}/statm`)?.split(' ')[1])
  return Number.isFinite(pages) ? (pages * PAGE_BYTES) / 2 ** 20 : undefined
}

export interface MemoryWatch { stop(): { readonly beforeMiB: number; readonly peakMiB: number; readonly samples: readonly (readonly [number, number])[] } | undefined }

export function watchMemory(pid: number | undefined): MemoryWatch {
  const before = residentMiBOf(pid)
  const started = performance.now()
  const samples: (readonly [number, number])[] = []
  const sample = (): void => {
    const mib = residentMiBOf(pid)
    if (mib !== undefined) samples.push([Math.round(performance.now() - started) / 1000, Math.round(mib * 10) / 10])
  }
  sample()
  const timer = setInterval(sample, SAMPLE_MS)
  return {
    stop() {
      clearInterval(timer)
      sample()
      return before === undefined ? undefined : { beforeMiB: before, peakMiB: Math.max(...samples.map(([, mib]) => mib)), samples }
    },
  }
}

/** Appends 4 kB and waits for the disk, as often as `times`. */
export function probeFdatasync(dir: string, times: number): Percentiles | undefined {
  const path = join(dir, 'fdatasync-probe')
  const file = openSync(path, 'w')
  try {
    const block = Buffer.alloc(4_096, 1)
    const waits: number[] = []
    for (let time = 0; time < times; time += 1) {
      writeSync(file, block)
      const before = performance.now()
      fdatasyncSync(file)
      waits.push(performance.now() - before)
    }
    return toPercentiles(waits)
  } finally {
    closeSync(file)
    rmSync(path)
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined // another system, or the process is gone
  }
}
