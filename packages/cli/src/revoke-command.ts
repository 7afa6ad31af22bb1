/** `doorward revoke`: a principal that may do nothing any more, at once. */
import { adminSchemas } from '@doorward/gateway'
import type { Command } from 'commander'
import { connectAdmin, withAdminOptions, type AdminOptions } from './admin-client.ts'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'
import { toTableText } from './table-text.ts'

export function addRevokeCommand(program: Command, io: CliIo): void {
  withAdminOptions(program.command('revoke').description('end a principal\'s sessions and let it in no more'))
    .argument('[principal]', 'a local principal\'s name, or issuer|subject')
    .option('--lift', 'let it in again')
    .option('--list', 'show who is revoked')
    .addHelpText('after', [
      '',
      'Live sessions end at once, in the middle of a result too, and whatever the principal asked to have approved is withdrawn. A person who has',
      'a local name and one at a provider (person: in the configuration) is revoked under both. It takes an administrator.',
    ].join('\n'))
    .action(async (principal: string | undefined, options: AdminOptions & { readonly lift?: boolean; readonly list?: boolean }) => {
      const client = await connectAdmin(options, io)
      if (options.list === true) {
        const answer = await client.get('/api/v1/revocations')
        writeLine(io.stdout, options.json === true ? JSON.stringify(answer, null, 2) : listText(answer))
        return
      }
      if (principal === undefined) throw new CommandEnd(1, 'name the principal, or --list')
      const answer = await client.post(`/api/v1/revocations${options.lift === true ? '/lift' : ''}`, { principal })
      if (options.json === true) writeLine(io.stdout, JSON.stringify(answer, null, 2))
      else writeLine(io.stdout, options.lift === true ? 'let in again' : `revoked; ${adminSchemas.ended.parse(answer).ended} live sessions ended`)
    })
}

function listText(answer: unknown): string {
  const { revocations } = adminSchemas.revocationList.parse(answer)
  if (revocations.length === 0) return 'nobody is revoked'
  const columns = ['principal', 'since', 'by'].map((name) => ({ name, align: 'left' as const }))
  return toTableText(columns, revocations.map((one) => [`${one.issuer}|${one.subject}`, one.at, one.by]))
}
