/** `doorward serve`: the gateway, until it is told to stop. */
import { ConfigFault, serve, type Served, type ServedAddress } from '@doorward/gateway'
import type { Command } from 'commander'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'
import { configOption, describeProblems } from './config-option.ts'

export function addServeCommand(program: Command, io: CliIo): void {
  program.command('serve')
    .description('run the gateway until Ctrl-C or SIGTERM')
    .addOption(configOption())
    .addHelpText('after', '\nEnds open sessions, records it and closes the log when stopped. When the log cannot be written any more, nothing is accepted and /healthz answers 503 until it is stopped.\nExit status: 0 stopped when asked; 1 could not start, or stopped after the log had failed.')
    .action(async (options: { readonly config: string }) => {
      const stopped = io.stopped() // before the start: a signal during it is not lost
      const served = await start(options.config, io)
      if (served.warnings.length > 0) writeLine(io.stderr, describeProblems(served.warnings))
      const { postgres, console } = served.addresses
      if (postgres !== undefined) writeLine(io.stdout, `postgres on ${toHostPort(postgres)}`)
      if (console !== undefined) writeLine(io.stdout, `console on http://${toHostPort(console)}`)
      writeLine(io.stdout, 'serving')
      let failed = 'no'
      void served.failed.then((code) => { failed = code })
      const reason = await stopped
      writeLine(io.stderr, `stopping: ${reason}`)
      await served.stop()
      if (failed !== 'no') throw new CommandEnd(1, `the log had failed (${failed})`)
    })
}

/** `host:port`, an IPv6 address in brackets. */
export function toHostPort({ host, port }: ServedAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

async function start(configFile: string, io: CliIo): Promise<Served> {
  try {
    return await serve({ configFile, env: io.env, log: (line) => { writeLine(io.stderr, line) } })
  } catch (error) {
    if (error instanceof ConfigFault) throw new CommandEnd(1, describeProblems(error.problems))
    throw error
  }
}
