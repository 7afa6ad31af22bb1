/** `doorward keys`: the key that signs the log's heads, and changing it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadKey, prepareNextKey, toNextKeyFile } from '@doorward/audit'
import type { Command } from 'commander'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'
import { configOption, requireConfig } from './config-option.ts'

export function addKeysCommand(program: Command, io: CliIo): void {
  const keys = program.command('keys').description('the key that signs the log, and changing it')
  keys.command('show')
    .description('print the log\'s verifier key, for auditors and witnesses')
    .addOption(configOption())
    .action(async (options: { readonly config: string }) => {
      const { keyFile, origin } = requireKeyFile(options.config, io)
      const key = await loadKey(keyFile, origin)
      if (key === undefined) throw new CommandEnd(1, 'the log has no key yet: it is made when the gateway starts first')
      writeLine(io.stdout, key.verifierKey.text)
      const next = await loadKey(toNextKeyFile(keyFile), origin)
      if (next !== undefined) writeLine(io.stderr, `from the next start on: ${next.verifierKey.text}`)
    })
  keys.command('rotate')
    .description('make the key that the log changes to when the gateway starts next')
    .addOption(configOption())
    .addHelpText('after', [
      '',
      'Give the new verifier key to witnesses before that start, or they cosign nothing from there on. The log announces the change itself, so that',
      'whoever trusts the old key follows; the old key then signs nothing that passes, and its file is kept under the name of its id.',
    ].join('\n'))
    .action(async (options: { readonly config: string }) => {
      const { keyFile, origin } = requireKeyFile(options.config, io)
      if (!existsSync(keyFile)) throw new CommandEnd(1, 'the log has no key yet: it is made when the gateway starts first')
      const next = await prepareNextKey(keyFile, origin, io.randomBytes)
      writeLine(io.stdout, next.verifierKey.text)
      writeLine(io.stderr, 'the log changes to this key when the gateway starts next')
    })
}

function requireKeyFile(file: string, io: CliIo): { readonly keyFile: string; readonly origin: string } {
  const { config } = requireConfig(file, io)
  const { audit, stateDir } = config
  if (audit.signer !== undefined) throw new CommandEnd(1, 'the key is in another process (audit.signer): ask there')
  return { keyFile: audit.keyFile ?? join(stateDir, 'log.key'), origin: audit.origin }
}
