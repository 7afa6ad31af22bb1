/** The tour's use of the `doorward` command: the real one, as a process of its own, as anybody would run it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface CommandRun {
  readonly status: number
  /** Both streams, in the order they came. */
  readonly output: string
}

const COMMAND = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'doorward.mjs')

export async function runDoorward(args: readonly string[]): Promise<CommandRun> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output.push(chunk) })
  const [status] = await once(child, 'close')
  return { status: typeof status === 'number' ? status : -1, output: Buffer.concat(output).toString('utf8') }
}
