// Runs the steps of check and test: each a child process with a time, its output shown when it fails, its test counts added up.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'

export const NODE_FLAGS = ['--conditions=doorward-source', '--disable-warning=ExperimentalWarning']

/** Test files of one suite, as one process: 300 files take a second together, 44 alone. */
export function testStep(name, patterns, { isolation = 'none', env = {}, timeoutMs = 60_000 } = {}) {
  const files = globSync(patterns, { exclude: ['**/node_modules/**', '**/dist/**'] }).sort()
  const args = [...NODE_FLAGS, '--test', `--test-isolation=${isolation}`, `--test-timeout=${timeoutMs}`, '--test-reporter=./scripts/lib/reporter.mjs', '--test-reporter-destination=stdout', ...files]
  return files.length === 0 ? undefined : { name, command: process.execPath, args, env: { DOORWARD_SUITE: name, ...env } }
}

/** A step that has not ended by then never will: it fails instead of keeping everybody waiting. The longest takes four minutes. */
const STEP_LIMIT_MS = 20 * 60_000

/** @returns {Promise<{ name: string, code: number, ms: number, output: string, passed: number, failed: number, skipped: number }>} */
export function runStep({ name, command, args, env = {}, live = false }) {
  return new Promise((resolve) => {
    const started = Date.now()
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const take = (chunk) => { output += chunk; if (live) process.stdout.write(chunk) }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    const limit = setTimeout(() => {
      child.kill('SIGKILL')
      output += `\n${name} did not end within ${STEP_LIMIT_MS / 60_000} minutes\n`
      if (live) process.stdout.write(`${name} did not end in time\n`)
      resolve({ name, code: 124, ms: Date.now() - started, output, passed: 0, failed: 1, skipped: 0 })
    }, STEP_LIMIT_MS)
    child.on('exit', () => { clearTimeout(limit) })
    child.on('error', (error) => { output += String(error); resolve({ name, code: 127, ms: Date.now() - started, output, passed: 0, failed: 1, skipped: 0 }) })
    child.on('close', (code) => {
      const counts = /^suite .*: (\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(output)
      const passed = counts ? Number(counts[1]) : code === 0 ? 1 : 0
      const failed = counts ? Number(counts[2]) : code === 0 ? 0 : 1
      resolve({ name, code: code ?? 1, ms: Date.now() - started, output, passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped: counts ? Number(counts[3]) : 0 })
    })
  })
}

/** Runs all, `width` at a time, printing a line for each; full output of those that failed, and lines that say what was skipped. */
export async function runSteps(steps, { width = 2 } = {}) {
  const waiting = steps.filter((step) => step !== undefined)
  const results = []
  await Promise.all(Array.from({ length: width }, async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const result = await runStep(step)
      results.push(result)
      console.log(`${result.code === 0 ? 'ok  ' : 'FAIL'} ${result.name} ${(result.ms / 1000).toFixed(1)} s${result.passed + result.failed + result.skipped > 1 ? ` (${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped)` : ''}`)
      if (result.code !== 0) console.log(result.output)
      else for (const line of result.output.split('\n')) if (line.startsWith('skipped')) console.log(`     ${line}`)
    }
  }))
  const sum = (key) => results.reduce((total, result) => total + result[key], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), ok: results.every((result) => result.code === 0) }
}
