/** `recordings:` of doorward.yaml: where sessions are recorded, under which key, for how long, and who may look at them. */
import { DEFAULT_RETENTION_MS } from '@doorward/audit'
import type { GroupId } from '@doorward/core'
import { readDuration, readFields, readInteger, requireKeys, type Fields, type YamlNode } from '@doorward/policy'
import type { RecordingsConfig } from './config.ts'
import { readGroups } from './read-oidc.ts'
import type { ConfigReading } from './reading.ts'

const DAY_MS = 86_400_000
/** Longer than any law asks for; more is a slip. */
const MAX_YEARS = 100
const KEYS = ['dir', 'tenantKey', 'olderTenantKeys', 'retention', 'viewers', 'custodians']

/** @param administrators who keep the recordings where nobody else is named. @returns undefined when it is not there, or has a fault, which is then a problem. */
export function readRecordings(node: YamlNode | undefined, administrators: readonly GroupId[], reading: ConfigReading): RecordingsConfig | undefined {
  const { problems } = reading
  const fields = node === undefined ? undefined : readFields(node, 'recordings', KEYS, problems)
  if (node === undefined || fields === undefined) return undefined
  requireKeys(fields, node.at, 'recordings', ['dir', 'tenantKey'], problems)
  const dirEntry = fields.get('dir')
  const dir = dirEntry === undefined ? undefined : reading.path(dirEntry.value, 'dir')
  const keyEntry = fields.get('tenantKey')
  const tenantKey = keyEntry === undefined ? undefined : reading.secret(keyEntry.value, 'tenantKey')
  const olderEntry = fields.get('olderTenantKeys')
  const older = olderEntry === undefined ? [] : olderEntry.value.kind === 'list' ? olderEntry.value.items : [olderEntry.value]
  const olderTenantKeys = older.flatMap((item) => reading.secret(item, 'olderTenantKeys') ?? [])
  const retentionMs = readRetention(fields, reading)
  const viewers = readGroups(fields, 'viewers', reading)
  const custodians = fields.has('custodians') ? readGroups(fields, 'custodians', reading) : administrators
  if (!fields.has('viewers')) problems.warn(node.at, 'recordings: without viewers nobody can see what is recorded')
  return dir === undefined || tenantKey === undefined ? undefined : { dir, tenantKey, olderTenantKeys, retentionMs, viewers, custodians }
}

/** `6y`, or a time such as `90d`. */
function readRetention(fields: Fields, { problems }: ConfigReading): number {
  const entry = fields.get('retention')
  if (entry === undefined) return DEFAULT_RETENTION_MS
  const { value } = entry
  const years = value.kind === 'text' ? /^(\d{1,3})y$/.exec(value.text)?.[1] : undefined
  const retentionMs = years === undefined
    ? readDuration(value, 'retention', 1_000, MAX_YEARS * 366 * DAY_MS, problems)
    // As many leap years as there may be among them.
    : readInteger({ kind: 'number', value: Number(years), written: years, at: value.at }, 'retention', 1, MAX_YEARS, problems) === undefined ? undefined : Math.ceil(Number(years) * 365.25) * DAY_MS
  if (retentionMs !== undefined && retentionMs < DEFAULT_RETENTION_MS) problems.warn(value.at, 'retention: shorter than the six years for which 45 CFR 164.316(b)(2)(i) has documentation kept')
  return retentionMs ?? DEFAULT_RETENTION_MS
}
