/** Branded identifiers: a string that was checked has a type the unchecked one lacks. */
declare const brand: unique symbol
type Brand<Name extends string> = string & { readonly [brand]: Name }

/** One connection of one principal to one resource, from accept to close. Random, 128 bits, hex. */
export type SessionId = Brand<'SessionId'>
/** One statement of a session: the session's id, a dot, and its number from 1. */
export type StatementId = Brand<'StatementId'>
/** The key under `resources:` in doorward.yaml. */
export type ResourceName = Brand<'ResourceName'>
/** The `id` of a policy. */
export type PolicyId = Brand<'PolicyId'>
/** A group as the identity provider or the local principal list names it. */
export type GroupId = Brand<'GroupId'>

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/

/** @returns whether `text` may name a resource, a policy or a local principal: 1 to 63 letters, digits, `_`, `.`, `-`. */
export function isName(text: string): boolean {
  return NAME.test(text)
}

/** @throws {RangeError} when `text` is no name, see {@link isName}. */
export function requireResourceName(text: string): ResourceName {
  if (!isName(text)) throw new RangeError('resource name: expected 1 to 63 letters, digits, "_", ".", "-"')
  return text as ResourceName // checked above
}

/** @throws {RangeError} when `text` is no name, see {@link isName}. */
export function requirePolicyId(text: string): PolicyId {
  if (!isName(text)) throw new RangeError('policy id: expected 1 to 63 letters, digits, "_", ".", "-"')
  return text as PolicyId // checked above
}

/** Groups come from identity providers, which allow any text; only emptiness and length are checked. */
export function requireGroupId(text: string): GroupId {
  if (text.length === 0 || text.length > 512) throw new RangeError('group: expected 1 to 512 characters')
  return text as GroupId // checked above
}

/** @param randomHex 32 hexadecimal digits from a cryptographic source. */
export function requireSessionId(randomHex: string): SessionId {
  if (!/^[0-9a-f]{32}$/.test(randomHex)) throw new RangeError('session id: expected 32 hexadecimal digits')
  return randomHex as SessionId // checked above
}

/** The id of the `number`-th statement (from 1) of a session. */
export function toStatementId(session: SessionId, number: number): StatementId {
  return `${session}.${number}` as StatementId // both parts were checked when they were made
}
