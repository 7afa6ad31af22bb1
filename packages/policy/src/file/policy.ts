/** One policy as its file says it, checked: what the decision works with. Absent parts are undefined and mean "all". */
import type { Action, GroupId, MaskOperator, PhiClass, PolicyId, PrincipalKind, Purpose, ResourceName } from '@doorward/core'
import type { ObjectPattern } from '../decide/object-pattern.ts'
import type { Position } from '../text/problem.ts'
import type { Placed } from '../text/read-fields.ts'
import type { Condition } from '../when/condition.ts'

/** Within one list any entry matches; of the parts that are there, all must match. */
export interface Who {
  readonly groups: ReadonlySet<GroupId> | undefined
  /** A local principal's name, or `issuer|subject`. */
  readonly principals: ReadonlySet<string> | undefined
  readonly kinds: ReadonlySet<PrincipalKind> | undefined
}

/** How PHI is shown under this policy. */
export interface Mask {
  readonly byClass: ReadonlyMap<PhiClass, MaskOperator>
  /** For classes not listed. */
  readonly rest: MaskOperator
}

/** How much one principal may get under this policy; undefined: as much as there is. */
export interface Limits {
  readonly rowsPerStatement: number | undefined
  readonly patientsPerHour: number | undefined
  /** A statement that is expected to touch more rows is bulk; where no hold takes effect it is refused. */
  readonly estimatedRows: number | undefined
}

/** A statement that this policy allows waits for people. */
export interface HoldRule {
  /** Undefined: always. */
  readonly when: Condition | undefined
  readonly by: readonly GroupId[]
  /** How many distinct people must approve. */
  readonly quorum: number
  readonly expiresMs: number
}

/** Something that masked values may decide all the same: the named exception to P4. */
export type FlowException =
  /** Equality of a column with a parameter or literal, in a predicate. `perHour`: values compared with, per principal; undefined: without a budget. */
  | { readonly allow: 'equality'; readonly classes: ReadonlySet<PhiClass>; readonly perHour: number | undefined }
  /** How many values a column has, cell by cell; below `atLeast` a cell is not shown. `perHour`: statements, per principal. */
  | { readonly allow: 'counts'; readonly classes: ReadonlySet<PhiClass>; readonly atLeast: number; readonly perHour: number }

/** A checked policy. An allow is what its terms (mask, limits, holds, exceptions, record) make of it; a deny has none. */
export interface Policy {
  readonly id: PolicyId
  readonly effect: 'allow' | 'deny'
  /** For people; decides nothing. */
  readonly description: string | undefined
  readonly who: Who | undefined
  readonly resources: ReadonlySet<ResourceName> | undefined
  readonly objects: readonly ObjectPattern[] | undefined
  readonly actions: ReadonlySet<Action> | undefined
  readonly purposes: ReadonlySet<Purpose> | undefined
  readonly when: Condition | undefined
  /** Undefined: PHI is shown in clear. */
  readonly mask: Mask | undefined
  readonly limits: Limits | undefined
  readonly holds: readonly HoldRule[]
  readonly exceptions: readonly FlowException[]
  /** `session`: from the first statement that this policy allows, the session is recorded. */
  readonly record: 'session' | undefined
  readonly source: PolicySource
}

/** Where a policy is written, and what it names that is declared elsewhere: for cross checks. */
export interface PolicySource {
  readonly file: string
  readonly at: Position
  readonly resources: readonly Placed<string>[]
  readonly groups: readonly Placed<string>[]
  readonly approvers: readonly Placed<string>[]
  readonly principals: readonly Placed<string>[]
}
