// npm test: everything, on a clean clone. Check first, then what needs a real server and real clients, then the corpus and the tour.
// The last line is `N passed, N failed`; before it stands how many were skipped.
import { requireNode } from './node-version.mjs'

requireNode()
const { NODE_FLAGS, runStep, testStep } = await import('./lib/steps.mjs')
const totals = { passed: 0, failed: 0, skipped: 0 }
const failedSteps = []

async function step(name, spec) {
  if (spec === undefined) return
  console.log(`\n== ${name}`)
  const result = await runStep({ ...spec, name, live: true })
  // Sub-scripts close with the same line as this one; test suites with their own.
  const closing = [...result.output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1)
  const counts = closing ? { passed: Number(closing[1]), failed: Number(closing[2]), skipped: Number(closing[3] ?? 0) } : result
  totals.passed += counts.passed
  totals.skipped += counts.skipped
  totals.failed += result.code !== 0 && counts.failed === 0 ? 1 : counts.failed
  if (result.code !== 0) failedSteps.push(name)
  console.log(`== ${name}: ${result.code === 0 ? 'ok' : `exit ${result.code}`}, ${(result.ms / 1000).toFixed(0)} s`)
}

const script = (file, ...args) => ({ command: process.execPath, args: [...NODE_FLAGS, file, ...args] })

await step('check', script('scripts/check.mjs'))
await step('real servers', testStep('real servers', ['packages/*/src/**/*.live.ts', 'test/**/*.live.ts'], { isolation: 'process', timeoutMs: 300_000 }))
await step('clients', script('interop/run.mjs'))
await step('corpus', script('scripts/corpus.mjs'))
await step('tour', script('scripts/start.mjs', '--tour'))

if (failedSteps.length > 0) console.log(`\nfailed: ${failedSteps.join(', ')}`)
console.log(`${totals.skipped} skipped\n${totals.passed} passed, ${totals.failed} failed`)
process.exit(totals.failed === 0 ? 0 : 1)
