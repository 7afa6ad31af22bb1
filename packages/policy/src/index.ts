/** Policy text to a checked snapshot, and the decision: pure, synchronous, explained. */
export { decide, mayConnect } from './decide/decide.ts'
export { wantsEstimate } from './decide/wants-estimate.ts'
export type { PolicySnapshot } from './decide/snapshot.ts'
export { loadPolicies, type LoadedPolicies, type PolicyFile } from './file/load-policies.ts'
export type { FlowException, HoldRule, Limits, Mask, Policy, PolicySource, Who } from './file/policy.ts'
export type { ConnectionRequest } from './when/facts.ts'
// How every file of an operator is read, so that the gateway's own files name line and column in the same way.
export { suggestion } from './text/nearest.ts'
export { Problems, type ConfigProblem, type Position } from './text/problem.ts'
export {
  checkVersion, found, readChoice, readFields, readInteger, readItems, readMapping, readText, readTexts, readTruth, requireKeys,
  type Fields, type Placed,
} from './text/read-fields.ts'
export { formatDuration, readDuration, readSize } from './text/read-units.ts'
export { readYaml, shown, type YamlEntry, type YamlNode } from './text/yaml-tree.ts'
