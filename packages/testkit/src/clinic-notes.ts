/**
 * Free text as clinicians write it: it says who, when, whose daughter called and from which number, in several forms, beside what
 * the visit was for. That is what makes free text PHI, and what a masker of free text has to find.
 */
import type { Condition } from './clinic-terms.table.ts'
import type { Person } from './people.ts'
import type { SeededRandom } from './people-random.ts'
import { FEMALE_NAMES, MALE_NAMES } from './people.table.ts'

export interface NoteSubject {
  readonly person: Person
  readonly mrn: string
  readonly condition: Condition
  /** Milliseconds since the epoch. */
  readonly seenAtMs: number
  readonly ageThen: number
  /** The author's name with credential. */
  readonly author: string
}

export interface NoteText { readonly kind: 'progress' | 'phone' | 'letter' | 'nursing'; readonly body: string }

export function makeNote(random: SeededRandom, subject: NoteSubject): NoteText {
  const kind = random.pickWeighted([{ weight: 6, kind: 'progress' }, { weight: 2, kind: 'phone' }, { weight: 1, kind: 'letter' }, { weight: 2, kind: 'nursing' }] as const).kind
  switch (kind) {
    case 'progress': return { kind, body: progress(random, subject) }
    case 'phone': return { kind, body: phone(random, subject) }
    case 'letter': return { kind, body: letter(random, subject) }
    case 'nursing': return { kind, body: nursing(random, subject) }
  }
}

/** `03/07/2026`, as it is written by hand. */
export function toUsDate(iso: string): string {
  const [year, month, day] = iso.split('-')
  return `${month}/${day}/${year}`
}

function progress(random: SeededRandom, { person, condition, ageThen, author, seenAtMs }: NoteSubject): string {
  const vitals = ageThen < 12 ? '' : ` BP ${random.integer(104, 158)}/${random.integer(62, 96)}, pulse ${random.integer(56, 98)}.`
  const companion = random.chance(0.3) ? ` Came with ${relative(random, person, ageThen)}.` : ''
  return `${title(person, ageThen)} ${person.lastName}, ${ageThenText(ageThen)} (DOB ${toUsDate(person.dob)}), seen ${toUsDate(new Date(seenAtMs).toISOString().slice(0, 10))} for ${condition.text.toLowerCase()}. `
    + `Reports ${condition.complaint}.${companion}${vitals} Assessment: ${condition.text} (${condition.code}). Plan: ${condition.plan}. ${author}`
}

function phone(random: SeededRandom, { person, mrn, condition, ageThen, author }: NoteSubject): string {
  const caller = ageThen < 16 || random.chance(0.3) ? capitalize(relative(random, person, ageThen)) : `${person.firstName} ${person.lastName}`
  return `${caller} called from ${person.phone} about ${mrn}: ${condition.complaint}. Advised: ${condition.plan}. `
    + `${random.chance(0.5) ? `Asked to mail the form to ${person.street}, ${person.town} ${person.zip}. ` : ''}${author}`
}

function letter(random: SeededRandom, { person, condition, ageThen, author, seenAtMs }: NoteSubject): string {
  return `Dear colleague, thank you for seeing ${person.firstName} ${person.lastName}, born ${longDate(person.dob)}, of ${person.street}, ${person.town}. `
    + `${pronoun(person)} was here on ${longDate(new Date(seenAtMs).toISOString().slice(0, 10))} with ${condition.complaint}; the working diagnosis is ${condition.text.toLowerCase()}. `
    + `${random.chance(0.5) ? `Reach ${ageThen < 16 ? 'the family' : pronoun(person).toLowerCase() === 'she' ? 'her' : 'him'} at ${person.email} or ${person.phone}. ` : ''}Kind regards, ${author}`
}

function nursing(random: SeededRandom, { person, mrn, condition, ageThen }: NoteSubject): string {
  const identified = random.chance(0.5) ? `name and date of birth (${toUsDate(person.dob)})` : `name and last four of SSN (${person.ssn.slice(-4)})`
  return `Pt ${person.firstName} ${person.lastName.slice(0, 1)}. (${mrn}) identified by ${identified}. C/o ${condition.complaint}. `
    + `${random.chance(0.4) ? `Emergency contact ${relative(random, person, ageThen)}. ` : ''}Allergies reviewed. Teaching given, ${person.firstName} repeats it back.`
}

function title(person: Person, age: number): string {
  return age < 18 ? person.firstName : person.sex === 'female' ? 'Ms.' : 'Mr.'
}

function pronoun(person: Person): string {
  return person.sex === 'female' ? 'She' : 'He'
}

function ageThenText(age: number): string {
  return age < 1 ? 'infant' : `${age}-year-old`
}

function relative(random: SeededRandom, person: Person, age: number): string {
  if (age < 18) return random.chance(0.6) ? `mother ${random.pick(FEMALE_NAMES)} ${person.lastName}` : `father ${random.pick(MALE_NAMES)} ${person.lastName}`
  if (age > 60) return random.chance(0.5) ? `daughter ${random.pick(FEMALE_NAMES)}` : `son ${random.pick(MALE_NAMES)}`
  return random.chance(0.5) ? `wife ${random.pick(FEMALE_NAMES)}` : `brother ${random.pick(MALE_NAMES)}`
}

function capitalize(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** `March 7, 2026`. Own table: what Intl writes depends on the ICU of the machine. */
function longDate(iso: string): string {
  const [year, month, day] = iso.split('-')
  return `${MONTHS[Number(month) - 1] ?? ''} ${Number(day)}, ${year}`
}

const MONTHS: readonly string[] = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
