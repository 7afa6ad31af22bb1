import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { DEMO_CLINIC, makeClinic } from './clinic.ts'
import type { Clinic } from './clinic-rows.ts'
import { CLINIC_SCHEMA_SQL } from './clinic-schema.ts'

const CLINIC = makeClinic()

test('makes the same bytes for the same options, on every machine', () => {
  assert.equal(digest(makeClinic()), digest(CLINIC))
  assert.equal(digest(CLINIC), '93ae80f8301185e4adac6432454fa19d9846ed95e33c8deca8bea1947573846e')
})

test('makes other people for another seed', () => {
  const other = makeClinic({ ...DEMO_CLINIC, seed: 1, patients: 50 })
  const known = new Set(CLINIC.patients.map((patient) => patient.ssn))
  assert.equal(other.patients.filter((patient) => known.has(patient.ssn)).length, 0)
})

test('has a thousand patients, each with a record', () => {
  assert.equal(CLINIC.patients.length, 1_000)
  for (const table of ['encounters', 'diagnoses', 'notes'] as const) {
    assert.equal(new Set(CLINIC[table].map((row) => row.patient_id)).size, 1_000, table)
  }
  for (const table of ['medications', 'labs', 'appointments'] as const) assert.ok(CLINIC[table].length > 1_000, table)
})

test('holds no identifier that could belong to anybody', () => {
  for (const patient of CLINIC.patients) {
    // 9xx is never issued by the Social Security Administration; tax numbers in 9xx have 50 and above in the middle.
    assert.match(patient.ssn, /^9\d\d-(0[1-9]|[1-4]\d)-\d{4}$/)
    assert.match(patient.phone, /^\(\d{3}\) 555-01\d\d$/)
    if (patient.email !== null) assert.match(patient.email, /@(example\.(com|net|org)|mail\.example)$/)
    assert.match(patient.zip, /^(507|515|528|585|036)9\d$/)
  }
})

test('gives every patient identifiers of their own', () => {
  for (const key of ['id', 'mrn', 'ssn'] as const) assert.equal(new Set(CLINIC.patients.map((patient) => patient[key])).size, 1_000, key)
  const emails = CLINIC.patients.flatMap((patient) => patient.email ?? [])
  assert.equal(new Set(emails).size, emails.length)
})

test('points every reference at a row that exists', () => {
  const encounterPatient = new Map(CLINIC.encounters.map((row) => [row.id, row.patient_id]))
  const patients = new Set(CLINIC.patients.map((row) => row.id))
  const providers = new Set(CLINIC.providers.map((row) => row.id))
  const rooms = new Set(CLINIC.rooms.map((row) => row.id))
  for (const row of [...CLINIC.encounters, ...CLINIC.appointments]) assert.ok(patients.has(row.patient_id) && providers.has(row.provider_id) && rooms.has(row.room_id))
  for (const row of [...CLINIC.diagnoses, ...CLINIC.medications, ...CLINIC.labs, ...CLINIC.notes]) assert.equal(encounterPatient.get(row.encounter_id), row.patient_id)
  for (const note of CLINIC.notes) assert.ok(providers.has(note.author_id))
  for (const patient of CLINIC.patients) assert.ok(providers.has(patient.provider_id))
})

test('numbers the rows of every table from one, in order', () => {
  for (const rows of Object.values(CLINIC) as readonly (readonly { readonly id: number }[])[]) rows.forEach((row, index) => { assert.equal(row.id, index + 1) })
})

test('lets nothing happen before birth or, but for open appointments, after today', () => {
  const born = new Map(CLINIC.patients.map((row) => [row.id, Date.parse(row.dob)]))
  const asOf = Date.parse(DEMO_CLINIC.asOf)
  for (const row of CLINIC.encounters) assert.ok(Date.parse(row.started_at) > (born.get(row.patient_id) ?? Infinity) && Date.parse(row.started_at) < asOf)
  for (const row of CLINIC.appointments) assert.equal(row.status === 'booked', Date.parse(row.starts_at) >= asOf, row.starts_at)
})

test('spreads ages from infants to past ninety', () => {
  const year = Number(DEMO_CLINIC.asOf.slice(0, 4))
  const ages = CLINIC.patients.map((row) => year - Number(row.dob.slice(0, 4)))
  assert.ok(Math.min(...ages) <= 1)
  assert.ok(Math.max(...ages) > 90 && Math.max(...ages) < 100)
  assert.ok(ages.filter((age) => age > 89).length >= 3)
})

test('writes notes that name their patient, dates and numbers, as real ones do', () => {
  const patients = new Map(CLINIC.patients.map((row) => [row.id, row]))
  let withDate = 0
  let withPhone = 0
  for (const note of CLINIC.notes) {
    const patient = patients.get(note.patient_id)
    assert.ok(patient !== undefined)
    assert.ok(note.body.includes(patient.last_name) || note.body.includes(patient.first_name) || note.body.includes(patient.mrn), `note ${note.id}`)
    if (/\d\d\/\d\d\/\d{4}|[A-Z][a-z]+ \d{1,2}, \d{4}/.test(note.body)) withDate += 1
    if (note.body.includes(patient.phone)) withPhone += 1
  }
  assert.ok(withDate > CLINIC.notes.length / 2 && withPhone > CLINIC.notes.length / 10)
})

test('has a column in the schema for every field of every row', () => {
  for (const [table, rows] of Object.entries(CLINIC) as [keyof Clinic, readonly object[]][]) {
    const definition = new RegExp(`create table clinic\\.${table} \\(([^;]*)\\);`).exec(CLINIC_SCHEMA_SQL)?.[1] ?? ''
    const columns = definition.split('\n').map((line) => line.trim().split(' ')[0]).filter((name) => name !== undefined && name !== '')
    assert.deepEqual(Object.keys(rows[0] ?? {}), columns, table)
  }
})

function digest(clinic: Clinic): string {
  return createHash('sha256').update(JSON.stringify(clinic)).digest('hex')
}
