/** The rows of the synthetic clinic, named as their columns are. Dates and times are ISO 8601 text; `null` is SQL NULL. */

export interface ProviderRow { readonly id: number; readonly name: string; readonly credential: string; readonly specialty: string; readonly email: string }

export interface RoomRow { readonly id: number; readonly name: string; readonly floor: number; readonly kind: string }

export interface PatientRow {
  readonly id: number
  readonly mrn: string
  readonly first_name: string
  readonly last_name: string
  readonly sex: string
  readonly dob: string
  readonly ssn: string
  readonly phone: string
  readonly email: string | null
  readonly street: string
  readonly town: string
  readonly zip: string
  readonly member_id: string | null
  readonly diagnosis: string | null
  readonly provider_id: number
  readonly created_at: string
}

export interface EncounterRow {
  readonly id: number
  readonly patient_id: number
  readonly provider_id: number
  readonly room_id: number
  readonly kind: string
  readonly reason: string
  readonly started_at: string
  readonly minutes: number
}

export interface DiagnosisRow {
  readonly id: number
  readonly patient_id: number
  readonly encounter_id: number
  readonly code: string
  readonly description: string
  readonly status: string
  readonly onset_on: string
}

export interface MedicationRow {
  readonly id: number
  readonly patient_id: number
  readonly encounter_id: number
  readonly drug: string
  readonly dose: string
  readonly frequency: string
  readonly started_on: string
  readonly ended_on: string | null
}

export interface LabRow {
  readonly id: number
  readonly patient_id: number
  readonly encounter_id: number
  readonly code: string
  readonly name: string
  readonly value: string
  readonly unit: string
  readonly flag: string | null
  readonly taken_at: string
}

export interface AppointmentRow {
  readonly id: number
  readonly patient_id: number
  readonly provider_id: number
  readonly room_id: number
  readonly starts_at: string
  readonly minutes: number
  readonly status: string
  readonly reason: string
}

export interface NoteRow {
  readonly id: number
  readonly patient_id: number
  readonly encounter_id: number
  readonly author_id: number
  readonly kind: string
  readonly body: string
  readonly written_at: string
}

/** Every row, by table, in an order that foreign keys allow. */
export interface Clinic {
  readonly providers: readonly ProviderRow[]
  readonly rooms: readonly RoomRow[]
  readonly patients: readonly PatientRow[]
  readonly encounters: readonly EncounterRow[]
  readonly diagnoses: readonly DiagnosisRow[]
  readonly medications: readonly MedicationRow[]
  readonly labs: readonly LabRow[]
  readonly appointments: readonly AppointmentRow[]
  readonly notes: readonly NoteRow[]
}
