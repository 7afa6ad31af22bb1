/**
 * A synthetic clinic: invented patients with what a small practice records of them over three years. Deterministic: the same
 * options give the same bytes. Nobody in it exists, see `people.ts`. Realistic to look at, and no source of statistics.
 */
import { makeNote } from './clinic-notes.ts'
import type { AppointmentRow, Clinic, DiagnosisRow, EncounterRow, LabRow, MedicationRow, NoteRow, PatientRow, ProviderRow } from './clinic-rows.ts'
import { LAB_TESTS, ROOMS, SPECIALTIES, type LabTest } from './clinic-terms.table.ts'
import { makeVisits, toOfficeHours, type Visit } from './clinic-visits.ts'
import { DAY_MS, makePeople, toIsoDate, type Person } from './people.ts'
import { makeSeededRandom, type SeededRandom } from './people-random.ts'
import { FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES } from './people.table.ts'

export interface ClinicOptions {
  readonly seed: number
  readonly patients: number
  /** ISO 8601 date: "today" at the clinic. Visits lie before it, open appointments after. */
  readonly asOf: string
}

/** What `npm start` shows. */
export const DEMO_CLINIC: ClinicOptions = { seed: 20_261_101, patients: 1_000, asOf: '2026-11-01' }

/** The MRN of patient 1 follows it. */
const FIRST_MRN = 4_710_000
const ABNORMAL_CHRONIC = 0.45
const ABNORMAL_ACUTE = 0.15

/** @throws {RangeError} when `asOf` is no date. */
export function makeClinic(options: ClinicOptions = DEMO_CLINIC): Clinic {
  const asOfMs = Date.parse(options.asOf)
  if (!Number.isFinite(asOfMs)) throw new RangeError('asOf: expected an ISO 8601 date')
  const random = makeSeededRandom(options.seed)
  const people = makePeople(options.patients, options.seed + 1, options.asOf)
  const providers = makeProviders(random)
  const rooms = ROOMS.map((room, index) => ({ id: index + 1, ...room }))
  const patients: PatientRow[] = []
  const dated: { readonly patientId: number; readonly person: Person; readonly visit: Visit; readonly providerId: number }[] = []
  people.forEach((person, index) => {
    const visits = makeVisits(random, person, asOfMs)
    const patient = makePatient(random, person, index + 1, visits, providers)
    patients.push(patient)
    for (const visit of visits) dated.push({ patientId: patient.id, person, visit, providerId: random.chance(0.8) ? patient.provider_id : random.pick(suitedFor(person, providers)).id })
  })
  dated.sort((a, b) => a.visit.startedAtMs - b.visit.startedAtMs || a.patientId - b.patientId)

  const books: Books = { encounters: [], diagnoses: [], medications: [], labs: [], notes: [] }
  for (const entry of dated) recordVisit(random, books, entry, { providers, roomCount: rooms.length, mrn: toMrn(entry.patientId) })
  return { providers, rooms, patients, ...books, appointments: makeAppointments(random, patients, rooms.length, asOfMs) }
}

interface Books {
  readonly encounters: EncounterRow[]
  readonly diagnoses: DiagnosisRow[]
  readonly medications: MedicationRow[]
  readonly labs: LabRow[]
  readonly notes: NoteRow[]
}

interface Place { readonly providers: readonly ProviderRow[]; readonly roomCount: number; readonly mrn: string }

function makeProviders(random: SeededRandom): readonly ProviderRow[] {
  return SPECIALTIES.flatMap(({ specialty, credential, count }) => Array.from({ length: count }, () => ({ specialty, credential }))).map(({ specialty, credential }, index) => ({
    id: index + 1,
    name: `${random.pick(random.chance(0.5) ? FEMALE_NAMES : MALE_NAMES)} ${random.pick(FAMILY_NAMES)}`,
    credential, specialty, email: `provider${index + 1}@clinic.example`,
  }))
}

function makePatient(random: SeededRandom, person: Person, id: number, visits: readonly Visit[], providers: readonly ProviderRow[]): PatientRow {
  const main = visits.find((visit) => visit.condition.course === 'chronic') ?? visits.at(-1)
  return {
    id, mrn: toMrn(id), first_name: person.firstName, last_name: person.lastName, sex: person.sex, dob: person.dob, ssn: person.ssn, phone: person.phone,
    email: person.age < 16 || random.chance(0.08) ? null : person.email,
    street: person.street, town: person.town, zip: person.zip,
    member_id: random.chance(0.06) ? null : `HP${random.digits(3)}-${random.digits(6)}`,
    diagnosis: main?.condition.text ?? null,
    provider_id: random.pick(suitedFor(person, providers)).id,
    // When the row was made: one import in January 2024, a minute a patient. It says nothing about the patient.
    created_at: toInstant(Date.UTC(2024, 0, 8, 6) + id * 60_000),
  }
}

/** Whose patient somebody can be: children see pediatricians, adults a family or internal practice. */
function suitedFor(person: Person, providers: readonly ProviderRow[]): readonly ProviderRow[] {
  return providers.filter(({ specialty }) => (person.age < 16 ? specialty === 'Pediatrics' : /^(Family|Internal)/.test(specialty)))
}

