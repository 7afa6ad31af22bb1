/**
 * The patients of one statement, as the tally is to count them: which columns of the answer tell them, whom the statement names itself, and
 * why some are not told. Pure. Where it stops: what flows from which table into which column is `sql`'s to say.
 */
import { isPhi, type Action, type Classification, type Effect } from '@doorward/core'
import type { GivenSubject, StatementPlan } from '@doorward/sql'
import type { PatientColumn, TallyParts } from '../../../patients/patient-tally.ts'
import { decodeFrontend } from '../frontend.ts'

interface AnswerField { readonly typeOid: number; readonly format: number }

const INT8 = 20
const INT2 = 21
const INT4 = 23
const UUID = 2950
/** text, varchar, char(n), name: the same bytes in both formats. */
const TEXTS: ReadonlySet<number> = new Set([25, 1043, 1042, 19])
/** Definitions and rights are nobody's rows. */
const TOUCHING: ReadonlySet<Action> = new Set<Action>(['read', 'create', 'update', 'delete', 'destroy', 'export'])
/** Tables that an entry names. */
const MAX_NAMED_TABLES = 5

/** @returns those of `outputs` whose cells can be read as ids. One id has one text, whichever format the client asked for. */
export function findPatientColumns(fields: readonly AnswerField[], outputs: readonly number[]): readonly PatientColumn[] {
  return outputs.flatMap((column): readonly PatientColumn[] => {
    const field = fields[column]
    const toText = field === undefined ? undefined : toTextOf(field)
    return field === undefined || toText === undefined ? [] : [{ column, toText, format: formatOf(field) }]
  })
}

/** @param bind the Bind frame with the statement's parameters. @returns undefined: no rows of patients and no PHI are touched. */
export function subjectsOf(plan: StatementPlan, classification: Classification, bind: Buffer | undefined): Omit<TallyParts, 'digest' | 'spend'> | undefined {
  const { understanding, subjects } = plan
  if (understanding.kind === 'opaque') return { outputs: [], named: [], untold: 'the statement was not understood', strangers: 'one-a-row' }
  const touched = understanding.effects.filter((effect) => effect.kind === 'relation' && effect.scope === 'user' && TOUCHING.has(effect.action))
  const ofPatients = touched.filter(({ object }) => classification.tables.get(object)?.patient !== undefined)
  const ofNobody = touched.filter((effect) => holdsPhi(effect) && classification.tables.get(effect.object)?.patient === undefined)
  if (ofPatients.length === 0 && ofNobody.length === 0) return undefined
  const nobody = ofNobody.length === 0 ? undefined : `the classification names no patient for rows of ${tables(ofNobody.map(({ object }) => object))}`
  if (ofPatients.length === 0) return { outputs: [], named: [], untold: nobody, strangers: 'not-counted' }
  if (subjects === undefined) return { outputs: [], named: [], untold: `neither the answer nor the statement tells the patients of ${tables(ofPatients.map(({ object }) => object))}`, strangers: 'one-a-row' }
  const { named, unread } = namedPatients(subjects.given, bind)
  const untold = [...subjects.untold, ...unread]
  if (untold.length > 0) return { outputs: subjects.outputs.map(({ output }) => output), named, untold: `neither the answer nor the statement tells the patients of ${tables(untold)}`, strangers: 'one-a-row' }
  return { outputs: subjects.outputs.map(({ output }) => output), named, untold: nobody, strangers: 'not-counted' }
}

function holdsPhi({ classes }: Effect): boolean { return classes.some(isPhi) }

function tables(names: readonly string[]): string {
  const all = [...new Set(names)].toSorted()
  return all.length > MAX_NAMED_TABLES ? `${all.slice(0, MAX_NAMED_TABLES).join(', ')} and ${all.length - MAX_NAMED_TABLES} more tables` : all.join(', ')
}

/** The ids that literals and parameters give. `unread`: tables whose parameter is not there, or in a format that is not read. */
function namedPatients(given: readonly { readonly relation: string; readonly value: GivenSubject }[], bind: Buffer | undefined): { readonly named: readonly string[]; readonly unread: readonly string[] } {
  const named: string[] = []
  const unread: string[] = []
  const message = bind === undefined || given.every(({ value }) => value.kind === 'constant') ? undefined : decodeFrontend({ tag: bind[0] ?? 0, body: bind.subarray(5) })
  for (const { relation, value } of given) {
    if (value.kind === 'constant') { named.push(value.text); continue }
    const cell = message?.kind === 'bind' ? message.parameters[value.number - 1] : undefined
    if (message?.kind !== 'bind' || cell === undefined) { unread.push(relation); continue }
    // Equal to NULL is nobody.
    if (cell === null) continue
    const { parameterFormats } = message
    const format = parameterFormats.length === 1 ? parameterFormats[0] : parameterFormats[value.number - 1]
    const text = parameterText(cell, value.typeOid, format ?? 0)
    if (text === undefined) unread.push(relation)
    else named.push(text)
  }
  return { named, unread }
}

/** A parameter's text as the server would write it: ` 007` is 7. */
function parameterText(cell: Buffer, typeOid: number, format: number): string | undefined {
  const text = toTextOf({ typeOid, format })?.(cell)
  if (text === undefined || format !== 0) return text
  switch (typeOid) {
    case INT2: case INT4: case INT8: return /^\s*[+-]?\d{1,20}\s*$/.test(text) ? String(BigInt(text.trim().replace(/^\+/, ''))) : undefined
    case UUID: {
      const hex = text.replaceAll(/[{}-]/g, '').toLowerCase()
      return /^[0-9a-f]{32}$/.test(hex) ? hyphenated(hex) : undefined
    }
    default: return TEXTS.has(typeOid) ? text : undefined
  }
}

function formatOf({ typeOid, format }: AnswerField): NonNullable<PatientColumn['format']> {
  if (format === 0) return 'decimal'
  return typeOid === INT2 || typeOid === INT4 || typeOid === INT8 ? 'integer' : 'other'
}

/** @returns undefined for a binary format that is not read. */
function toTextOf({ typeOid, format }: AnswerField): ((cell: Buffer) => string) | undefined {
  if (format === 0 || TEXTS.has(typeOid)) return (cell) => cell.toString('utf8')
  switch (typeOid) {
    case INT2: return (cell) => (cell.length === 2 ? String(cell.readInt16BE(0)) : cell.toString('hex'))
    case INT4: return (cell) => (cell.length === 4 ? String(cell.readInt32BE(0)) : cell.toString('hex'))
    case INT8: return (cell) => (cell.length === 8 ? String(cell.readBigInt64BE(0)) : cell.toString('hex'))
    case UUID: return (cell) => hyphenated(cell.toString('hex'))
    default: return undefined
  }
}

function hyphenated(hex: string): string { return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') }
