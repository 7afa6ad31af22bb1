// npm run interop: the clients that people use, through Doorward to a real PostgreSQL. Arguments: names of clients (psql, psycopg, ...).
import { spawn } from 'node:child_process'
import { requireNode } from './node-version.mjs'

requireNode()
const { NODE_FLAGS } = await import('./lib/steps.mjs')
const child = spawn(process.execPath, [...NODE_FLAGS, 'interop/run.mjs', ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { child.kill(signal) })
child.on('close', (code) => { process.exitCode = code ?? 1 })
