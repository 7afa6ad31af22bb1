/** The tour's statements: what three principals ask, and what each may not learn. */
import type { PatientRow, PgMessage } from '@doorward/testkit'
import { DANA, EVAN, SCOUT } from './principals.ts'
import type { RunningDemo } from './start-demo.ts'
import type { TourReport } from './tour-report.ts'
import { textOf, visit, type Answer } from './tour-visitor.ts'

const PATIENTS = 'select id, mrn, first_name, last_name, dob, ssn, zip, diagnosis from clinic.patients where id between 7 and 9 order by id'
/** insufficient_privilege. PostgreSQL, Error Codes. */
const REFUSED = '42501'
/** Of the agent: policies/agents.yaml. */
const AGENT_ROWS = 50

export async function showMasking(demo: RunningDemo, report: TourReport): Promise<void> {
  report.chapter('The same query, three principals')
  const patients = demo.database.clinic.patients.slice(6, 9)
  const dana = await visit(demo, DANA, DANA.purpose, report)
  const clear = await dana.ask(PATIENTS)
  await dana.leave()
  const truth = patients.map((row) => [String(row.id), row.mrn, row.first_name, row.last_name, row.dob, row.ssn, row.zip, row.diagnosis])
  report.claim('Dana treats these patients and sees them as they are', JSON.stringify(clear.rows) === JSON.stringify(truth))

  const evan = await visit(demo, EVAN, undefined, report)
  const masked = await evan.ask(PATIENTS)
  await evan.leave()
  report.claim('Evan gets the same rows, and no value of a patient in them', masked.rows.length === 3 && !showsAny(masked, patients))
  report.claim('what his policy lets through is there: the year of birth, the start of the ZIP code, a token for the record number',
    masked.rows.every((row, index) => row[4]?.slice(0, 4) === patients[index]?.dob.slice(0, 4) && row[6]?.slice(0, 3) === patients[index]?.zip.slice(0, 3) && row[1] !== null && row[1] !== ''))

  const scout = await visit(demo, SCOUT, undefined, report)
  const agent = await scout.ask(PATIENTS)
  await scout.leave()
  report.claim('Scout gets the rows with everything that is PHI redacted', agent.rows.length === 3 && !showsAny(agent, patients))
}

export async function showPurpose(demo: RunningDemo, report: TourReport): Promise<void> {
  report.chapter('No purpose, no PHI')
  report.say('   Dana forgets to say what for (psql: options=\'-c doorward.purpose=TREAT\').')
  const dana = await visit(demo, DANA, undefined, report)
  const refused = await dana.ask('select last_name from clinic.patients where id = 7')
  report.claim('she is refused, told why, and given a receipt number', isRefusal(refused))
  await dana.ask("set doorward.purpose = 'TREAT'")
  const allowed = await dana.ask('select last_name from clinic.patients where id = 7')
  report.claim('the session went on: she states her purpose and reads', allowed.rows[0]?.[0] === demo.database.clinic.patients[6]?.last_name)
  await dana.leave()
}

export async function showNotes(demo: RunningDemo, report: TourReport): Promise<void> {
  report.chapter('Free text, and a view')
  const evan = await visit(demo, EVAN, undefined, report)
  const note = await evan.ask('select id, kind, body from clinic.notes where id = 3')
  report.claim('a clinician\'s note, which names its patient, is redacted whole', note.rows.length === 1 && note.rows[0]?.[2] !== demo.database.clinic.notes[2]?.body)
  const view = await evan.ask('select id, full_name, provider from clinic.patient_directory where id = 7')
  const patient = demo.database.clinic.patients[6]
  report.claim('a view that glues two names together does not launder them', patient !== undefined && !showsAny(view, [patient]))
  await evan.leave()
}

export async function showWork(demo: RunningDemo, report: TourReport): Promise<void> {
  report.chapter('Work that needs no PHI goes on')
  const evan = await visit(demo, EVAN, undefined, report)
  const answer = await evan.ask('select specialty, count(*) as providers from clinic.providers group by specialty order by 2 desc, 1 limit 3')
  report.claim('grouping, counting and ordering what is not PHI works as ever', answer.rows.length === 3 && answer.error === undefined)
  const joined = await evan.ask('select e.id, e.kind, p.mrn, v.name as provider from clinic.encounters e join clinic.patients p on p.id = e.patient_id join clinic.providers v on v.id = e.provider_id where e.id between 1 and 3 order by e.id')
  report.claim('joins work, and what comes through them is masked all the same', joined.rows.length === 3 && !showsAny(joined, demo.database.clinic.patients))
  await evan.leave()
}