function recordVisit(random: SeededRandom, books: Books, entry: { readonly patientId: number; readonly person: Person; readonly visit: Visit; readonly providerId: number }, place: Place): void {
  const { patientId, person, visit } = entry
  const { condition, startedAtMs } = visit
  const encounterId = books.encounters.length + 1
  const provider = place.providers[entry.providerId - 1] ?? random.pick(place.providers)
  const day = toIsoDate(startedAtMs)
  books.encounters.push({
    id: encounterId, patient_id: patientId, provider_id: provider.id, room_id: random.integer(1, place.roomCount),
    kind: random.pick(['visit', 'visit', 'visit', 'telehealth', 'phone', 'urgent']), reason: condition.complaint, started_at: toInstant(startedAtMs), minutes: visit.minutes,
  })
  if (visit.isFirst) {
    books.diagnoses.push({
      id: books.diagnoses.length + 1, patient_id: patientId, encounter_id: encounterId, code: condition.code, description: condition.text,
      status: condition.course === 'chronic' ? 'active' : 'resolved', onset_on: day,
    })
    for (const medication of condition.medications) {
      const isOver = condition.course === 'acute' || random.chance(0.12)
      const ended = startedAtMs + (condition.course === 'acute' ? random.integer(5, 14) : random.integer(30, 300)) * DAY_MS
      books.medications.push({
        id: books.medications.length + 1, patient_id: patientId, encounter_id: encounterId, drug: medication.drug, dose: random.pick(medication.doses),
        frequency: medication.frequency, started_on: day, ended_on: isOver ? toIsoDate(ended) : null,
      })
    }
  }
  for (const code of condition.labs) {
    const test = LAB_TESTS.get(code)
    if (test === undefined) throw new RangeError(`lab test ${code} is not in the table`)
    books.labs.push(makeLab(random, test, { id: books.labs.length + 1, patient_id: patientId, encounter_id: encounterId, code, takenAtMs: startedAtMs + random.integer(20, 90) * 60_000, chronic: condition.course === 'chronic' }))
  }
  const note = makeNote(random, { person, mrn: place.mrn, condition, seenAtMs: startedAtMs, ageThen: visit.ageThen, author: `${provider.name}, ${provider.credential}` })
  books.notes.push({
    id: encounterId, patient_id: patientId, encounter_id: encounterId, author_id: provider.id, kind: note.kind, body: note.body,
    written_at: toInstant(startedAtMs + (visit.minutes + random.integer(5, 240)) * 60_000),
  })
}

interface LabOrder { readonly id: number; readonly patient_id: number; readonly encounter_id: number; readonly code: string; readonly takenAtMs: number; readonly chronic: boolean }

function makeLab(random: SeededRandom, test: LabTest, order: LabOrder): LabRow {
  const isAbnormal = random.chance(order.chronic ? ABNORMAL_CHRONIC : ABNORMAL_ACUTE)
  // The square keeps most abnormal values near the range.
  const value = isAbnormal ? test.high + (test.worst - test.high) * random.next() ** 2 : test.low + (test.high - test.low) * random.next()
  const shown = Number(value.toFixed(test.decimals))
  const { id, patient_id, encounter_id, code } = order
  return { id, patient_id, encounter_id, code, name: test.name, value: shown.toFixed(test.decimals), unit: test.unit, flag: shown > test.high ? 'H' : null, taken_at: toInstant(order.takenAtMs) }
}

function makeAppointments(random: SeededRandom, patients: readonly PatientRow[], roomCount: number, asOfMs: number): readonly AppointmentRow[] {
  const rows: Omit<AppointmentRow, 'id'>[] = []
  for (const patient of patients) {
    const past = random.chance(0.35)
    const open = random.chance(0.55) ? random.integer(1, 2) : 0
    const add = (startsAtMs: number, status: string): void => {
      rows.push({
        patient_id: patient.id, provider_id: patient.provider_id, room_id: random.integer(1, roomCount), starts_at: toInstant(startsAtMs), minutes: random.pick([15, 30, 45]), status,
        reason: `${random.pick(['Follow-up', 'Check', 'Results', 'Medication review'])}: ${patient.diagnosis ?? 'new patient'}`,
      })
    }
    if (past) add(toOfficeHours(random, asOfMs - random.integer(3, 300) * DAY_MS), random.pick(['no-show', 'cancelled', 'kept']))
    // toOfficeHours moves back at most two days, so the third day is still to come.
    for (let count = 0; count < open; count++) add(toOfficeHours(random, asOfMs + random.integer(3, 120) * DAY_MS), 'booked')
  }
  rows.sort((a, b) => Date.parse(a.starts_at) - Date.parse(b.starts_at) || a.patient_id - b.patient_id)
  return rows.map((row, index) => ({ id: index + 1, ...row }))
}

function toMrn(patientId: number): string {
  return `MRN${FIRST_MRN + patientId * 7}`
}

function toInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
