/**
 * Policy files to one checked snapshot. Either every file is right and there is a snapshot, or there are problems, all of them; a
 * snapshot of the files that happened to be right would allow what a broken file meant to deny.
 */
import { createHash } from 'node:crypto'
import { createSnapshot, type PolicySnapshot } from '../decide/snapshot.ts'
import { Problems, type ConfigProblem } from '../text/problem.ts'
import { checkVersion, readFields, readItems, requireKeys } from '../text/read-fields.ts'
import { readYaml } from '../text/yaml-tree.ts'
import { createEnvironment } from '../when/environment.ts'
import type { Policy } from './policy.ts'
import type { ConditionReader } from './read-condition.ts'
import { readPolicy } from './read-policy.ts'

/** A policy file as it was read. The path is shown in problems and is part of the snapshot's version: give it relative to the configuration. */
export interface PolicyFile {
  readonly path: string
  readonly text: string
}

/** All or nothing: a snapshot, or every problem of every file. */
export type LoadedPolicies =
  | { readonly kind: 'loaded'; readonly snapshot: PolicySnapshot }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] }

/** Reads all files, in whichever order they come. Never throws; no file at all is a problem. */
export function loadPolicies(files: readonly PolicyFile[]): LoadedPolicies {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  const problems: ConfigProblem[] = []
  const policies = new Map<string, Policy>()
  const conditions: ConditionReader = { environment: createEnvironment() }
  for (const file of sorted) {
    const found = new Problems(file.path)
    for (const policy of readPolicyFile(file, conditions, found)) {
      const first = policies.get(policy.id)
      if (first === undefined) policies.set(policy.id, policy)
      else found.error(policy.source.at, `id: policy "${policy.id}" is already in ${first.source.file}, line ${first.source.at.line}`)
    }
    problems.push(...found.list())
  }
  if (sorted.length === 0) {
    problems.push({ file: 'policies', line: 1, column: 1, message: 'expected at least one policy file, found none', severity: 'error', source: 'shown' })
  }
  if (problems.some((problem) => problem.severity === 'error')) return { kind: 'invalid', problems }
  return { kind: 'loaded', snapshot: createSnapshot(policies.values(), versionOf(sorted)) }
}

function readPolicyFile(file: PolicyFile, conditions: ConditionReader, problems: Problems): readonly Policy[] {
  const root = readYaml(file.text, problems)
  const fields = root === undefined ? undefined : readFields(root, 'policy file', ['version', 'policies'], problems)
  if (root === undefined || fields === undefined) return []
  checkVersion(fields, root.at, problems)
  requireKeys(fields, root.at, 'policy file', ['policies'], problems)
  const entry = fields.get('policies')
  const items = entry === undefined ? [] : readItems(entry.value, 'policies', 0, problems) ?? []
  return items.flatMap((item) => readPolicy(item, conditions, problems) ?? [])
}

/** sha256 hex over each file's path and bytes, with their lengths, so that no text can move from one into the next. */
function versionOf(sorted: readonly PolicyFile[]): string {
  const hash = createHash('sha256')
  for (const { path, text } of sorted) {
    for (const part of [Buffer.from(path, 'utf8'), Buffer.from(text, 'utf8')]) hash.update(`${part.length}:`).update(part)
  }
  return hash.digest('hex')
}
