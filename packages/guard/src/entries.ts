/**
 * The entries of a statement's path, as the log holds them: who, what, decided how. Literal-free by construction: effects, columns and
 * classes come from the catalog, texts are redacted before they get here, refusals hold no values.
 */
import type { Decision, DecisionRequest, Effect, EntryBody, Json, Obligation, Principal, StatementIdentity, Understanding } from '@doorward/core'

/** A statement over a thousand partitions has a thousand effects; an entry must stay under 65,535 bytes (C2SP tlog-tiles). */
const MAX_EFFECTS = 64
const MAX_COLUMNS = 64

export function describePrincipal(principal: Principal): { readonly [key: string]: Json | undefined } {
  const { authentication } = principal
  return {
    name: principal.name, kind: principal.kind, issuer: principal.issuer, subject: principal.subject, groups: principal.groups,
    method: authentication.method, amr: authentication.amr, acr: authentication.acr,
    actingFor: principal.actingFor === undefined ? undefined : describePrincipal(principal.actingFor),
  }
}

/** The short form on every statement's entry; the long one is on `session.open`. */
export function referTo(principal: Principal): { readonly [key: string]: Json | undefined } {
  const { actingFor } = principal
  return { issuer: principal.issuer, subject: principal.subject, name: principal.name, actingFor: actingFor === undefined ? undefined : { issuer: actingFor.issuer, subject: actingFor.subject, name: actingFor.name } }
}

function describeEffect(effect: Effect): Json {
  return {
    action: effect.action, object: effect.object, objectKind: effect.kind, scope: effect.scope === 'user' ? undefined : effect.scope,
    columns: effect.columns.length === 0 ? undefined : effect.columns.slice(0, MAX_COLUMNS),
    moreColumns: effect.columns.length > MAX_COLUMNS ? effect.columns.length - MAX_COLUMNS : undefined,
    classes: effect.classes.length === 0 ? undefined : effect.classes,
  }
}

export function describeStatement(statement: Understanding, identity: StatementIdentity): { readonly [key: string]: Json | undefined } {
  const what = { command: statement.command, digest: identity.digest, fingerprint: identity.fingerprint, text: identity.redactedText }
  if (statement.kind === 'opaque') return { ...what, opaque: statement.reason, objects: statement.objects.slice(0, MAX_EFFECTS) }
  // Catalog reads that anyone may make would drown the rest; their number is kept.
  const told = statement.effects.filter((effect) => effect.scope !== 'open')
  const open = statement.effects.length - told.length
  return {
    ...what,
    effects: told.slice(0, MAX_EFFECTS).map(describeEffect),
    moreEffects: told.length > MAX_EFFECTS ? told.length - MAX_EFFECTS : undefined,
    openCatalogReads: open === 0 ? undefined : open,
    restricted: statement.bulk.restricted, estimatedRows: statement.bulk.estimatedRows,
  }
}

function describeObligation(obligation: Obligation): Json {
  switch (obligation.kind) {
    case 'mask': return { kind: 'mask', outputs: obligation.outputs.slice(0, MAX_COLUMNS).map((mask) => ({ output: mask.output, operator: mask.operator, class: mask.class })), masked: obligation.outputs.length }
    case 'limit': return { kind: 'limit', rowsPerStatement: obligation.rowsPerStatement, patientsPerHour: obligation.patientsPerHour }
    case 'notify': return { kind: 'notify', channel: obligation.channel }
  }
}

export function describeDecision(decision: Decision): { readonly [key: string]: Json | undefined } {
  return {
    kind: decision.kind, why: decision.why, policyVersion: decision.version,
    policies: decision.policies.slice(0, MAX_EFFECTS).map((policy) => ({ id: policy.id, effect: policy.effect })),
    reason: decision.kind === 'deny' ? decision.reason : undefined,
    obligations: decision.kind === 'deny' ? undefined : decision.obligations.map(describeObligation),
  }
}

/** The fields that every entry of one statement shares. */
export function statementEntry(kind: EntryBody['kind'], statement: string, request: DecisionRequest, identity: StatementIdentity): EntryBody {
  return {
    kind, statement, principal: referTo(request.principal), resource: request.resource, purpose: request.purpose, client: request.clientAddress,
    what: describeStatement(request.statement, identity),
  }
}
