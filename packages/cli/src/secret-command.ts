/** `doorward secret`: a secret for a local principal, and the verifier that can stand in its place. */
import { Sensitive } from '@doorward/core'
import { formatVerifier, makeVerifier, SCRAM_SALT_BYTES } from '@doorward/gateway'
import type { Command } from 'commander'
import { writeLine, type CliIo } from './cli-io.ts'

/** 256 bits: no dictionary helps against the verifier then. */
const SECRET_BYTES = 32

export function addSecretCommand(program: Command, io: CliIo): void {
  program.command('secret')
    .description('make a secret of 256 random bits for a principal')
    .addHelpText('after', [
      '',
      'The secret alone goes to standard output: it is what the principal logs in with. The verifier goes to standard error: whoever',
      'has it can check the secret and cannot log in with it. Where the configuration names a secret (an environment variable or a',
      'file), it may name the verifier instead; the gateway then never holds the secret.',
    ].join('\n'))
    .action(async () => {
      const secret = io.randomBytes(SECRET_BYTES).toString('base64url')
      const verifier = await makeVerifier(new Sensitive(secret), io.randomBytes(SCRAM_SALT_BYTES))
      writeLine(io.stdout, secret)
      writeLine(io.stderr, `verifier: ${formatVerifier(verifier)}`)
    })
}
