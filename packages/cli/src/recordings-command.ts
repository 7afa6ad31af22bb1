/** `doorward recordings`: recorded sessions, for those who may look at them and those who keep them. */
import { recordingSchemas } from '@doorward/gateway'
import type { Command } from 'commander'
import { connectAdmin, withAdminOptions, type AdminOptions } from './admin-client.ts'
import { writeLine, type CliIo } from './cli-io.ts'
import { addRecordingsPlay } from './recordings-play.ts'
import { addRecordingsVerify } from './recordings-verify.ts'
import { toPrintable, toTableText } from './table-text.ts'

const BASE = '/api/v1/recordings'
const HOLDS = '/api/v1/recording-holds'

interface ListOptions extends AdminOptions { readonly principal?: string; readonly resource?: string; readonly from?: string; readonly to?: string; readonly limit?: string }

export function addRecordingsCommand(program: Command, io: CliIo): void {
  const recordings = program.command('recordings').description('recorded sessions: list, play, export, hold, shred, verify')
  withAdminOptions(recordings.command('list').description('recorded sessions, newest first; what is in them is not shown'))
    .option('--principal <who>', 'of this person or program: issuer|subject, or a name')
    .option('--resource <name>', 'of this resource')
    .option('--from <time>', 'begun from this moment on: 2026-11-21T08:00:00Z')
    .option('--to <time>', 'begun before this moment')
    .option('--limit <number>', 'at most so many; default: 100')
    .action(async (options: ListOptions) => {
      const query = new URLSearchParams(Object.entries({ principal: options.principal, resource: options.resource, from: options.from, to: options.to, limit: options.limit }).flatMap(([key, value]): [string, string][] => (value === undefined ? [] : [[key, value]])))
      const answer = await (await connectAdmin(options, io)).get(`${BASE}?${query.toString()}`)
      const { recordings: found } = recordingSchemas.recordingList.parse(answer)
      writeLine(io.stdout, options.json === true ? JSON.stringify(answer, null, 2) : found.length === 0 ? 'no recordings' : tableOf(found))
    })
  addRecordingsPlay(recordings, io)
  withAdminOptions(recordings.command('holds').description('legal holds'))
    .action(async (options: AdminOptions) => {
      const answer = await (await connectAdmin(options, io)).get(HOLDS)
      const { holds } = recordingSchemas.holdList.parse(answer)
      const columns = ['id', 'scope', 'matter', 'by', 'placed'].map((name) => ({ name, align: 'left' as const }))
      writeLine(io.stdout, options.json === true ? JSON.stringify(answer, null, 2) : holds.length === 0 ? 'no holds' : toTableText(columns, holds.map((one) => [one.id, one.scope, one.matter, one.by, one.placed])))
    })
  withAdminOptions(recordings.command('hold').description('keep recordings, those to come too, from being shredded and from expiring')
    .argument('<scope>', 'recording:ID, principal:ISSUER|SUBJECT, resource:NAME or all'))
    .requiredOption('--matter <text>', 'what for: a case number, not a patient; it goes into the log')
    .action(async (scope: string, options: AdminOptions & { readonly matter: string }) => {
      const answer = await (await connectAdmin(options, io)).post(HOLDS, { scope, matter: options.matter })
      const hold = recordingSchemas.hold.parse(answer)
      writeLine(io.stdout, options.json === true ? JSON.stringify(answer, null, 2) : `held: ${toPrintable(hold.scope)}; to release: doorward recordings release ${hold.id}`)
    })
  withAdminOptions(recordings.command('release').description('end a legal hold').argument('<hold>', 'its id'))
    .action(async (id: string, options: AdminOptions) => {
      const answer = await (await connectAdmin(options, io)).post(`${HOLDS}/${encodeURIComponent(id)}/release`, {})
      writeLine(io.stdout, options.json === true ? JSON.stringify(answer, null, 2) : `released: ${toPrintable(recordingSchemas.hold.parse(answer).scope)}`)
    })
  withAdminOptions(recordings.command('shred').description('destroy a recording\'s key, and so all of it, for good').argument('<id>', 'the recording'))
    .requiredOption('--reason <text>', 'why; it goes into the log: no patient')
    .option('--early', 'also before its retention has ended')
    .action(async (id: string, options: AdminOptions & { readonly reason: string; readonly early?: boolean }) => {
      const answer = await (await connectAdmin(options, io)).post(`${BASE}/${encodeURIComponent(id)}/shred`, { reason: options.reason, early: options.early === true ? 'yes' : 'no' })
      writeLine(io.stdout, options.json === true ? JSON.stringify(answer, null, 2) : `shredded (receipt ${recordingSchemas.shredded.parse(answer).receipt}); copies of its key in backups are for you to destroy`)
    })
  withAdminOptions(recordings.command('expire').description('show what has outlived its retention and is not held'))
    .option('--destroy', 'shred it')
    .action(async (options: AdminOptions & { readonly destroy?: boolean }) => {
      const answer = await (await connectAdmin(options, io)).post(`${BASE}/expire`, { use: options.destroy === true ? 'destroy' : 'show', limit: 1_000 })
      const { expired, held } = recordingSchemas.expired.parse(answer)
      const what = options.destroy === true ? 'shredded' : 'would be shredded; to do it: --destroy'
      writeLine(io.stdout, options.json === true ? JSON.stringify(answer, null, 2) : [...(expired.length === 0 ? [] : [tableOf(expired)]), `${expired.length} ${what}; ${held.length} kept by legal holds`].join('\n'))
    })
  addRecordingsVerify(recordings, io)
}

function tableOf(found: ReturnType<typeof recordingSchemas.recordingList.parse>['recordings']): string {
  const columns = ['id', 'state', 'who', 'resource', 'began', 'ended', 'segments', 'kB', 'holds'].map((name) => ({ name, align: name === 'segments' || name === 'kB' ? 'right' as const : 'left' as const }))
  return toTableText(columns, found.map((one) => [
    one.id, one.state, [one.principal, ...one.actingFor].join(' for '), one.resource, one.started, one.ended ?? '', String(one.segments), String(Math.ceil(one.bytes / 1_000)), one.holds.join(' '),
  ]))
}
