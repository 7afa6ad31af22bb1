// npm run twoworlds -- --minutes N: two databases that differ only in PHI, one gateway, the same statements to both; answers must be equal.
// Options: --statements N, --seed S, --source corpus|grammar|sqlsmith|all, --server-bin DIR, --mode compare|ddl-race; see test/twoworlds/options.ts.
import { requireNode } from './node-version.mjs'

requireNode()
const { NODE_FLAGS } = await import('./lib/steps.mjs')
const { spawn } = await import('node:child_process')
const child = spawn(process.execPath, [...NODE_FLAGS, 'test/twoworlds/main.ts', ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('close', (code) => { process.exitCode = code ?? 1 })
