/** The configuration in the words of evidence: who may do what, what is configured, and what is left out. Holds no secret. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { GatewaySetup } from '@doorward/audit'
import { exceptionsInForce, type CheckedConfig } from '@doorward/gateway'
import { formatDuration, type Policy } from '@doorward/policy'
import { toHostPort } from './serve-command.ts'

export function toGatewaySetup({ config, policies, classifications }: CheckedConfig, nowMs: number): GatewaySetup {
  const transport = config.clients.kind === 'tls' ? 'TLS required' : 'PLAINTEXT ALLOWED'
  return {
    policyVersion: policies.version,
    policies: policies.policies.map(describePolicy),
    principals: config.identity.local.map(({ name, kind, groups }) => ({ name, kind, groups })),
    providers: config.identity.oidc.map(({ name, issuer }) => ({ name, issuer })),
    resources: [...config.resources.values()].map(({ name, kind, upstream, analysis }) => {
      const classification = classifications.get(name)
      return {
        name, kind, tables: classification?.tables.size ?? 0, unclassified: classification?.unclassified === 'none' ? 'TAKEN FOR NO PHI' : `treated as ${classification?.unclassified ?? 'phi'}`,
        analysis: analysis === undefined ? 'by the upstream user' : 'by a role of its own', upstream: upstream.transport.kind === 'verify-full' ? 'TLS, certificate and name verified' : 'PLAINTEXT',
      }
    }),
    listeners: Object.entries(config.listen).flatMap(([protocol, address]) => (address === undefined ? [] : [{ protocol, address: toHostPort(address), transport }])),
    sessions: config.sessions,
    exceptions: exceptionsInForce(config, nowMs).map(({ setting, resource, note, standing }) => ({ setting, resource: resource ?? '', standing, rationale: note?.rationale ?? '', by: note?.by ?? '', expires: note?.expires ?? '' })),
  }
}

/** The files that policies are written in, by their path from the configuration. */
export function readPolicyTexts({ config, policies }: CheckedConfig): ReadonlyMap<string, string> {
  const folder = dirname(config.file)
  const names = [...new Set(policies.policies.map(({ source }) => source.file))].toSorted()
  // A path that leads out of the configuration's folder is a name without the way.
  return new Map(names.map((name) => [name.replaceAll('../', ''), readFileSync(join(folder, name), 'utf8')]))
}

function describePolicy(policy: Policy): GatewaySetup['policies'][number] {
  const { who, resources, objects, actions, purposes, when, mask, limits, holds, record } = policy
  const people = [...(who?.groups ?? []), ...(who?.principals ?? []), ...[...(who?.kinds ?? [])].map((kind) => `every ${kind}`)]
  const on = [resources === undefined ? 'every system' : [...resources].join(', '), objects === undefined ? 'everything' : objects.map(({ text }) => text).join(', ')].join(': ')
  const conditions = [purposes === undefined ? '' : `for ${[...purposes].join(', ')}`, when === undefined ? '' : `when ${when.text}`, record === undefined ? '' : 'the session is recorded'].filter((text) => text !== '')
  const masks = mask === undefined ? [] : [...[...mask.byClass].map(([name, operator]) => `${name}: ${operator}`), `all other PHI: ${mask.rest}`]
  const limited = [limits?.rowsPerStatement === undefined ? '' : `${limits.rowsPerStatement} rows a statement`, limits?.patientsPerHour === undefined ? '' : `${limits.patientsPerHour} patients an hour`].filter((text) => text !== '')
  return {
    id: policy.id, effect: policy.effect, who: people.length === 0 ? 'everybody' : people.join(', '), on,
    actions: [[...(actions ?? ['every action'])].join(', '), ...conditions].join('; '),
    mask: policy.effect === 'deny' ? '' : [mask === undefined ? 'PHI in clear' : masks.join(', '), ...limited].join('; at most '),
    hold: holds.map((hold) => `${hold.quorum} of ${hold.by.join(', ')} within ${formatDuration(hold.expiresMs)}`).join('; '),
  }
}
