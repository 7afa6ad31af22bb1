/**
 * The protections that a configuration leaves out, each with the words of whoever answers for it, if there are any: the addressable exceptions
 * register (45 CFR 164.306(d)(3)). Recorded at every start, so that evidence can say what was off when, and why.
 */
import type { EntryBody, PolicyRef } from '@doorward/core'
import type { PolicySnapshot } from '@doorward/policy'
import type { ExceptionNote, GatewayConfig } from '../config/config.ts'

export interface ExceptionInForce {
  readonly setting: ExceptionNote['setting']
  readonly resource: string | undefined
  readonly note: ExceptionNote | undefined
  /** `expired`: the day that the note names has passed. */
  readonly standing: 'explained' | 'unexplained' | 'expired'
}

/** Every setting that weakens a guarantee, in the order of the file. */
export function exceptionsInForce(config: GatewayConfig, nowMs: number): readonly ExceptionInForce[] {
  const found: Pick<ExceptionInForce, 'setting' | 'resource'>[] = []
  if (config.clients.kind === 'unsafely-plaintext') found.push({ setting: 'unsafelyAllowPlaintextClients', resource: undefined })
  for (const { name, upstream, analysis } of config.resources.values()) {
    if (upstream.transport.kind === 'unsafely-plaintext') found.push({ setting: 'unsafelyAllowPlaintext', resource: name })
    if (analysis === undefined) found.push({ setting: 'analysis', resource: name })
  }
  return found.map(({ setting, resource }) => {
    // A note without a resource is about all of them.
    const note = config.exceptions.find((one) => one.setting === setting && (one.resource === undefined || one.resource === resource))
    const standing = note === undefined ? 'unexplained' : Date.parse(`${note.expires}T23:59:59.999Z`) < nowMs ? 'expired' : 'explained'
    return { setting, resource, note, standing }
  })
}

export function exceptionEntry({ setting, resource, note, standing }: ExceptionInForce): EntryBody {
  return { kind: 'config.exception', setting, resource, standing, rationale: note?.rationale, by: note?.by, expires: note?.expires }
}

/** What the operator is told at start. */
export function describeException({ setting, resource, standing, note }: ExceptionInForce): string | undefined {
  const what = resource === undefined ? setting : `${setting} of resource ${resource}`
  switch (standing) {
    case 'explained': return undefined
    case 'expired': return `warning: ${what}: the exception ended on ${note?.expires ?? ''}`
    // Of an analysis role that is missing the gateway warns where it matters, for each resource.
    case 'unexplained': return setting === 'analysis' ? undefined : `warning: ${what}: no rationale under exceptions: in the configuration`
  }
}

/** An exception from masking, as the entry has it that puts it in force. */
export type PolicyException = {
  readonly policy: PolicyRef['id']
  readonly allow: string
  readonly classes: readonly string[]
  readonly perHour?: number
  readonly atLeast?: number
}

/** What policies except from masking. */
export function policyExceptions(policies: PolicySnapshot): readonly PolicyException[] {
  return policies.policies.flatMap(({ id, exceptions }) => exceptions.map((exception): PolicyException => {
    const { allow, classes, perHour } = exception
    return { policy: id, allow, classes: [...classes].toSorted(), ...(perHour === undefined ? {} : { perHour }), ...(exception.allow === 'counts' ? { atLeast: exception.atLeast } : {}) }
  }))
}
