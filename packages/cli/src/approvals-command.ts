/** `doorward approvals`: statements that wait for people, for the people they wait for. */
import { adminSchemas } from '@doorward/gateway'
import type { Command } from 'commander'
import { connectAdmin, withAdminOptions, type AdminOptions } from './admin-client.ts'
import { writeLine, type CliIo } from './cli-io.ts'
import { toPrintable, toTableText } from './table-text.ts'

const REASONS = ['not-needed', 'too-broad', 'wrong-purpose', 'ask-me-first', 'other']
const BASE = '/api/v1/approvals'

export function addApprovalsCommand(program: Command, io: CliIo): void {
  const approvals = program.command('approvals').description('see, approve and deny statements that wait for people; nobody approves for themselves')
  withAdminOptions(approvals.command('list').description('requests that you may answer, or have asked'))
    .option('--all', 'ended ones too')
    .action(async (options: AdminOptions & { readonly all?: boolean }) => {
      const answer = await (await connectAdmin(options, io)).get(`${BASE}?state=${options.all === true ? 'all' : 'open'}`)
      writeLine(io.stdout, options.json === true ? JSON.stringify(answer, null, 2) : listText(answer, io.now()))
    })
  withAdminOptions(approvals.command('show').description('one request in full; that you have seen it is recorded').argument('<id>', 'the request'))
    .action(async (id: string, options: AdminOptions) => {
      const answer = await (await connectAdmin(options, io)).get(`${BASE}/${encodeURIComponent(id)}`)
      writeLine(io.stdout, options.json === true ? JSON.stringify(answer, null, 2) : showText(answer))
    })
  withAdminOptions(approvals.command('approve').description('say yes: the statement runs once enough people have').argument('<id>', 'the request'))
    .action(async (id: string, options: AdminOptions) => {
      const answer = await (await connectAdmin(options, io)).post(`${BASE}/${encodeURIComponent(id)}/approve`, {})
      writeLine(io.stdout, options.json === true ? JSON.stringify(answer, null, 2) : answeredText(answer))
    })
  withAdminOptions(approvals.command('deny').description('say no: one no is enough').argument('<id>', 'the request'))
    .option('--reason <reason>', `one of ${REASONS.join(', ')}`, 'other')
    .action(async (id: string, options: AdminOptions & { readonly reason: string }) => {
      const answer = await (await connectAdmin(options, io)).post(`${BASE}/${encodeURIComponent(id)}/deny`, { reason: options.reason })
      writeLine(io.stdout, options.json === true ? JSON.stringify(answer, null, 2) : answeredText(answer))
    })
}

function listText(answer: unknown, nowMs: number): string {
  const { approvals } = adminSchemas.approvalList.parse(answer)
  if (approvals.length === 0) return 'nothing waits for you'
  const columns = ['id', 'state', 'left', 'yes', 'client', 'what'].map((name) => ({ name, align: 'left' as const }))
  return toTableText(columns, approvals.map((one) => [
    one.id, one.state, one.state === 'pending' ? leftText(Date.parse(one.expires) - nowMs) : '', `${one.approved} of ${one.quorum}`, one.client, one.summary,
  ]))
}

function leftText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  return seconds < 120 ? `${seconds} s` : seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}

function showText(answer: unknown): string {
  const one = adminSchemas.approval.parse(answer)
  const { request } = one
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Request', `${one.id}, ${one.state}${one.note === undefined ? '' : `: ${one.note}`}`],
    ['Who', `${request.who.name} (${request.who.kind}), ${request.who.issuer}|${request.who.subject}, by ${request.who.method}; groups ${request.who.groups.join(', ') || 'none'}`],
    ['For', request.actingFor.length === 0 ? undefined : request.actingFor.map((person) => `${person.name}, ${person.issuer}|${person.subject}`).join('; ')],
    ['What', request.summary],
    ['Statement', request.text],
    ['Runs', request.behind.length === 0 ? undefined : request.behind.join('\n            ')],
    ['Values', request.parameters === 'some' ? 'parameters come with it; an approval is for these and no others' : undefined],
    ['Tables', request.tables.map((table) => `${table.object} [${table.actions.join(', ')}]${table.columns.length === 0 ? '' : `: ${table.columns.join(', ')}`}`).join('\n            ') || 'none'],
    ['Classes', request.classes.join(', ') || 'none'],
    ['Rows', `${request.rows.all === 'yes' ? 'all' : request.rows.all === 'no' ? 'restricted' : 'unknown'}, ${request.rows.estimate === undefined ? 'number unknown' : `about ${request.rows.estimate.toLocaleString('en-US')}`}`],
    ['Patients', request.patients === undefined ? 'unknown until it has run' : String(request.patients)],
    ['Delivered', request.delivery],
    ['Where', `${request.resource}, from ${request.client}; ${CLIENT[one.client]}`],
    ['Policy', `${request.policies.join(', ') || 'none'}: ${request.why}`],
    ['Asked', `${one.asked}, open until ${one.expires}${one.useBy === undefined ? '' : `; approved, to be used by ${one.useBy}`}`],
    ['Needs', `${one.quorum} of ${one.by.join(', ')}; ${one.approved} said yes${one.votes.length === 0 ? '' : `: ${one.votes.map((vote) => `${vote.name} (${vote.verdict})`).join(', ')}`}`],
    ['You', one.mayAnswer ? `may answer: doorward approvals approve ${one.id}` : 'may not answer it'],
  ]
  return toPrintable(rows.flatMap(([name, value]) => (value === undefined ? [] : [`${`${name}:`.padEnd(12)}${value}`])).join('\n'))
}

const CLIENT = { waiting: 'the connection waits', gone: 'the connection is gone, the same statement may come again', ticket: 'the client comes back with a ticket' } as const

function answeredText(answer: unknown): string {
  const one = adminSchemas.approval.parse(answer)
  switch (one.state) {
    case 'pending': return `recorded: ${one.approved} of ${one.quorum} said yes, it waits for more`
    case 'denied': return 'recorded: denied'
    default: return `recorded: ${one.state}`
  }
}
