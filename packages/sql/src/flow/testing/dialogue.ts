/**
 * Drives an understanding against something that answers its questions: a live server, or a recording of one. A recording holds every
 * question and answer of a list of statements, so that the offline tests see the very trees and catalogs of a real 15 and 18.
 */
import type { Classification } from '@doorward/core'
import { bindClassification } from '../../catalog/bind-classification.ts'
import { columnRule, functionBehaviour } from '../../behaviour/index.ts'
import { CatalogSnapshot, type CatalogLoad } from '../../catalog/snapshot.ts'
import type { TextRow } from '../../catalog/queries.ts'
import { readTextWith, type Grammar } from '../../grammar/index.ts'
import type { Analysed, AnalysisError, FieldDescription, SessionView, StatementPlan, UnderstandResult } from '../../plan.ts'
import { understandStatement } from '../../understand.ts'
import type { UnderstandContext } from '../../understand-knowledge.ts'
import { WARD_CLASSIFICATION } from './ward-schema.ts'

export interface Answering {
  readonly serverVersion: number
  rows(load: Pick<CatalogLoad, 'what' | 'sql'>): Promise<readonly TextRow[]>
  analyse(text: string, parameterTypes: readonly number[]): Promise<Analysed | AnalysisError>
}

/** One resource under test: a snapshot, its classes, and what PREPARE and DECLARE left behind. */
export interface Bench {
  readonly context: UnderstandContext
  readonly snapshot: CatalogSnapshot
  understand(sql: string, parameterTypes?: readonly number[]): Promise<UnderstandResult>
  /** Session schemas, for statements that follow. */
  schemas: readonly string[]
}

export async function openBench(answering: Answering, grammar: Grammar, classification: Classification = WARD_CLASSIFICATION): Promise<Bench> {
  const snapshot = new CatalogSnapshot(answering.serverVersion)
  for (const load of snapshot.initialLoads()) load.take(await answering.rows(load))
  const classes = bindClassification(snapshot, classification)
  const context: UnderstandContext = { catalog: snapshot, classes, behaviour: functionBehaviour, catalogColumn: columnRule, grammar }
  const prepared = new Map<string, StatementPlan>()
  const cursors = new Map<string, StatementPlan>()
  const bench: Bench = {
    context, snapshot, schemas: ['pg_catalog', 'public'],
    understand: async (sql, parameterTypes = []) => {
      const reading = readTextWith(grammar, sql, 10)
      const [piece] = reading.kind === 'read' ? reading.pieces : []
      if (piece?.statement === undefined) throw new Error(`not one statement: ${sql}`)
      const session: SessionView = { schemas: bench.schemas, prepared: name => prepared.get(name), cursor: name => cursors.get(name) }
      const result = await drive(understandStatement(context, { statement: piece.statement, text: piece.text, parameterTypes, session }), snapshot, answering)
      for (const change of result.kind === 'plan' ? result.plan.changes : []) {
        if (change.kind === 'prepare') prepared.set(change.name, change.plan)
        if (change.kind === 'declare') cursors.set(change.cursor, change.plan)
      }
      return result
    },
  }
  return bench
}

async function drive(steps: ReturnType<typeof understandStatement>, snapshot: CatalogSnapshot, answering: Answering): Promise<UnderstandResult> {
  let step = steps.next()
  while (step.done !== true) {
    const question = step.value
    if (question.kind === 'analyse') {
      step = steps.next(await answering.analyse(question.text, question.parameterTypes))
    } else {
      for (const load of snapshot.loadsFor(question.needs)) load.take(await answering.rows(load))
      step = steps.next({ kind: 'loaded' })
    }
  }
  return step.value
}

/** A recording as JSON: rows by what was asked for, analyses by text and parameter types. */
export interface Recording {
  readonly serverVersion: number
  readonly rows: Readonly<Record<string, readonly TextRow[]>>
  readonly analyses: Readonly<Record<string, RecordedAnalysis>>
}

type RecordedAnalysis =
  | { readonly trees: readonly string[]; readonly parameterTypes: readonly number[]; readonly fields?: readonly FieldDescription[] }
  | { readonly sqlState: string; readonly message: string; readonly errorFields: Readonly<Record<string, string>> }

const analysisKey = (text: string, types: readonly number[]): string => `${types.join(',')} ${text}`

/** Passes questions on and keeps what was answered. */
export function recordingOf(answering: Answering): { readonly answering: Answering; recorded(): Recording } {
  const rows = new Map<string, readonly TextRow[]>()
  const analyses = new Map<string, RecordedAnalysis>()
  return {
    answering: {
      serverVersion: answering.serverVersion,
      rows: async load => { const answer = await answering.rows(load); rows.set(load.what, answer); return answer },
      analyse: async (text, types) => {
        const answer = await answering.analyse(text, types)
        analyses.set(analysisKey(text, types), answer.kind === 'error'
          ? { sqlState: answer.sqlState, message: answer.message, errorFields: Object.fromEntries(answer.fields) }
          : { trees: answer.trees, parameterTypes: answer.parameterTypes, ...(answer.fields === undefined ? {} : { fields: answer.fields }) })
        return answer
      },
    },
    recorded: () => ({ serverVersion: answering.serverVersion, rows: Object.fromEntries(rows), analyses: Object.fromEntries(analyses) }),
  }
}

/** `functions 7,5`: the order in which objects are asked for is the order in which a walk finds them, and says nothing. */
function inOrder(what: string): string {
  return what.replace(/[0-9,]+$/, oids => oids.split(',').toSorted((a, b) => Number(a) - Number(b)).join(','))
}

/** @throws when a question was not recorded: the recording is of an older source; record again. */
export function replay(recording: Recording): Answering {
  const rows = new Map(Object.entries(recording.rows).map(([what, answer]) => [inOrder(what), answer]))
  const analyses = new Map(Object.entries(recording.analyses))
  return {
    serverVersion: recording.serverVersion,
    rows: ({ what }) => {
      const found = rows.get(inOrder(what))
      return found === undefined ? Promise.reject(new Error(`not recorded: ${what}`)) : Promise.resolve(found)
    },
    analyse: (text, types) => {
      const found = analyses.get(analysisKey(text, types))
      if (found === undefined) return Promise.reject(new Error(`not recorded: ${text}`))
      if ('trees' in found) return Promise.resolve({ kind: 'analysed', trees: found.trees, parameterTypes: found.parameterTypes, fields: found.fields })
      return Promise.resolve({ kind: 'error', sqlState: found.sqlState, message: found.message, fields: new Map(Object.entries(found.errorFields)) })
    },
  }
}
