/**
 * Stands in for the understander: a table from text to plan, so that a session can be driven without a server. It speaks the verbs of
 * the scripted server, resolves what they name through the session's own view, and asks on the session's connection where the session
 * says so. A piece of the tests.
 */
import { createHash } from 'node:crypto'
import type { ColumnRef, Effect, StatementIdentity, Understanding } from '@doorward/core'
import type { AnalysisError, FieldDescription, Piece, RawStatement, SessionChange, SessionView, StatementPlan } from '@doorward/sql'
import { UnderstandFault } from '../../understand/understand-fault.ts'
import type { OwnView, CutText, UnderstoodText } from '../../understand/understander.ts'
import { textField } from './scripted-server.test.ts'

/** What one text is understood as. `object` is what the test's policy decides by. */
export interface Meaning {
  readonly object?: string
  readonly columns?: readonly string[]
  readonly fields?: readonly FieldDescription[]
  readonly tags?: readonly string[]
  readonly changes?: readonly SessionChange[]
  readonly copy?: 'in' | 'out'
  readonly parameters?: number
  readonly opaque?: string
  readonly local?: StatementPlan['local']
  readonly rejected?: { readonly state: string; readonly message: string; readonly position?: number }
  readonly refused?: string
  /** Throws an UnderstandFault. */
  readonly unreachable?: true
  /** What it does to `object`; by default it reads. */
  readonly action?: Effect['action']
  readonly confirm?: 'unchanged' | 'changed' | 'fails'
  /** Understanding waits for this. */
  readonly gate?: Promise<unknown>
}

/** By text, or by `path:text` where the meaning depends on the search path. */
export type Meanings = ReadonlyMap<string, Meaning>

export class StandInUnderstander {
  readonly meanings: Map<string, Meaning>
  /** What was asked, as `path:text`, with `own` in front where the session's own connection was asked. */
  readonly asked: string[] = []
  generation = 0

  constructor(meanings: Meanings) { this.meanings = new Map(meanings) }

  invalidate(): void { this.generation += 1 }

  definitionsOf(): Promise<string> { return Promise.resolve('as they are') }

  estimateRows(): Promise<number | undefined> { return Promise.resolve(undefined) }
  literalStyle(): Promise<string> { return Promise.resolve('ISO, MDY/postgres') }
  plannedRows(): Promise<number | 'unknown'> { return Promise.resolve('unknown') }

  cut(sql: Buffer): Promise<CutText> {
    const text = sql.toString('utf8')
    const identity = identityOf(text)
    if (text.includes('SYNTAX')) return Promise.resolve({ kind: 'error', error: errorOf('42601', 'syntax error'), identity })
    if (text.includes('HUGE')) return Promise.resolve({ kind: 'refused', rule: 'too-long', message: 'the text is too long', next: 'send less', identity: undefined })
    const parts = text.split(/(?<=;)/)
    let start = 0
    const pieces = parts.map((part): Piece => {
      const piece = { start, length: Buffer.byteLength(part), text: part, statement: bare(part) === '' ? undefined : STATEMENT, identity: identityOf(part) }
      start += piece.length
      return piece
    })
    return Promise.resolve({ kind: 'cut', pieces })
  }

  async understand(piece: Piece, _types: readonly number[], session: SessionView, own: OwnView | undefined): Promise<UnderstoodText> {
    const text = bare(piece.text)
    const { identity } = piece
    const path = session.schemas.at(-1) ?? 'unknown'
    this.asked.push(`${own === undefined ? '' : 'own '}${path}:${text}`)
    const meaning = this.meanings.get(`${path}:${text}`) ?? this.meanings.get(text)
    if (meaning?.gate !== undefined) await meaning.gate
    if (meaning?.unreachable === true) throw new UnderstandFault('unreachable', 'the analysis connection is closed')
    if (meaning?.refused !== undefined) return { kind: 'refused', message: meaning.refused, next: 'write it in another way', identity }
    if (own !== undefined && !VERBS.test(text)) {
      const answer = await own.analyse(text, [])
      if (answer.kind === 'error') return { kind: 'rejected', error: answer, identity }
    }
    if (meaning?.rejected !== undefined) return { kind: 'rejected', error: errorOf(meaning.rejected.state, meaning.rejected.message, meaning.rejected.position), identity }
    const plan = text === '' ? makePlan('', {}) : planOf(text, meaning, session, (inner) => this.meanings.get(`${path}:${inner}`) ?? this.meanings.get(inner))
    const confirm = meaning?.confirm
    return {
      kind: 'plan', plan, identity, confirm: confirm === undefined ? 'done' : 'needed',
      confirmUnchanged: () => (confirm === 'fails' ? Promise.reject(new UnderstandFault('timeout', 'no answer')) : Promise.resolve(confirm ?? 'unchanged')),
    }
  }
}

