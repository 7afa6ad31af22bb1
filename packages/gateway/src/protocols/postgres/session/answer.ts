/**
 * What a statement's answer must go through on its way back: the obligations of its decision, turned into transforms. Prepared before
 * anything is sent (P3: what cannot be masked is not asked for), completed when the row description with its formats arrives.
 */
import type { Obligation, OutputMask } from '@doorward/core'
import type { Prepared } from '@doorward/guard'
import type { StatementPlan } from '@doorward/sql'
import type { PatientTally } from '../../../patients/patient-tally.ts'
import type { Field } from '../backend-message.ts'
import type { MaskedRun } from '../transform/row-run.ts'
import type { KeptAnswers } from './kept-answers.ts'
import { errorTexts } from './plain-errors.ts'
import { writesMask, type Given } from './write-back.ts'

/** One DataRow body in, one out. */
export interface RowTransform {
  /** True when rows pass unchanged, and need not be decoded. */
  readonly identity: boolean
  /** @throws when the row is malformed or cannot be transformed: the session ends. */
  transformDataRow(body: Buffer): Buffer
  /** The same for whole DataRow frames, as many as there are; undefined: rows come one by one. @param most rows to deliver. */
  transformFrames?(frames: Buffer, most: number): MaskedRun
}

/** A COPY ... TO STDOUT stream in, one out; rows may be cut anywhere. */
export interface CopyTransform {
  push(data: Buffer): Buffer
  /** The same for whole CopyData frames, as many as there are; undefined: they come one by one. @param most rows in all. @param isOver asked after each. */
  pushFrames?(frames: Buffer, most: number, isOver: () => boolean): MaskedRun
  end(): Buffer
  /** Data rows seen so far. */
  readonly rows: number
}

/** Supplied by `transform/`; bound in compose with keys and clock. */
export interface TransformFactory {
  /** @param texts for a masked caller: outputs that are text out of the catalog. */
  planRows(fields: readonly Field[], masks: readonly OutputMask[], texts: StatementPlan['catalogTexts'], patients: PatientTally | undefined): { readonly kind: 'plan'; readonly transform: RowTransform } | { readonly kind: 'cannot-mask'; readonly why: string }
  planCopy(plan: StatementPlan, masks: readonly OutputMask[], patients: PatientTally | undefined): { readonly kind: 'plan'; readonly transform: CopyTransform } | { readonly kind: 'cannot-mask'; readonly why: string }
  /** Counts the patients of one statement. @param perHour the principal's limit, if it has one. @param bind the frame of its parameters. @returns undefined: no rows of patients and no PHI are touched. */
  tally(plan: StatementPlan, perHour: number | undefined, bind: Buffer | undefined): PatientTally | undefined
  /** For a caller whose PHI is masked: an error or notice without anything that may hold a value. */
  rewriteNotice(fields: ReadonlyMap<string, string>): ReadonlyMap<string, string>
  /** Of this resource. */
  readonly kept: KeptAnswers<Judged>
}

/** What `guard` hands back with a permit. */
export interface Answer {
  readonly masks: readonly OutputMask[]
  /** Outputs that are text out of the catalog; empty for a caller who sees everything. */
  readonly catalogTexts: StatementPlan['catalogTexts']
  readonly masked: boolean
  /** Of errors and notices: `plain` for a caller who sees everything, and for a masked one where no value can be in them. */
  readonly texts: 'plain' | 'rewritten'
  readonly rowLimit: number | undefined
  readonly maskedColumns: readonly string[]
  readonly patients: PatientTally | undefined
  readonly factory: TransformFactory
}

/** How an answer is to be transformed, as far as that is the same each time the statement runs. */
export interface Judged {
  readonly masks: readonly OutputMask[]
  readonly catalogTexts: StatementPlan['catalogTexts']
  readonly masked: boolean
  readonly texts: Answer['texts']
  readonly rowLimit: number | undefined
  /** Patients that the principal may see in an hour. */
  readonly perHour: number | undefined
  readonly maskedColumns: readonly string[]
  /** Why it cannot be transformed. */
  readonly refused: Extract<Prepared<Answer>, { kind: 'cannot-transform' }> | undefined
}

/** The guard's `transform` port for one PostgreSQL statement. */
export function prepareAnswer(plan: StatementPlan, factory: TransformFactory, obligations: readonly Obligation[], given: Given): Prepared<Answer> {
  const { masks, catalogTexts, masked, texts, rowLimit, perHour, maskedColumns, refused } = factory.kept.judged(plan, obligations, () => judge(plan, factory, obligations))
  if (masked && writesMask(plan, given)) return { kind: 'cannot-transform', why: MASK_WRITTEN, next: 'leave the masked column out of what is written' }
  if (refused !== undefined) return refused
  return { kind: 'prepared', transform: { masks, catalogTexts, masked, texts, rowLimit, maskedColumns, patients: factory.tally(plan, perHour, given.bind), factory } }
}

function judge(plan: StatementPlan, factory: TransformFactory, obligations: readonly Obligation[]): Judged {
  let masks: readonly OutputMask[] = []
  let masked = false
  let rowLimit: number | undefined
  let perHour: number | undefined
  for (const obligation of obligations) {
    if (obligation.kind === 'mask') { masks = obligation.outputs; masked = true }
    if (obligation.kind === 'limit' && obligation.patientsPerHour !== undefined) perHour = Math.min(perHour ?? Infinity, obligation.patientsPerHour)
    if (obligation.kind === 'limit' && obligation.rowsPerStatement !== undefined) rowLimit = Math.min(rowLimit ?? Infinity, obligation.rowsPerStatement)
  }
  const outputs = plan.understanding.kind === 'understood' ? plan.understanding.outputs : []
  const catalogTexts = masked ? plan.catalogTexts : []
  const maskedColumns = masks.flatMap((mask) => outputs[mask.output]?.sources.map((source) => `${source.column.relation}.${source.column.column}`) ?? [])
  return {
    masks, catalogTexts, masked, texts: masked ? errorTexts(plan) : 'plain', rowLimit, perHour, maskedColumns: [...new Set(maskedColumns)].slice(0, 64),
    refused: whyNot(plan, factory, masks, catalogTexts, outputs.length),
  }
}

/** @param outputs how many the statement has. @returns undefined: it can be transformed. */
function whyNot(plan: StatementPlan, factory: TransformFactory, masks: readonly OutputMask[], catalogTexts: Answer['catalogTexts'], outputs: number): Judged['refused'] {
  if (masks.length > 0) {
    const beyond = masks.find((mask) => mask.output >= outputs)
    if (beyond !== undefined) return cannot('an output that the statement does not have would have to be masked')
    // A COPY's columns are known now; rows are planned once more when their formats are known, and then a failure ends the session.
    const tried = plan.copy?.direction === 'out' ? factory.planCopy(plan, masks, undefined) : factory.planRows((plan.fields ?? []).map((field) => ({ ...field, format: 0 as const })), masks, [], undefined)
    if (tried.kind === 'cannot-mask') return cannot(tried.why)
    if (plan.copy?.direction !== 'out' && plan.fields === undefined) return cannot('the statement returns masked columns in a form that has no row description')
  }
  if (catalogTexts.length > 0 && plan.copy?.direction === 'out') return cannot('definitions and comments out of the catalog cannot be copied, since they may hold values')
  return undefined
}

export const MASK_WRITTEN = 'what a mask has put in place of a value cannot be written as if it were data'

function cannot(why: string): NonNullable<Judged['refused']> {
  return { kind: 'cannot-transform', why, next: 'select the column without the expression around it, or leave it out' }
}
