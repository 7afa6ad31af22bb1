/** `doorward sessions`: who is connected, and ending it. */
import { adminSchemas } from '@doorward/gateway'
import type { Command } from 'commander'
import { connectAdmin, withAdminOptions, type AdminOptions } from './admin-client.ts'
import { writeLine, type CliIo } from './cli-io.ts'
import { toTableText } from './table-text.ts'

export function addSessionsCommand(program: Command, io: CliIo): void {
  const sessions = program.command('sessions').description('see and end live sessions: administrators any, others their own')
  withAdminOptions(sessions.command('list').description('all for administrators, else your own'))
    .action(async (options: AdminOptions) => {
      const answer = await (await connectAdmin(options, io)).get('/api/v1/sessions')
      writeLine(io.stdout, options.json === true ? JSON.stringify(answer, null, 2) : listText(answer))
    })
  withAdminOptions(sessions.command('kill').description('end a session now, in the middle of a result too').argument('<id>', 'the session'))
    .action(async (id: string, options: AdminOptions) => {
      const answer = await (await connectAdmin(options, io)).post(`/api/v1/sessions/${encodeURIComponent(id)}/end`, {})
      writeLine(io.stdout, options.json === true ? JSON.stringify(answer, null, 2) : adminSchemas.ended.parse(answer).ended === 1 ? 'ended' : 'it had ended already')
    })
}

function listText(answer: unknown): string {
  const { sessions } = adminSchemas.sessionList.parse(answer)
  if (sessions.length === 0) return 'no sessions'
  const columns = ['id', 'principal', 'issuer|subject', 'resource', 'client', 'opened', 'busy'].map((name) => ({ name, align: 'left' as const }))
  return toTableText(columns, sessions.map((one) => [
    one.id, one.actingFor === undefined ? one.principal : `${one.principal} for ${one.actingFor}`, `${one.issuer}|${one.subject}`, one.resource, one.client, one.opened, one.busy ? 'yes' : '',
  ]))
}
