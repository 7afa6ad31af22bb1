/**
 * What approvers are shown of a held statement, made once, when it is asked, and kept as it was: who and for whom, what in plain words, the
 * statement without its literals, tables, classes, size, policy and why. Literal-free.
 */
import type { Principal } from '@doorward/core'
import type { HoldDetails, HoldRequest } from '@doorward/guard'
import { inPlainMasks, inPlainName, inPlainWords } from './plain-words.ts'

export interface PrincipalView {
  readonly name: string
  readonly kind: string
  readonly issuer: string
  readonly subject: string
  readonly groups: readonly string[]
  readonly method: string
}

export interface TableView {
  readonly object: string
  readonly actions: readonly string[]
  readonly columns: readonly string[]
  readonly classes: readonly string[]
}

export interface RequestView {
  /** One sentence: who wants to do what, why, and how it would be delivered. */
  readonly summary: string
  readonly who: PrincipalView
  /** For whom, nearest first. */
  readonly actingFor: readonly PrincipalView[]
  readonly resource: string
  readonly purpose: string | undefined
  readonly client: string
  readonly command: string
  /** Literals and comments replaced. */
  readonly text: string
  /** Statements that it runs by name, likewise. */
  readonly behind: readonly string[]
  /** Whether values come with it that nobody is shown. */
  readonly parameters: 'some' | 'none'
  readonly tables: readonly TableView[]
  readonly classes: readonly string[]
  readonly rows: { readonly all: 'yes' | 'no' | 'unknown'; /** From the target's statistics. */ readonly estimate: number | undefined }
  /** Distinct patients are not known before the statement has run. */
  readonly patients: number | undefined
  readonly delivery: string
  readonly policies: readonly string[]
  readonly why: string
}

/** An approver reads a page, not a thousand partitions. */
const MOST_TABLES = 64
const MOST_COLUMNS = 64
const MOST_GROUPS = 64

export function viewOf(held: HoldRequest, details: HoldDetails): RequestView {
  const { request, decision, identity } = held
  const { statement, principal } = request
  const words = inPlainWords(statement, details.estimatedRows)
  const delivery = inPlainMasks(statement, decision.obligations)
  const tables = tablesOf(held)
  return {
    summary: `${inPlainName(principal)} ${words}, in ${request.resource}, ${request.purpose === undefined ? 'no purpose stated' : `for ${request.purpose}`}; delivered ${delivery}`,
    who: toPrincipalView(principal), actingFor: chainOf(principal).map(toPrincipalView), resource: request.resource, purpose: request.purpose, client: request.clientAddress,
    command: statement.command, text: identity.redactedText, behind: details.behind.map((one) => one.redactedText),
    parameters: held.parameters === undefined ? 'none' : 'some',
    tables, classes: [...new Set(tables.flatMap((table) => table.classes))].sort(),
    rows: { all: statement.kind === 'opaque' ? 'unknown' : statement.bulk.restricted ? 'no' : 'yes', estimate: details.estimatedRows },
    patients: undefined, delivery, policies: decision.policies.map((policy) => policy.id), why: decision.why,
  }
}

function tablesOf({ request: { statement } }: HoldRequest): readonly TableView[] {
  if (statement.kind === 'opaque') return statement.objects.slice(0, MOST_TABLES).map((object) => ({ object, actions: ['execute'], columns: [], classes: ['phi'] }))
  const tables = new Map<string, { actions: Set<string>; columns: Set<string>; classes: Set<string> }>()
  for (const effect of statement.effects) {
    if (effect.scope === 'open') continue
    const table = tables.get(effect.object) ?? { actions: new Set(), columns: new Set(), classes: new Set() }
    table.actions.add(effect.action)
    for (const column of effect.columns) table.columns.add(column)
    for (const one of effect.classes) if (one !== 'none') table.classes.add(one)
    tables.set(effect.object, table)
  }
  return [...tables].slice(0, MOST_TABLES).map(([object, { actions, columns, classes }]) => ({
    object, actions: [...actions], columns: [...columns].slice(0, MOST_COLUMNS), classes: [...classes].sort(),
  }))
}

function chainOf(principal: Principal): readonly Principal[] {
  const chain: Principal[] = []
  for (let one = principal.actingFor; one !== undefined; one = one.actingFor) chain.push(one)
  return chain
}

function toPrincipalView({ name, kind, issuer, subject, groups, authentication }: Principal): PrincipalView {
  return { name, kind, issuer, subject, groups: groups.slice(0, MOST_GROUPS), method: authentication.method }
}
