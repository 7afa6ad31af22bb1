/** `doorward report`: who saw this patient, what did this person see, and searching the log. */
import { reportBreach, searchEvents, toBreachSections, type FoundEvent } from '@doorward/audit'
import type { Command } from 'commander'
import { writeEvidence } from './evidence-output.ts'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'
import { parsePeriod, readLog, tellSource, withLogOptions, withPeriodOptions, type LogReadingOptions, type PeriodOptions } from './log-reading.ts'
import { addPatientReport } from './report-patient.ts'
import { writeSections } from './section-text.ts'
import { toTableText, type TableColumn } from './table-text.ts'

interface SearchOptions extends LogReadingOptions, PeriodOptions {
  readonly principal?: string
  readonly resource?: string
  readonly purpose?: string
  readonly table?: string
  readonly class?: string
  readonly patient?: string
  readonly decision?: string
  readonly kind?: readonly string[]
  readonly session?: string
  readonly after?: string
  readonly limit: string
  readonly json?: boolean
}

interface BreachOptions extends LogReadingOptions, PeriodOptions {
  readonly principal: string
  readonly out?: string
  readonly json?: boolean
}

const MAX_LIMIT = 100_000

export function addReportCommand(program: Command, io: CliIo): void {
  const report = program.command('report').description('what the log says: about a patient, a person, or whatever you search for')
  addPatientReport(report, io)
  addBreachReport(report, io)
  addSearch(report, io)
}

function addSearch(report: Command, io: CliIo): void {
  withPeriodOptions(withLogOptions(report.command('search')))
    .description('search the log; an event is told with its outcome, the oldest first')
    .option('--principal <who>', 'a name, or issuer|subject; also whom they acted for, and who answered')
    .option('--resource <name>', 'a protected system')
    .option('--purpose <code>', 'what was stated as purpose: TREAT, BTG, ...')
    .option('--table <name>', 'schema.table; schema.* for all of a schema')
    .option('--class <name>', 'a class of PHI: mrn, ssn, free-text, ...')
    .option('--patient <digest>', 'a patient\'s digest; see report patient')
    .option('--decision <kind>', 'allow, hold or deny')
    .option('--kind <kind...>', 'kinds of entries: intent, refusal, session.open, ...')
    .option('--session <id>', 'one session')
    .option('--after <number>', 'only entries after this one: to go on where a search stopped')
    .option('--limit <number>', 'events at most', '100')
    .option('--json', 'print events as JSON, one per line')
    .action(async (options: SearchOptions) => {
      await readLog(options, io, async (reading) => {
        const { principal, resource, purpose, table, class: phiClass, patient, decision, kind: kinds, session } = options
        const limit = parseCount(options.limit, '--limit')
        const after = options.after === undefined ? undefined : parseCount(options.after, '--after')
        const events = searchEvents(reading.index.database, { principal, resource, purpose, object: table, phiClass, patient, decision, kinds, session, after, limit, ...parsePeriod(options) })
        if (options.json === true) for (const event of events) writeLine(io.stdout, JSON.stringify(event))
        else writeLine(io.stdout, toEventTable(events))
        if (events.length === limit) writeLine(io.stderr, `there may be more: --after ${events.at(-1)?.index ?? 0}`)
        tellSource(reading, io)
        return Promise.resolve()
      })
    })
}

function addBreachReport(report: Command, io: CliIo): void {
  withPeriodOptions(withLogOptions(report.command('breach')))
    .description('what one person, service or agent got to see: patients, classes in clear, columns, rows')
    .requiredOption('--principal <who>', 'a name, or issuer|subject')
    .option('--out <target>', 'write it with entries, proofs and verifier: a folder, or a file ending in .zip')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nWhat cannot be told counts as seen in clear. Statements of others on behalf of this principal are included.')
    .action(async (options: BreachOptions) => {
      await readLog(options, io, async (reading) => {
        const period = parsePeriod(options)
        const found = await reportBreach(reading.index, reading.reader, { principal: options.principal, ...period })
        const sections = toBreachSections(found, options.principal)
        if (options.json === true) writeLine(io.stdout, JSON.stringify(found, undefined, 1))
        else writeSections(sections, io)
        if (options.out !== undefined) await writeEvidence({ reading, period, title: `What ${options.principal} got to see`, control: undefined, sections, target: options.out }, io)
        tellSource(reading, io)
      })
    })
}

const EVENT_COLUMNS: readonly TableColumn[] = [
  { name: 'entry', align: 'right' }, { name: 'when (UTC)', align: 'left' }, { name: 'who', align: 'left' }, { name: 'what', align: 'left' }, { name: 'system', align: 'left' },
  { name: 'objects', align: 'left' }, { name: 'classes', align: 'left' }, { name: 'rows', align: 'right' }, { name: 'patients', align: 'right' },
]

function toEventTable(events: readonly FoundEvent[]): string {
  return toTableText(EVENT_COLUMNS, events.map((event) => [
    String(event.index), new Date(event.atMs).toISOString().slice(0, 19).replace('T', ' '), event.principals.filter(({ role }) => role !== 'by').map(({ name }) => name).join(' for ') || (event.principals[0]?.name ?? ''),
    [event.kind, event.decision, event.outcome?.status].filter((part) => part !== undefined).join(' '), event.resource ?? '', event.objects.map(({ name, action }) => `${action} ${name}`).join(', '),
    event.classes.filter((name) => name !== 'none').join(' '), event.outcome === undefined ? '' : String(event.outcome.rows), describePatients(event),
  ]))
}

function describePatients({ patients, outcome }: FoundEvent): string {
  if (outcome?.patientsUnknown !== undefined) return 'unknown'
  const count = patients.length + (outcome?.patientsMore ?? 0)
  return count === 0 ? '' : String(count)
}

function parseCount(text: string, option: string): number {
  if (!/^(0|[1-9][0-9]{0,8})$/.test(text)) throw new CommandEnd(1, `${option}: expected a number`)
  return option === '--limit' ? Math.min(Number(text), MAX_LIMIT) : Number(text)
}

