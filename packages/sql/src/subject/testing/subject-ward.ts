/** The ward of the flow's tests, with the columns that name patients, and where recordings over it lie. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Classification } from '@doorward/core'
import type { Recording } from '../../flow/testing/dialogue.ts'
import { WARD_CLASSIFICATION } from '../../flow/testing/ward-schema.ts'
import type { UnderstandResult } from '../../plan.ts'
import { SUBJECT_CASES, type SubjectCase } from './subject-cases.table.ts'

const SUBJECTS: ReadonlyMap<string, string> = new Map([['ward.patients', 'id'], ['ward.archived', 'id'], ['ward.visits', 'patient_id'], ['ward.notes', 'patient_id']])

export const SUBJECT_CLASSIFICATION: Classification = {
  ...WARD_CLASSIFICATION,
  tables: new Map([...WARD_CLASSIFICATION.tables].map(([name, table]) => [name, { ...table, patient: SUBJECTS.get(name) }])),
}

export function casesOf(major: number): readonly SubjectCase[] {
  return SUBJECT_CASES.filter(({ from }) => from === undefined || major >= from)
}

export function subjectRecordingFile(major: number): string {
  return fileURLToPath(new URL(`./recorded/${major}.json.gz`, import.meta.url))
}

export function readSubjectRecording(major: number): Recording {
  return JSON.parse(gunzipSync(readFileSync(subjectRecordingFile(major))).toString('utf8')) as Recording // written by record-subjects.ts
}

/** As the table of cases writes it; names lose `ward.`. */
export function subjectSummary(result: UnderstandResult): readonly string[] {
  if (result.kind === 'rejected') return [`rejected ${result.error.sqlState}`]
  const { subjects } = result.plan
  if (subjects === undefined) return ['unknown']
  return [
    ...subjects.outputs.map(({ output, relations }) => `${output + 1}: ${relations.map(short).join(', ')}`),
    ...subjects.given.map(({ relation, value }) => `= ${value.kind === 'constant' ? value.text : `$${value.number}`}: ${short(relation)}`),
    ...subjects.untold.map((relation) => `? ${short(relation)}`),
  ]
}

function short(name: string): string { return name.replace(/^ward\./, '') }
