/** That the witnesses of doorward.yaml can be asked: the policy file is one, asks for somebody, and says where each of them is. */
import { parseTlogPolicy } from '@doorward/audit'
import type { Problems } from '@doorward/policy'
import type { GatewayConfig } from './config.ts'
import type { ConfigFiles } from './node-files.ts'
import type { Reference } from './reading.ts'

/** A file that cannot be read was reported where it is named. */
export function checkWitnessPolicy({ audit }: GatewayConfig, references: readonly Reference[], files: ConfigFiles, problems: Problems): void {
  const at = references.find((one) => one.what === 'witness policy')?.at
  if (audit.witnesses === undefined || at === undefined) return
  let text: string
  try {
    text = files.readFile(audit.witnesses.policyFile)
  } catch {
    return // checkReference has left the problem
  }
  const policy = parseTlogPolicy(Buffer.from(text, 'utf8'))
  if (policy.kind === 'malformed') {
    problems.error(at, `witness policy: ${policy.reason}`)
    return
  }
  if (policy.quorum.kind === 'none') problems.error(at, 'witness policy: expected a quorum of witnesses, found none')
  for (const name of policy.witnesses.keys()) {
    const url = policy.witnessUrls.get(name)
    if (url === undefined || !/^https?:\/\//.test(url) || !URL.canParse(url)) problems.error(at, `witness policy: witness ${name} has no URL to ask it at`)
  }
}
