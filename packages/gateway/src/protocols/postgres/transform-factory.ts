/** Binds the transforms to a resource's types, keys and clock, in the shape that a session asks for. */
import type { Classification, OutputMask, Purpose, Sensitive } from '@doorward/core'
import type { MaskContext, TokenLanes } from '@doorward/phi'
import type { StatementPlan } from '@doorward/sql'
import { PatientTally } from '../../patients/patient-tally.ts'
import type { Field } from './backend-message.ts'
import type { Judged, TransformFactory } from './session/answer.ts'
import type { KeptAnswers } from './session/kept-answers.ts'
import { planCatalogTexts } from './transform/catalog-text.ts'
import { planCopyOut } from './transform/plan-copy-out.ts'
import { findPatientColumns, subjectsOf } from './transform/patient-columns.ts'
import type { KeptMasks } from './transform/kept-masks.ts'
import { planWith, type CellObserver, type RowField } from './transform/plan-row.ts'
import { rewriteErrorFields } from './transform/rewrite-error.ts'
import type { TypeLookup } from './transform/type-shape.ts'

/** Of one resource: its sessions share it. */
export interface TransformParts {
  readonly types: TypeLookup
  /** Whether a comment of the catalog may be shown. */
  readonly isShownComment: (text: string) => boolean
  /** Makes tokens; undefined: tokens are redacted. */
  readonly tokenKey: Sensitive<Buffer> | undefined
  /** Makes many at once, under the same key; undefined: the runtime cannot. */
  readonly tokenLanes: TokenLanes | undefined
  readonly keptMasks: KeptMasks
  readonly keptAnswers: KeptAnswers<Judged>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly classification: Classification
  readonly patientDigest: (patientId: string) => string
  readonly spendPatient: (principal: string, patient: string | undefined, perHour: number) => 'within' | 'over'
}

/** Of one session: two fields, since thousands of sessions idle. */
export class SessionTransforms implements TransformFactory {
  readonly #parts: TransformParts
  readonly #principal: string
  readonly #purpose: () => Purpose | undefined

  /** @param principal whose patients are counted. */
  constructor(parts: TransformParts, principal: string, purpose: () => Purpose | undefined) {
    this.#parts = parts
    this.#principal = principal
    this.#purpose = purpose
  }

  get kept(): KeptAnswers<Judged> { return this.#parts.keptAnswers }

  planRows(fields: readonly Field[], masks: readonly OutputMask[], texts: StatementPlan['catalogTexts'], patients: PatientTally | undefined): ReturnType<TransformFactory['planRows']> {
    const { keptMasks, types, isShownComment } = this.#parts
    const observer = observe(patients, fields)
    const compiled = keptMasks.compile({ fields, masks, types, context: this.#context() })
    const plan = compiled.kind === 'masks' ? planWith(compiled, fields.length, observer) : compiled
    const rewrite = planCatalogTexts(fields, texts, isShownComment)
    if (plan.kind === 'plan' && rewrite !== undefined) return { kind: 'plan', transform: { identity: false, transformDataRow: (body) => rewrite(plan.transformDataRow(body)) } }
    return plan.kind === 'plan' ? { kind: 'plan', transform: plan } : { kind: 'cannot-mask', why: `output ${plan.output + 1} cannot be masked: ${plan.reason}` }
  }

  planCopy(plan: StatementPlan, masks: readonly OutputMask[], patients: PatientTally | undefined): ReturnType<TransformFactory['planCopy']> {
    const { copy, understanding } = plan
    if (copy === undefined || understanding.kind !== 'understood') return { kind: 'cannot-mask', why: 'a COPY whose columns are not known' }
    const columns = understanding.outputs.map((output, index) => ({ typeOid: output.typeId, typeModifier: copy.typeModifiers[index] ?? -1 }))
    const observer = observe(patients, columns.map((column) => ({ ...column, format: copy.format === 'binary' ? 1 : 0 })))
    const planned = planCopyOut({ format: copy.format, options: copy.options, columns, masks, types: this.#parts.types, context: this.#context(), ...(observer === undefined ? {} : { observer }) })
    return planned.kind === 'plan' ? { kind: 'plan', transform: planned } : { kind: 'cannot-mask', why: `column ${planned.output + 1} cannot be masked: ${planned.reason}` }
  }

  tally(plan: StatementPlan, perHour: number | undefined, bind: Buffer | undefined): PatientTally | undefined {
    const { classification, patientDigest, spendPatient } = this.#parts
    const subjects = subjectsOf(plan, classification, bind)
    if (subjects === undefined) return undefined
    return new PatientTally({ ...subjects, digest: patientDigest, spend: perHour === undefined ? undefined : (patient) => spendPatient(this.#principal, patient, perHour) })
  }

  rewriteNotice(fields: ReadonlyMap<string, string>): ReadonlyMap<string, string> { return rewriteErrorFields(fields) }

  #context(): MaskContext {
    const { tokenKey, tokenLanes, now } = this.#parts
    return { tokenKey, tokenLanes, purpose: this.#purpose(), asOfYear: new Date(now()).getUTCFullYear() }
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
