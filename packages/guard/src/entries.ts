/**
 * The entries of a statement's path, as the log holds them: who, what, decided how. Literal-free by construction: effects, columns and
 * classes come from the catalog, texts are redacted before they get here, refusals hold no values.
 */
import type { Decision, Effect, Json, Obligation, OutputMask, Principal, StatementIdentity, Understanding } from '@doorward/core'

/**
 * A statement over a thousand partitions has a thousand effects, and an entry must stay under 65,535 bytes (C2SP tlog-tiles): each list has
 * an end, and the long parts have a share of the bytes. What is left out is counted.
 */
const MAX_EFFECTS = 64
const MAX_COLUMNS = 64
const MAX_EFFECT_BYTES = 2_048
const MAX_EFFECTS_BYTES = 20_000
const MAX_TEXT_BYTES = 20_000
const MAX_GROUPS_BYTES = 8_000

/** Bytes in the log. */
function sizeOf(value: Json): number { return Buffer.byteLength(JSON.stringify(value)) }

/** As many from the front as have room. */
function firstOf<T extends Json>(items: readonly T[], most: number, maxBytes: number): readonly T[] {
  let bytes = 0
  const end = items.slice(0, most).findIndex((item) => {
    bytes += sizeOf(item) + 1
    return bytes > maxBytes
  })
  return items.slice(0, end === -1 ? most : end)
}

/** Characters that the log has to escape take up to six bytes each. */
function cutText(text: string): string {
  if (sizeOf(text) <= MAX_TEXT_BYTES) return text
  let end = Math.min(text.length, MAX_TEXT_BYTES)
  while (sizeOf(text.slice(0, end)) > MAX_TEXT_BYTES) end = Math.floor(end / 2)
  // Half a character is none: the surrogate is left out with its other half.
  return `${text.slice(0, end).replace(/[\ud800-\udbff]$/, '')} [cut]`
}

export function describePrincipal(principal: Principal): { readonly [key: string]: Json | undefined } {
  const { authentication } = principal
  const groups = firstOf(principal.groups, principal.groups.length, MAX_GROUPS_BYTES)
  return {
    name: principal.name, kind: principal.kind, issuer: principal.issuer, subject: principal.subject, groups,
    moreGroups: principal.groups.length > groups.length ? principal.groups.length - groups.length : undefined,
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
  const columns = firstOf(effect.columns, MAX_COLUMNS, MAX_EFFECT_BYTES)
  return {
    action: effect.action, object: effect.object, objectKind: effect.kind, scope: effect.scope === 'user' ? undefined : effect.scope,
    columns: effect.columns.length === 0 ? undefined : columns,
    moreColumns: effect.columns.length > columns.length ? effect.columns.length - columns.length : undefined,
    classes: effect.classes.length === 0 ? undefined : effect.classes,
  }
}

export function describeStatement(statement: Understanding, identity: StatementIdentity): { readonly [key: string]: Json | undefined } {
  const what = { command: statement.command, digest: identity.digest, fingerprint: identity.fingerprint, text: cutText(identity.redactedText) }
  if (statement.kind === 'opaque') return { ...what, opaque: statement.reason, objects: statement.objects.slice(0, MAX_EFFECTS) }
  // Catalog reads that anyone may make would drown the rest; their number is kept.
  const told = statement.effects.filter((effect) => effect.scope !== 'open')
  const open = statement.effects.length - told.length
  const effects = firstOf(told.slice(0, MAX_EFFECTS).map(describeEffect), MAX_EFFECTS, MAX_EFFECTS_BYTES)
  return {
    ...what, effects,
    moreEffects: told.length > effects.length ? told.length - effects.length : undefined,
    openCatalogReads: open === 0 ? undefined : open,
    restricted: statement.bulk.restricted, estimatedRows: statement.bulk.estimate ?? statement.bulk.estimatedRows,
  }
}

function describeObligation(obligation: Obligation): Json {
  switch (obligation.kind) {
    case 'mask': return { kind: 'mask', outputs: obligation.outputs.slice(0, MAX_COLUMNS).map(describeMask), masked: obligation.outputs.length }
    case 'limit': return { kind: 'limit', rowsPerStatement: obligation.rowsPerStatement, patientsPerHour: obligation.patientsPerHour }
    case 'notify': return { kind: 'notify', channel: obligation.channel }
    case 'exception': return { kind: 'exception', policy: obligation.use.policy, allow: obligation.use.allow, classes: obligation.use.classes, cost: obligation.use.cost, perHour: obligation.use.perHour }
    case 'record': return { kind: 'record', by: obligation.by.slice(0, MAX_EFFECTS) }
  }
}

/** A count that an exception releases is no redaction, and the log does not call it one. */
function describeMask({ output, operator, class: phiClass, atLeast }: OutputMask): Json {
  return atLeast === undefined ? { output, operator, class: phiClass } : { output, operator: 'count', class: phiClass, atLeast }
}

export function describeDecision(decision: Decision): { readonly [key: string]: Json | undefined } {
  return {
    kind: decision.kind, why: decision.why, policyVersion: decision.version,
    policies: decision.policies.slice(0, MAX_EFFECTS).map((policy) => ({ id: policy.id, effect: policy.effect })),
    reason: decision.kind === 'deny' ? decision.reason : undefined,
    obligations: decision.kind === 'deny' ? undefined : decision.obligations.map(describeObligation),
  }
}
