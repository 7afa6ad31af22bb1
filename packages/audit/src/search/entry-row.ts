/** What the search index keeps of an entry: who, what, when, how it was decided. Everything else stays in the log, and is read there. */
import type { Json } from '@doorward/core'
import { fieldOf, listOf, numberOf, textOf, textsOf, type Entry } from './entry-fields.ts'

export interface EntryRow {
  readonly atMs: number
  readonly kind: string
  readonly session: string | undefined
  readonly statement: string | undefined
  readonly resource: string | undefined
  readonly purpose: string | undefined
  readonly client: string | undefined
  /** `allow`, `hold`, `deny`; a refusal without a decision is a `deny`. */
  readonly decision: string | undefined
  readonly policyVersion: string | undefined
  /** Of an outcome. */
  readonly status: string | undefined
  readonly rows: number | undefined
  readonly bytes: number | undefined
  /** Of an outcome: the entry it is the outcome of. */
  readonly intent: number | undefined
  readonly patientsMore: number | undefined
  readonly patientsUnknown: string | undefined
  readonly parties: readonly Party[]
  readonly objects: readonly { readonly name: string; readonly action: string }[]
  readonly classes: readonly string[]
  readonly patients: readonly string[]
}

/** Somebody an entry names. */
export interface Party {
  /** `issuer|subject`. */
  readonly id: string
  readonly name: string
  readonly role: 'principal' | 'acting-for' | 'by'
}

export function toRow(entry: Entry): EntryRow {
  const kind = textOf(entry, 'kind') ?? ''
  const effects = listOf(entry, 'what', 'effects')
  const opaque = textsOf(entry, 'what', 'objects').map((name) => ({ name, action: 'opaque' }))
  return {
    atMs: Date.parse(textOf(entry, 'at') ?? ''), kind,
    session: textOf(entry, 'session') ?? textOf(entry, 'of'), statement: textOf(entry, 'statement'), resource: textOf(entry, 'resource'), purpose: textOf(entry, 'purpose'), client: textOf(entry, 'client'),
    decision: textOf(entry, 'decision', 'kind') ?? (kind === 'refusal' || kind === 'session.refused' ? 'deny' : undefined),
    policyVersion: textOf(entry, 'decision', 'policyVersion') ?? (kind === 'config.policy' ? textOf(entry, 'version') : undefined),
    status: textOf(entry, 'status'), rows: numberOf(entry, 'rows'), bytes: numberOf(entry, 'bytes'), intent: kind === 'outcome' ? numberOf(entry, 'intent') : undefined,
    patientsMore: numberOf(entry, 'patients', 'more'), patientsUnknown: textOf(entry, 'patients', 'unknown'),
    parties: [...toParties(fieldOf(entry, 'principal'), 'principal'), ...toParties(fieldOf(entry, 'by'), 'by')],
    objects: distinct([...effects.map((effect) => ({ name: textOf(effect, 'object') ?? '', action: textOf(effect, 'action') ?? '' })).filter(({ name }) => name !== ''), ...opaque]),
    classes: [...new Set(effects.flatMap((effect) => textsOf(effect, 'classes')))],
    patients: [...new Set(textsOf(entry, 'patients', 'digests'))],
  }
}

function toParties(value: Json | undefined, role: Party['role']): readonly Party[] {
  // The approvers of an approval that was used are a list of `issuer|subject`.
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((item) => (typeof item === 'string' ? [{ id: item, name: item.slice(item.lastIndexOf('|') + 1), role }] : []))
  const [issuer, subject] = [textOf(value, 'issuer'), textOf(value, 'subject')]
  if (issuer === undefined || subject === undefined) return []
  return [{ id: `${issuer}|${subject}`, name: textOf(value, 'name') ?? subject, role }, ...toParties(fieldOf(value, 'actingFor'), 'acting-for')]
}

function distinct(objects: EntryRow['objects']): EntryRow['objects'] {
  return [...new Map(objects.map((one) => [`${one.action} ${one.name}`, one])).values()]
}
