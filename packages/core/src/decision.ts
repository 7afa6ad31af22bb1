import type { GroupId, PolicyId, ResourceName } from './ids.ts'
import type { MaskOperator } from './mask.ts'
import type { PhiClass } from './phi-class.ts'
import type { Principal } from './principal.ts'
import type { Purpose } from './purpose.ts'
import type { Understanding } from './statement.ts'

/** How one output column is to be delivered. */
export interface OutputMask {
  /** Index into the statement's outputs. */
  readonly output: number
  readonly operator: MaskOperator
  /** The class that asked for it: the strictest among the output's sources. */
  readonly class: PhiClass
  /** A revealing operator may be applied only to a copied value; anything else is redacted. */
  readonly copied: boolean
  /**
   * Of a count that a policy's exception releases: it is delivered as it is where it is at least this, and as SQL NULL where it is less, zero
   * included. `operator` is then `redact`, so that whoever does not know this field shows nothing.
   */
  readonly atLeast?: number
}

/** A policy's named exception that a statement passes by, and what passing costs. */
export interface ExceptionUse {
  readonly policy: PolicyId
  readonly allow: 'equality' | 'counts'
  /** Sorted; together with `policy` and `allow` what a budget is kept under. */
  readonly classes: readonly PhiClass[]
  /** What one execution takes from the budget: 1 for a statement with counts, one per value that a masked column is compared with. */
  readonly cost: number
  /** What one principal may spend in any 60 minutes; undefined: there is no budget. */
  readonly perHour: number | undefined
}

/** What must happen to a permitted statement's answer. */
export type Obligation =
  | { readonly kind: 'mask'; readonly outputs: readonly OutputMask[]; /** The caller's PHI is masked: texts of errors, notices and plans are rewritten. */ readonly texts: 'rewrite' }
  | { readonly kind: 'limit'; readonly rowsPerStatement: number | undefined; readonly patientsPerHour: number | undefined }
  | { readonly kind: 'notify'; readonly channel: string }
  /** Spent before the statement is forwarded, by every execution; over budget it is refused. */
  | { readonly kind: 'exception'; readonly use: ExceptionUse }
  /** From this statement on, what the session's client sees is recorded; where it cannot be, the statement is refused. `by`: the policies that ask for it. */
  | { readonly kind: 'record'; readonly by: readonly PolicyId[] }

/** A policy as a decision names it. */
export interface PolicyRef {
  readonly id: PolicyId
  readonly effect: 'allow' | 'deny'
}

export type DenyReason =
  | 'default-deny'        // no policy allows it
  | 'policy'              // a policy denies it
  | 'policy-error'        // a policy failed to evaluate
  | 'masked-flow'         // PHI that is masked for this principal would decide something a mask cannot hide
  | 'cannot-mask'         // an output has no safe mask
  | 'closed-catalog'      // a part of the system catalogs that holds data or statistics
  | 'opaque'              // not understood
  | 'forbidden'           // a rule of Doorward's own
  | 'limit'               // a budget is used up

interface Grounds {
  /** The policies that decided, sorted by id: the order of files and entries decides nothing. */
  readonly policies: readonly PolicyRef[]
  /** The policy snapshot's version: sha256 hex over the files. */
  readonly version: string
  /** One sentence for the log: why. Literal-free. */
  readonly why: string
}

export interface Allow extends Grounds { readonly kind: 'allow'; readonly obligations: readonly Obligation[] }
export interface Hold extends Grounds {
  readonly kind: 'hold'
  readonly by: readonly GroupId[]
  readonly quorum: number
  readonly expiresMs: number
  readonly obligations: readonly Obligation[]
}
export interface Deny extends Grounds {
  readonly kind: 'deny'
  readonly reason: DenyReason
  /** What the caller is told: what was refused and under which rule. No policy text, no value, nothing that depends on data. */
  readonly refusal: string
  /** What to do next, for the caller. */
  readonly next: string
}

export type Decision = Allow | Hold | Deny

/** All a decision may depend on. */
export interface DecisionRequest {
  readonly principal: Principal
  readonly resource: ResourceName
  /** The purpose stated for this session or statement; undefined: none stated. */
  readonly purpose: Purpose | undefined
  readonly statement: Understanding
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  readonly clientAddress: string
}
