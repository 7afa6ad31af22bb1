/** `doorward signer`: holds a log's key in a process of its own, and signs only heads that extend the last one it signed. */
import { chmodSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { answerSigner, HeadLedger, loadOrCreateKey, machineProcesses, nodeFileSystem, serveLines } from '@doorward/audit'
import type { Command } from 'commander'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'

interface SignerOptions {
  readonly origin: string
  readonly key: string
  readonly state: string
  readonly socket?: string
}

export function addSignerCommand(program: Command, io: CliIo): void {
  program.command('signer')
    .description('hold a log\'s key in a process of its own: it signs only what extends what it signed before')
    .requiredOption('--origin <name>', 'the log\'s name: audit.origin of the gateway')
    .requiredOption('--key <file>', 'the key; made there when missing, readable by its owner alone')
    .requiredOption('--state <dir>', 'where it remembers the last head it signed')
    .option('--socket <path>', 'listen there, for audit.signer.socket; default: standard input and output, for audit.signer.command')
    .addHelpText('after', '\nRun it as another user than the gateway. Whoever takes over the gateway can then have entries added, but no history rewritten.')
    .action(async (options: SignerOptions) => {
      const key = await loadOrCreateKey(options.key, options.origin)
      const ledger = await HeadLedger.open(nodeFileSystem(), options.state, machineProcesses())
      const answer = (line: string): Promise<string> => answerSigner(line, { key, ledger })
      try {
        if (options.socket === undefined) await serveLines(io.stdin, io.stdout, answer)
        else await serveSocket(options.socket, answer, io, key.verifierKey.text)
      } finally {
        await ledger.close()
      }
    })
}

async function serveSocket(path: string, answer: (line: string) => Promise<string>, io: CliIo, vkey: string): Promise<void> {
  const stopped = io.stopped()
  removeStale(path)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => { sockets.delete(socket) })
    socket.on('error', () => { socket.destroy() })
    serveLines(socket, socket, answer).then(() => { socket.end() }, () => { socket.destroy() })
  })
  await new Promise<void>((resolve, reject) => { server.once('error', reject); server.listen(path, resolve) })
  // Whoever may connect may have heads signed: the owner and the group, into which the gateway is put.
  chmodSync(path, 0o660)
  writeLine(io.stdout, `signer ${vkey}`)
  writeLine(io.stdout, `listening on ${path}`)
  writeLine(io.stderr, `stopping: ${await stopped}`)
  for (const socket of sockets) socket.destroy()
  await close(server)
}

/** A socket that a killed signer left; anything else is not ours to remove. The ledger's lock has kept out a signer that lives. */
function removeStale(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return
  if (!stats.isSocket()) throw new CommandEnd(1, `${path} is there and is no socket`)
  rmSync(path)
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => { resolve() })
  })
}
