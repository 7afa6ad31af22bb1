/** The process of the `doorward` command: binds environment, clock, randomness and signals, and sets the exit status. */
import { randomBytes } from 'node:crypto'
import { runCli } from './cli.ts'
import { awaitStop } from './stop-signal.ts'

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env, stdin: process.stdin, stdout: process.stdout, stderr: process.stderr,
  now: () => Date.now(), randomBytes: (size) => randomBytes(size), stopped: awaitStop,
})