/** What became of a statement that asked for a social security number: its receipt leads into the log. */
export interface Probe { readonly error: PgMessage | undefined; readonly ssn: string }

export async function showRefusals(demo: RunningDemo, report: TourReport): Promise<Probe> {
  report.chapter('What is refused, and how')
  const evan = await visit(demo, EVAN, undefined, report)
  const [patient] = demo.database.clinic.patients
  report.say('   Evan has heard a social security number and wants to know whose it is. A mask on the output cannot hide which row came back:')
  const probe = await evan.ask(`select id from clinic.patients where ssn = '${patient?.ssn ?? ''}'`)
  report.claim('refused, with the column, the rule and a receipt', isRefusal(probe) && /ssn/.test(textOf(probe.error)))
  const removal = await evan.ask('delete from clinic.notes where id = 3')
  report.claim('a DELETE that no policy allows is refused', isRefusal(removal))
  await evan.leave()
  const dana = await visit(demo, DANA, DANA.purpose, report)
  const drop = await dana.ask('drop table clinic.patients')
  report.claim('a denial names its policy', isRefusal(drop) && textOf(drop.error).includes('no-destruction'))
  const two = await dana.ask('select 1; delete from clinic.notes')
  report.claim('a second statement behind the first changes nothing', two.error !== undefined)
  await dana.leave()
  const owner = await demo.database.connectAsOwner()
  const [left] = await owner.query('select (select count(*) from clinic.patients), (select count(*) from clinic.notes)')
  await owner.close()
  const { patients, notes } = demo.database.clinic
  report.claim('asked directly, the database still has every row', left?.rows[0]?.[0] === String(patients.length) && left.rows[0]?.[1] === String(notes.length))
  return { error: probe.error, ssn: patient?.ssn ?? '' }
}

export async function showErrors(demo: RunningDemo, report: TourReport): Promise<void> {
  report.chapter('Errors do not tell either')
  const sql = 'select ssn::integer from clinic.patients where id = 7'
  const ssn = demo.database.clinic.patients[6]?.ssn ?? ''
  const owner = await demo.database.connectAsOwner()
  const direct = await owner.query(sql).then(() => undefined, (error: { readonly answer?: PgMessage }) => error.answer)
  await owner.close()
  report.say('   PostgreSQL itself puts the value into the error of a cast:')
  report.quote(`${direct?.severity ?? ''} ${direct?.sqlstate ?? ''}: ${direct?.message ?? ''}`)
  report.claim('so it would be there to read', textOf(direct).includes(ssn))
  const evan = await visit(demo, EVAN, undefined, report)
  const through = await evan.ask(sql)
  await evan.leave()
  report.claim('through Doorward it is not', through.error !== undefined && !textOf(through.error).includes(ssn))
}

export async function showLimit(demo: RunningDemo, report: TourReport): Promise<void> {
  report.chapter('An agent has limits')
  const scout = await visit(demo, SCOUT, undefined, report)
  const few = await scout.ask('select id, kind from clinic.rooms order by id limit 3')
  report.claim('within them it works', few.rows.length === 3)
  const all = await scout.ask('select id, drug, dose from clinic.medications')
  report.claim(`a statement that would return more than ${AGENT_ROWS} rows is stopped`, all.error !== undefined && all.rows.length <= AGENT_ROWS)
  await scout.leave()
}

function isRefusal(answer: Answer): boolean {
  return answer.error?.sqlstate === REFUSED && /receipt \d+/.test(textOf(answer.error)) && answer.rows.length === 0
}

/** Whether anything that identifies one of these patients is in the rows. */
function showsAny(answer: Answer, patients: readonly PatientRow[]): boolean {
  const values = new Set(patients.flatMap((row) => [row.mrn, row.last_name, row.dob, row.ssn, row.zip]))
  return answer.rows.some((row) => row.some((cell) => cell !== null && values.has(cell)))
}
