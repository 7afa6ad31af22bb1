// npm run check: types, import table, tree rules, lint, unit and shared suites, docs against code. Under two minutes.
import { readdirSync } from 'node:fs'
import { requireNode } from './node-version.mjs'

requireNode()
const { NODE_FLAGS, runSteps, testStep } = await import('./lib/steps.mjs')
const script = (name, file) => ({ name, command: process.execPath, args: [...NODE_FLAGS, file] })

const started = Date.now()
const { passed, failed, skipped, ok } = await runSteps([
  { name: 'types', command: process.execPath, args: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'] },
  script('imports', 'scripts/lib/import-table.mjs'),
  script('tree rules', 'scripts/lib/tree-rules.mjs'),
  script('docs', 'scripts/lib/docs-check.mjs'),
  { name: 'lint', command: process.execPath, args: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--quiet', 'packages', 'demo', 'test', 'interop'] },
  ...readdirSync('packages').map((name) => testStep(name, [`packages/${name}/src/**/*.test.ts`])),
  testStep('test', ['test/**/*.test.ts']),
])
console.log(`check took ${((Date.now() - started) / 1000).toFixed(0)} s`)
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exit(ok && failed === 0 ? 0 : 1)
