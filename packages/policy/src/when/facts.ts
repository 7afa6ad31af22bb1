/**
 * What a policy's `when:` may look at: the request, as CEL values. Integers are BigInt because CEL's are 64 bits wide. Classes,
 * not plain objects, because the expression language looks fields up by constructor and then only finds declared ones.
 */
import { isPhi, type Bulk, type DecisionRequest, type Principal } from '@doorward/core'

/**
 * Longest list an expression may walk. Above any real token's groups or statement's tables; a longer one makes every `when:` of the
 * request fail, which denies, because an expression that saw only part of it could be wrong in either direction.
 */
export const MAX_LIST = 500
/** Longest chain of people an agent acts for; a longer one fails likewise. */
const MAX_ACTING_FOR = 4

/** `principal`. `actingFor` is absent unless an agent acts for a person. */
export class PrincipalFacts {
  readonly name: string
  readonly kind: string
  readonly issuer: string
  readonly groups: readonly string[]
  readonly amr: readonly string[]
  declare readonly actingFor?: PrincipalFacts

  constructor(principal: Principal, depth = 0) {
    if (depth > MAX_ACTING_FOR) throw new RangeError(`acting for: expected a chain of at most ${MAX_ACTING_FOR}`)
    this.name = principal.name
    this.kind = principal.kind
    this.issuer = principal.issuer
    this.groups = bounded(principal.groups)
    this.amr = bounded(principal.authentication.amr)
    // Absent, not undefined: `has(principal.actingFor)` asks whether the property is there.
    if (principal.actingFor !== undefined) this.actingFor = new PrincipalFacts(principal.actingFor, depth + 1)
  }
}

/** UTC. `weekday` 0 is Sunday, as in CEL's getDayOfWeek; `month` 1 is January. */
export class NowFacts {
  readonly timestamp: Date
  readonly year: bigint
  readonly month: bigint
  readonly day: bigint
  readonly weekday: bigint
  readonly hour: bigint
  readonly minute: bigint

  constructor(nowMs: number) {
    const now = new Date(nowMs)
    this.timestamp = now
    this.year = BigInt(now.getUTCFullYear())
    this.month = BigInt(now.getUTCMonth() + 1)
    this.day = BigInt(now.getUTCDate())
    this.weekday = BigInt(now.getUTCDay())
    this.hour = BigInt(now.getUTCHours())
    this.minute = BigInt(now.getUTCMinutes())
  }
}

/** `client`. The address as text, without port. */
export class ClientFacts {
  readonly address: string

  constructor(address: string) { this.address = address }
}

/**
 * `classes`: the PHI classes touched, without `none`. `bulk`: nothing restricts the rows, or more of them are expected than a limit allows. Not
 * understood: everything is assumed.
 */
export class StatementFacts {
  readonly command: string
  readonly actions: readonly string[]
  readonly objects: readonly string[]
  readonly classes: readonly string[]
  readonly bulk: boolean
  declare readonly estimatedRows?: bigint

  constructor(statement: ConnectionRequest['statement'] | undefined, estimateLimit: number | undefined) {
    if (statement === undefined) {
      this.command = 'CONNECT'
      this.actions = ['connect']
      this.objects = []
      this.classes = []
      this.bulk = false
      return
    }
    this.command = statement.command
    if (statement.kind === 'opaque') {
      this.actions = ['execute']
      this.objects = bounded(statement.objects)
      this.classes = ['phi']
      this.bulk = true
      return
    }
    const { effects, outputs, uses, bulk } = statement
    this.actions = bounded([...new Set(effects.map((effect) => effect.action))])
    this.objects = bounded([...new Set(effects.map((effect) => effect.object))])
    const classes = new Set(effects.flatMap((effect) => effect.classes))
    for (const output of outputs) for (const source of output.sources) classes.add(source.column.class)
    for (const use of uses) classes.add(use.column.class)
    this.classes = [...classes].filter(isPhi)
    this.bulk = !bulk.restricted || isOverEstimate(bulk, estimateLimit)
    if (bulk.estimatedRows !== undefined) this.estimatedRows = BigInt(Math.round(bulk.estimatedRows))
  }
}

/** A request to connect: everything of a decision but the statement. */
export type ConnectionRequest = Omit<DecisionRequest, 'statement'> & { readonly statement?: DecisionRequest['statement'] | undefined }

/** The variables of one evaluation. */
export interface Facts {
  readonly principal: PrincipalFacts
  readonly resource: string
  /** Empty when no purpose was stated. */
  readonly purpose: string
  readonly now: NowFacts
  readonly client: ClientFacts
  readonly statement: StatementFacts
}

/** @param estimateLimit {@link Limits.estimatedRows} in force. @throws {RangeError} when the request holds what an expression cannot be given: a list too long, a time that is none. */
export function toFacts(request: ConnectionRequest, estimateLimit?: number): Facts {
  return {
    principal: new PrincipalFacts(request.principal),
    resource: request.resource,
    purpose: request.purpose ?? '',
    now: new NowFacts(request.nowMs),
    client: new ClientFacts(request.clientAddress),
    statement: new StatementFacts(request.statement, estimateLimit),
  }
}

/** An estimate that was asked for and that nobody can give is over every limit. */
export function isOverEstimate(bulk: Bulk, limit: number | undefined): boolean {
  if (limit === undefined) return false
  return bulk.estimate === 'unknown' || (bulk.estimatedRows !== undefined && bulk.estimatedRows > limit)
}

function bounded<T>(list: readonly T[]): readonly T[] {
  if (list.length > MAX_LIST) throw new RangeError(`list: expected at most ${MAX_LIST} entries, found ${list.length}`)
  return list
}
