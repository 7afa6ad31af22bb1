// npm run corpus: a fresh PostgreSQL, Doorward in front, the bypass corpus against it. The last line is the runner's own.
// Options after `--` go to corpus/run.mjs: --vectors DIR, --family F, --id ID, --json FILE, --verbose, --concurrency N.
import { requireNode } from './node-version.mjs'

requireNode()
const { NODE_FLAGS } = await import('./lib/steps.mjs')
const { spawn } = await import('node:child_process')
const child = spawn(process.execPath, [...NODE_FLAGS, 'test/corpus/main.ts', ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('close', (code) => { process.exitCode = code ?? 1 })
