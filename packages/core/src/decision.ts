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
}

/** What must happen to a permitted statement's answer. */
export type Obligation =
  | { readonly kind: 'mask'; readonly outputs: readonly OutputMask[]; /** The caller's PHI is masked: texts of errors, notices and plans are rewritten. */ readonly texts: 'rewrite' }
  | { readonly kind: 'limit'; readonly rowsPerStatement: number | undefined; readonly patientsPerHour: number | undefined }
  | { readonly kind: 'notify'; readonly channel: string }

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
