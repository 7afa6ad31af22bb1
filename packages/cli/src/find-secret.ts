/** Where a command finds the secret of the principal it acts as: an environment variable, the configuration, or whoever sits there. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Sensitive } from '@doorward/core'
import type { CheckedConfig } from '@doorward/gateway'
import { CommandEnd, type CliIo } from './cli-io.ts'

/**
 * @param checked Undefined: there is no configuration here. @param variable Goes before everything else.
 * @throws {CommandEnd} nobody can be asked.
 */
export async function findSecret(checked: CheckedConfig | undefined, user: string, variable: string, io: CliIo): Promise<Sensitive<string>> {
  const given = io.env[variable]
  if (given !== undefined && given !== '') return new Sensitive(given)
  const principal = checked?.config.identity.local.find((one) => one.name === user)
  const resolved = principal === undefined ? undefined : checked?.secrets.resolve(principal.secret)
  // A verifier in the secret's place lets the gateway check and nobody log in: then ask.
  if (resolved?.kind === 'secret' && !resolved.secret.reveal().startsWith('SCRAM-SHA-256$')) return resolved.secret
  if (io.stdin.isTTY !== true) throw new CommandEnd(1, `no secret for "${user}": set ${variable}`)
  return askSecret(user, io)
}

async function askSecret(user: string, io: CliIo): Promise<Sensitive<string>> {
  io.stdout.write(`Secret of ${user}: `)
  // What readline echoes goes nowhere.
  const silent = new Writable({ write: (_chunk, _encoding, done) => { done() } })
  const lines = createInterface({ input: io.stdin, output: silent, terminal: true })
  const secret = new Sensitive(await lines.question(''))
  lines.close()
  io.stdout.write('\n')
  return secret
}
