/** Requests and snapshots that the tests of this folder are written with. Synthetic people only. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  parsePurpose, requireGroupId, requireResourceName, type Action, type ColumnUse, type Decision, type DecisionRequest, type Effect, type Flow, type Opaque,
  type OutputColumn, type PhiClass, type Principal, type Understood,
} from '@doorward/core'
import { loadPolicies } from '../file/load-policies.ts'
import { decide } from './decide.ts'
import type { PolicySnapshot } from './snapshot.ts'

/** A snapshot of one file whose entries are given, indented as a list. */
export function snapshotOf(entries: string): PolicySnapshot {
  const loaded = loadPolicies([{ path: 'policies/example.yaml', text: `version: 1\npolicies:\n${entries}` }])
  if (loaded.kind === 'invalid') assert.fail(loaded.problems.map((problem) => `${problem.line}:${problem.column} ${problem.message}`).join('\n'))
  return loaded.snapshot
}

export function principal(name: string, groups: readonly string[], more: Partial<Principal> = {}): Principal {
  return {
    name, kind: 'human', issuer: 'local', subject: name, groups: groups.map(requireGroupId),
    authentication: { method: 'scram-sha-256', amr: [], acr: undefined, atMs: 0, expiresAtMs: undefined }, actingFor: undefined, ...more,
  }
}

export function effect(action: Action, object: string, more: Partial<Effect> = {}): Effect {
  return { action, object, kind: 'relation', columns: ['id', 'ssn'], classes: ['none', 'ssn'], scope: 'user', note: undefined, ...more }
}

/** An output of `relation.column:class flow` sources. */
export function output(name: string, ...sources: readonly (readonly [column: string, phiClass: PhiClass, flow?: Flow])[]): OutputColumn {
  return {
    name, typeId: 25,
    sources: sources.map(([column, phiClass, flow = 'copied']) => ({ column: { relation: relationOf(column), column: columnOf(column), class: phiClass }, flow })),
  }
}

export function use(column: string, phiClass: PhiClass, context: ColumnUse['context'] = 'predicate', more: Partial<ColumnUse> = {}): ColumnUse {
  return { column: { relation: relationOf(column), column: columnOf(column), class: phiClass }, context, via: '=', equality: false, ...more }
}

export function understood(more: Partial<Understood> = {}): Understood {
  return { kind: 'understood', command: 'SELECT', effects: [], outputs: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined, ...more }
}

/** Nothing but calls of these. */
export function opaque(...objects: readonly string[]): Opaque {
  return { kind: 'opaque', command: 'SELECT', reason: 'function clinic.f: language c', objects, extent: 'calls' }
}

/** Monday 2026-03-02, 10:30 UTC. */
export const MONDAY_MS = Date.UTC(2026, 2, 2, 10, 30)

export function request(who: Principal, statement: DecisionRequest['statement'], more: Partial<Omit<DecisionRequest, 'purpose'>> & { readonly purpose?: string } = {}): DecisionRequest {
  const { purpose, ...rest } = more
  return {
    principal: who, statement, resource: requireResourceName('clinic'), nowMs: MONDAY_MS, clientAddress: '192.0.2.7', ...rest,
    purpose: purpose === undefined ? undefined : parsePurpose(purpose),
  }
}

/** `allow`, `hold`, or `deny` with its reason. */
export function outcome(decision: Decision): string {
  return decision.kind === 'deny' ? `deny ${decision.reason}` : decision.kind
}

/** The masks of a decision as `output:operator:class`, with `!` where the value is not copied. */
export function masks(decision: Decision): string | undefined {
  const obligations = decision.kind === 'deny' ? [] : decision.obligations
  const mask = obligations.find((one) => one.kind === 'mask')
  return mask?.kind === 'mask' ? mask.outputs.map((one) => `${one.output}:${one.operator}:${one.class}${one.copied ? '' : '!'}`).join(' ') : undefined
}

function relationOf(column: string): string {
  return column.slice(0, column.lastIndexOf('.'))
}

function columnOf(column: string): string {
  return column.slice(column.lastIndexOf('.') + 1)
}

test('the examples decide', () => {
  const snapshot = snapshotOf('  - { id: all, effect: allow }')
  assert.equal(outcome(decide(snapshot, request(principal('ana', []), understood({ effects: [effect('read', 'clinic.patients')] })))), 'allow')
})
