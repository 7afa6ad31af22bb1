/**
 * Which columns of an answer name the patient: those that the row description says come from a table's `patient` column. A column that came
 * through a view or an expression is not recognised, and the answer's patients are then unknown. Pure.
 */
import type { Classification, Understanding } from '@doorward/core'
import type { Catalog } from '@doorward/sql'
import type { PatientColumn } from '../../../patients/patient-tally.ts'

interface AnswerField { readonly tableOid: number; readonly attribute: number; readonly typeOid: number; readonly format: number }

const INT8 = 20
const INT2 = 21
const INT4 = 23
const UUID = 2950

export function findPatientColumns(fields: readonly AnswerField[], catalog: Catalog, classification: Classification): readonly PatientColumn[] {
  return fields.flatMap((field, column): readonly PatientColumn[] => {
    const relation = field.tableOid === 0 ? undefined : catalog.relation(field.tableOid)
    const attribute = relation?.attributes.get(field.attribute)
    if (relation === undefined || attribute === undefined) return []
    return classification.tables.get(`${relation.schema}.${relation.name}`)?.patient === attribute.name ? [{ column, toText: toTextOf(field), format: formatOf(field) }] : []
  })
}

/** @returns whether a statement reads or writes a table whose rows belong to patients. */
export function touchesPatients(understanding: Understanding, classification: Classification): boolean {
  if (understanding.kind === 'opaque') return true
  return understanding.effects.some((effect) => effect.kind === 'relation' && effect.scope === 'user' && classification.tables.get(effect.object)?.patient !== undefined)
}

function formatOf({ typeOid, format }: AnswerField): NonNullable<PatientColumn['format']> {
  if (format === 0) return 'decimal'
  return typeOid === INT2 || typeOid === INT4 || typeOid === INT8 ? 'integer' : 'other'
}

/** One id has one text, whichever format the client asked for. */
function toTextOf({ typeOid, format }: AnswerField): (cell: Buffer) => string {
  if (format === 0) return (cell) => cell.toString('utf8')
  switch (typeOid) {
    case INT2: return (cell) => (cell.length === 2 ? String(cell.readInt16BE(0)) : cell.toString('hex'))
    case INT4: return (cell) => (cell.length === 4 ? String(cell.readInt32BE(0)) : cell.toString('hex'))
    case INT8: return (cell) => (cell.length === 8 ? String(cell.readBigInt64BE(0)) : cell.toString('hex'))
    case UUID: return (cell) => cell.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    default: return (cell) => cell.toString('utf8')
  }
}
