/** The tour's statement that waits: asked by one person, refused to the asker, approved by another over the admin API, delivered masked. */
import type { RunningDemo } from './start-demo.ts'
import { EVAN, OLGA, type DemoPrincipal } from './principals.ts'
import { runDoorward, type CommandRun } from './tour-command.ts'
import type { TourReport } from './tour-report.ts'
import { textOf, visit } from './tour-visitor.ts'

const EVERYBODY = 'select id, mrn, last_name, ssn, zip from clinic.patients order by id'
/** Of an answer that is too long for a screen. */
const SHOWN_ROWS = 3

export async function showHold(demo: RunningDemo, report: TourReport): Promise<void> {
  report.chapter('A statement that waits for a person')
  const { patients } = demo.database.clinic
  const approvals = (what: readonly string[], as: DemoPrincipal): Promise<CommandRun> => runApprovals(demo, what, as, report)
  report.say('   Evan may read, masked. A read of all patients waits all the same, on its connection, until a privacy officer has approved it.')
  const evan = await visit(demo, EVAN, undefined, report)
  const held = await evan.askAndWait(EVERYBODY, SHOWN_ROWS)
  const id = /approvals approve ([0-9a-z]+)/.exec(textOf(held.notice))?.[1] ?? ''
  report.claim('psql and every other client shows who is to approve it, and how', /waits for approval by 1 of privacy-officers/.test(textOf(held.notice)) && id !== '')
  const own = await approvals(['approve', id], EVAN)
  report.claim('Evan cannot approve it himself', own.status === 1 && own.output.includes('nobody approves for themselves'))
  const shown = await approvals(['show', id], OLGA)
  report.claim('Olga sees who wants what, why it waits, and the statement without its literals', shown.status === 0 && shown.output.includes('evan') && shown.output.includes('clinic.patients'))
  const said = await approvals(['approve', id], OLGA)
  const answer = await held.answer()
  report.claim('she approves with her own identity, and that moment it runs', said.status === 0 && answer.rows.length === patients.length)
  const numbers = new Set(patients.flatMap((row) => [row.mrn, row.last_name, row.ssn, row.zip]))
  report.claim('what is delivered is masked: approved is not unmasked', answer.rows.length > 0 && !answer.rows.some((row) => row.slice(1).some((cell) => cell !== null && numbers.has(cell))))
  await evan.leave()

  report.say('   Olga is an officer, and asks for the same. Her program cannot wait, so it takes a ticket:')
  const olga = await visit(demo, OLGA, undefined, report)
  await olga.ask("set doorward.hold = 'ticket'")
  const ticket = await olga.ask(EVERYBODY)
  await olga.leave()
  const hers = /ticket ([0-9a-z]+)/.exec(textOf(ticket.error))?.[1] ?? ''
  report.claim('the approval for Evan is of no use to her: it was for him, once', ticket.error !== undefined && hers !== '' && hers !== id)
  const herOwn = await approvals(['approve', hers], OLGA)
  report.claim('an officer does not approve for herself either', herOwn.status === 1 && herOwn.output.includes('nobody approves for themselves'))
}

async function runApprovals(demo: RunningDemo, what: readonly string[], as: DemoPrincipal, report: TourReport): Promise<CommandRun> {
  const run = await runDoorward(['approvals', ...what, '--as', as.name, '--config', demo.folder.configFile])
  report.quote(`$ npx doorward approvals ${what.join(' ')} --as ${as.name}\n${run.output}`)
  return run
}
