/** Binds the transforms to a resource's types, keys and clock, in the shape that a session asks for. */
import type { Classification, Purpose, Sensitive } from '@doorward/core'
import type { MaskContext, TokenLanes } from '@doorward/phi'
import { PatientTally } from '../../patients/patient-tally.ts'
import type { Judged, TransformFactory } from './session/answer.ts'
import type { KeptAnswers } from './session/kept-answers.ts'
import { planCatalogTexts } from './transform/catalog-text.ts'
import { planCopyOut } from './transform/plan-copy-out.ts'
import { findPatientColumns, subjectsOf } from './transform/patient-columns.ts'
import type { KeptMasks } from './transform/kept-masks.ts'
import { planWith, type CellObserver, type RowField } from './transform/plan-row.ts'
import { rewriteErrorFields } from './transform/rewrite-error.ts'
import type { TypeLookup } from './transform/type-shape.ts'

export interface TransformParts {
  readonly types: TypeLookup
  /** Whether a comment of the catalog may be shown. */
  readonly isShownComment: (text: string) => boolean
  /** Makes tokens; undefined: tokens are redacted. */
  readonly tokenKey: Sensitive<Buffer> | undefined
  /** Makes many at once, under the same key; undefined: the runtime cannot. */
  readonly tokenLanes: TokenLanes | undefined
  readonly purpose: () => Purpose | undefined
  /** Of this resource. */
  readonly keptMasks: KeptMasks
  readonly keptAnswers: KeptAnswers<Judged>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly classification: Classification
  readonly patientDigest: (patientId: string) => string
  readonly spendPatient: (patient: string | undefined, perHour: number) => 'within' | 'over'
}

export function createTransformFactory(parts: TransformParts): TransformFactory {
  const context = (): MaskContext => ({ tokenKey: parts.tokenKey, tokenLanes: parts.tokenLanes, purpose: parts.purpose(), asOfYear: new Date(parts.now()).getUTCFullYear() })
  return {
    planRows(fields, masks, texts, patients) {
      const observer = observe(patients, fields)
      const compiled = parts.keptMasks.compile({ fields, masks, types: parts.types, context: context() })
      const plan = compiled.kind === 'masks' ? planWith(compiled, fields.length, observer) : compiled
      const rewrite = planCatalogTexts(fields, texts, parts.isShownComment)
      if (plan.kind === 'plan' && rewrite !== undefined) return { kind: 'plan', transform: { identity: false, transformDataRow: (body) => rewrite(plan.transformDataRow(body)) } }
      return plan.kind === 'plan' ? { kind: 'plan', transform: plan } : { kind: 'cannot-mask', why: `output ${plan.output + 1} cannot be masked: ${plan.reason}` }
    },
    planCopy(plan, masks, patients) {
      const { copy, understanding } = plan
      if (copy === undefined || understanding.kind !== 'understood') return { kind: 'cannot-mask', why: 'a COPY whose columns are not known' }
      const columns = understanding.outputs.map((output, index) => ({ typeOid: output.typeId, typeModifier: copy.typeModifiers[index] ?? -1 }))
      const observer = observe(patients, columns.map((column) => ({ ...column, format: copy.format === 'binary' ? 1 : 0 })))
      const planned = planCopyOut({ format: copy.format, options: copy.options, columns, masks, types: parts.types, context: context(), ...(observer === undefined ? {} : { observer }) })
      return planned.kind === 'plan' ? { kind: 'plan', transform: planned } : { kind: 'cannot-mask', why: `column ${planned.output + 1} cannot be masked: ${planned.reason}` }
    },
    tally(plan, perHour, bind) {
      const subjects = subjectsOf(plan, parts.classification, bind)
      if (subjects === undefined) return undefined
      return new PatientTally({ ...subjects, digest: parts.patientDigest, spend: perHour === undefined ? undefined : (patient) => parts.spendPatient(patient, perHour) })
    },
    rewriteNotice: rewriteErrorFields,
    kept: parts.keptAnswers,
  }
}

/** @returns undefined where nobody is counted by rows. */
function observe(patients: PatientTally | undefined, fields: readonly RowField[]): CellObserver | undefined {
  if (patients === undefined) return undefined
  const columns = findPatientColumns(fields, patients.outputs)
  patients.start(columns)
  if (!patients.needsRows) return undefined
  return { columns: columns.map(({ column }) => column), row: (cells) => { patients.row(cells) }, rowAt: (source, bounds) => { patients.rowAt(source, bounds); return patients.isOver ? 'stop' : 'go-on' } }
}