const VERBS = /^(begin|commit|rollback|savepoint|declare|fetch|close|prepare|execute|deallocate|setpath|setlocal|temporary|ddl)\b/
/** The stand-in needs no tree of the raw grammar; the session looks at none. */
const STATEMENT = { kind: 'unknown', command: 'SELECT', tags: ['SELECT'], reason: 'a stand-in' } as unknown as RawStatement

function bare(text: string): string { return text.replace(/;\s*$/, '').trim() }

function planOf(text: string, meaning: Meaning | undefined, session: SessionView, find: (text: string) => Meaning | undefined): StatementPlan {
  const [verb = '', first = ''] = text.split(' ')
  const inner = (): StatementPlan => {
    const named = text.split(' ').slice(verb === 'prepare' ? 3 : 4).join(' ')
    return planOf(named, find(named), session, find)
  }
  const change = (tag: string, ...changes: readonly SessionChange[]): StatementPlan => makePlan(text, { tags: [tag], changes, ...meaning })
  if (meaning?.object === undefined && meaning?.opaque === undefined) {
    switch (verb) {
      case 'begin': return change('BEGIN', { kind: 'transaction', verb: 'begin' })
      case 'commit': return { ...change('COMMIT', { kind: 'transaction', verb: 'commit' }), tags: ['COMMIT', 'ROLLBACK'] }
      case 'rollback': return change('ROLLBACK', { kind: 'transaction', verb: first === 'to' ? 'rollback-to' : 'rollback' })
      case 'savepoint': return change('SAVEPOINT', { kind: 'transaction', verb: 'savepoint' })
      case 'setpath': case 'setlocal': return change('SET', { kind: 'schemas' })
      case 'temporary': return change('CREATE TABLE', { kind: 'catalog', scope: 'session' }, { kind: 'schemas' })
      case 'ddl': return change('CREATE TABLE', { kind: 'catalog', scope: 'shared' })
      case 'deallocate': return change('DEALLOCATE', { kind: 'deallocate', name: first === 'all' ? undefined : first })
      case 'close': return change('CLOSE CURSOR', { kind: 'close-cursor', cursor: first === 'all' ? undefined : first })
      case 'declare': return change('DECLARE CURSOR', { kind: 'declare', cursor: first, plan: inner(), format: 'text' })
      case 'prepare': return change('PREPARE', { kind: 'prepare', name: first, plan: inner() })
      case 'fetch': return { ...(session.cursor(first) ?? makePlan(text, { opaque: 'a cursor that is not known' })), tags: ['FETCH', 'SELECT'], changes: [] }
      case 'execute': return { ...(session.prepared(first) ?? makePlan(text, { opaque: 'a statement that is not known' })), needsPrepared: first }
      default: break
    }
  }
  return makePlan(text, meaning ?? { opaque: 'not in the table' })
}

function makePlan(text: string, meaning: Meaning): StatementPlan {
  return {
    understanding: understandingOf(text, meaning), changes: meaning.changes ?? [], tags: meaning.tags ?? ['SELECT'],
    fields: meaning.fields ?? (meaning.columns === undefined || meaning.copy !== undefined ? undefined : meaning.columns.map((name) => textField(name))),
    parameterTypes: Array.from({ length: meaning.parameters ?? 0 }, () => 25),
    copy: meaning.copy === undefined ? undefined : { direction: meaning.copy, format: 'text', options: { delimiter: '\t', null: '\\N', quote: '"', escape: '"', header: false }, typeModifiers: [] },
    dependsOnDefinitions: false, local: meaning.local, needsPrepared: undefined, catalogTexts: [], functionResults: [], source: undefined, explain: undefined,
  }
}

function understandingOf(text: string, meaning: Meaning): Understanding {
  if (meaning.opaque !== undefined) return { kind: 'opaque', command: 'SELECT', reason: meaning.opaque, objects: meaning.object === undefined ? [] : [meaning.object] }
  const names = meaning.columns ?? (meaning.fields ?? []).map((field) => field.name)
  const object = meaning.object ?? 'suite.open'
  const column = (name: string): ColumnRef => ({ relation: object, column: name, class: 'name' })
  const effect: Effect = { action: meaning.action ?? 'read', object, kind: 'relation', columns: names, classes: [], scope: 'user', note: undefined }
  return {
    kind: 'understood', command: text.split(' ')[0]?.toUpperCase() ?? '', effects: [effect], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined,
    outputs: names.map((name) => ({ name, typeId: 25, sources: [{ column: column(name), flow: 'copied' }] })),
  }
}

function identityOf(text: string): StatementIdentity {
  return { digest: createHash('sha256').update(text).digest('hex'), fingerprint: 'stand-in', redactedText: 'a text without its literals' }
}

function errorOf(state: string, message: string, position?: number): AnalysisError {
  return { kind: 'error', sqlState: state, message, fields: new Map([['S', 'ERROR'], ['V', 'ERROR'], ['C', state], ['M', message], ...(position === undefined ? [] : [['P', String(position)] as const])]) }
}
