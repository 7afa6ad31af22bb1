/** A process for tests: what a command wrote, an environment of its own, and a stop that the test gives. */
import { randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { runCli } from './cli.ts'

export interface FakeRun {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface FakeProcess {
  readonly env?: Readonly<Record<string, string>>
  /** What is piped in. */
  readonly stdin?: string
  /** Asks the command to end. Absent: nobody does. */
  readonly stopped?: Promise<string>
  /** Sees standard output as it grows. */
  readonly onOutput?: (sofar: string) => void
}

/** Runs the command line in this process. */
export async function runFake(args: readonly string[], how: FakeProcess = {}): Promise<FakeRun> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const written = { stdout: '', stderr: '' }
  stdout.on('data', (chunk: Buffer) => { written.stdout += chunk.toString('utf8'); how.onOutput?.(written.stdout) })
  stderr.on('data', (chunk: Buffer) => { written.stderr += chunk.toString('utf8') })
  const status = await runCli(args, {
    env: how.env ?? {}, stdin: Readable.from([how.stdin ?? '']), stdout, stderr,
    now: () => Date.now(), randomBytes: (size) => randomBytes(size),
    stopped: () => how.stopped ?? new Promise(() => undefined),
  })
  return { status, ...written }
}
