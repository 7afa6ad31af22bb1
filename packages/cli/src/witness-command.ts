/** `doorward witness`: cosigns the heads of logs that it has never seen contradict themselves (C2SP tlog-witness). */
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createWitnessServer, HeadLedger, loadOrCreateKey, machineProcesses, nodeFileSystem, parseTlogPolicy, Witness, type TlogPolicy } from '@doorward/audit'
import type { Command } from 'commander'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'
import { toHostPort } from './serve-command.ts'

interface WitnessOptions {
  readonly name: string
  readonly logs: string
  readonly key: string
  readonly state: string
  readonly listen: string
}

export function addWitnessCommand(program: Command, io: CliIo): void {
  program.command('witness')
    .description('run a witness: it cosigns the heads of logs, and none that contradicts an earlier one')
    .requiredOption('--name <name>', 'the witness\'s name, a URL without scheme: witness.example.org/w1')
    .requiredOption('--logs <file>', 'the logs it witnesses: a C2SP tlog-policy, of which the log lines count')
    .requiredOption('--key <file>', 'its key; made there when missing, readable by its owner alone')
    .requiredOption('--state <dir>', 'where it remembers each log\'s last head; whoever loses this may cosign two histories')
    .option('--listen <address>', 'where to listen, without TLS: what it is sent and answers is signed and public', '127.0.0.1:8710')
    .addHelpText('after', '\nRun it on another machine, by other people than the gateway. It prints the key that verifiers put into their policy.')
    .action(async (options: WitnessOptions) => {
      const stopped = io.stopped()
      const logs = readLogs(options.logs)
      const { host, port } = parseAddress(options.listen)
      const key = await loadOrCreateKey(options.key, options.name)
      const ledger = await HeadLedger.open(nodeFileSystem(), options.state, machineProcesses())
      const witness = new Witness({ key, logs: logs.logs, ledger, nowMs: io.now })
      const server = createWitnessServer(witness)
      try {
        await new Promise<void>((resolve, reject) => { server.once('error', reject); server.listen(port, host, resolve) })
        const address = server.address() as AddressInfo // it listens on a port, not on a path
        writeLine(io.stdout, `witness ${witness.verifierKey.text}`)
        writeLine(io.stdout, `listening on http://${toHostPort({ host, port: address.port })}, ${logs.logs.length} logs`)
        writeLine(io.stderr, `stopping: ${await stopped}`)
      } finally {
        server.closeAllConnections()
        await new Promise((resolve) => { server.close(resolve) })
        await ledger.close()
      }
    })
}

function readLogs(file: string): TlogPolicy {
  const policy = parseTlogPolicy(readFileSync(file))
  if (policy.kind === 'malformed') throw new CommandEnd(1, `${file}: ${policy.reason}`)
  if (policy.logs.length === 0) throw new CommandEnd(1, `${file}: no log in it`)
  return policy
}

/** `host:port`, an IPv6 address in brackets. */
export function parseAddress(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || Number(port) > 65_535) throw new CommandEnd(1, 'listen: expected host:port')
  return { host, port: Number(port) }
}
