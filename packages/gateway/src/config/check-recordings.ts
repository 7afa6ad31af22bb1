/** That the tenant keys of recordings are keys: found out when the configuration is checked, and not when the first session has to be recorded. */
import { parseTenantKey } from '@doorward/audit'
import type { Problems } from '@doorward/policy'
import type { GatewayConfig } from './config.ts'
import type { Reference } from './reading.ts'
import type { SecretProvider } from './secret.ts'

const KEYS: ReadonlySet<string> = new Set(['tenantKey', 'olderTenantKeys'])

export function checkRecordings({ recordings }: GatewayConfig, references: readonly Reference[], secrets: SecretProvider, problems: Problems): void {
  if (recordings === undefined) return
  for (const reference of references) {
    if (reference.kind !== 'secret' || !KEYS.has(reference.what)) continue
    const resolved = secrets.resolve(reference.ref)
    // One that is not there has been reported where all references are.
    const key = resolved.kind === 'secret' ? parseTenantKey(resolved.secret.reveal()) : undefined
    if (typeof key === 'string') problems.error(reference.at, `${reference.what}: ${key}`)
  }
}
