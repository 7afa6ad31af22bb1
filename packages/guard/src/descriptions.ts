/**
 * What entries say about statements, decisions and principals, made once for as long as the same object is meant: a session's statements
 * mostly differ in their parameters only. Frozen, so that whoever encodes entries may keep their texts too.
 */
import type { Decision, DecisionRequest, EntryBody, Json, Principal, StatementIdentity, Understanding } from '@doorward/core'
import { describeDecision, describeStatement, referTo } from './entries.ts'

type Described = { readonly [key: string]: Json | undefined }

/** A memo per guard: what it holds is always what would be described. */
export class Descriptions {
  readonly #decisions = new WeakMap<Decision, Described>()
  readonly #principals = new WeakMap<Principal, Described>()
  /** By statement, for the identity it had last: one text in most cases, and else one that differs in its digest only, which is not frozen: it is said once. */
  readonly #statements = new WeakMap<Understanding, { readonly identity: StatementIdentity; readonly described: Described }>()

  /** The fields that every entry of one statement shares. */
  entry(kind: EntryBody['kind'], statement: string, request: DecisionRequest, identity: StatementIdentity): EntryBody {
    return {
      kind, statement, principal: this.principal(request.principal), resource: request.resource, purpose: request.purpose, client: request.clientAddress,
      what: this.statement(request.statement, identity),
    }
  }

  /** As {@link describeDecision}. */
  decision(decision: Decision): Described {
    return this.#find(this.#decisions, decision, () => describeDecision(decision))
  }

  /** As {@link referTo}. */
  principal(principal: Principal): Described {
    return this.#find(this.#principals, principal, () => referTo(principal))
  }

  /** As {@link describeStatement}. */
  statement(statement: Understanding, identity: StatementIdentity): Described {
    const known = this.#statements.get(statement)
    if (known?.identity === identity) return known.described
    const { digest, fingerprint, redactedText } = identity
    const described = known?.identity.redactedText === redactedText ? { ...known.described, digest, fingerprint } : frozenFields(describeStatement(statement, identity))
    this.#statements.set(statement, { identity, described })
    return described
  }

  #find<T extends object>(memo: WeakMap<T, Described>, of: T, describe: () => Described): Described {
    const known = memo.get(of)
    if (known !== undefined) return known
    const described = frozenFields(describe())
    memo.set(of, described)
    return described
  }
}

/** Lists are copied: some are the plan's or the policy's own, and are not ours to freeze. @returns a copy, frozen to the bottom. */
function frozenCopy(value: Json | undefined): Json | undefined {
  if (typeof value !== 'object' || value === null) return value
  if (isList(value)) return Object.freeze(value.map((inner) => frozenCopy(inner) ?? null))
  return frozenFields(value)
}

function frozenFields(fields: Described): Described {
  return Object.freeze(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, frozenCopy(value)])))
}

function isList(value: Json): value is readonly Json[] { return Array.isArray(value) }
