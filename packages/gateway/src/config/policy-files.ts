/** Collects the policy files a configuration names: files as they are, of folders every `.yaml` and `.yml` in them. */
import { dirname, join, relative, sep } from 'node:path'
import { loadPolicies, Problems, type ConfigProblem, type LoadedPolicies, type Placed, type PolicyFile } from '@doorward/policy'
import type { ConfigFiles } from './node-files.ts'
import { errorCode } from './secret.ts'

/** As {@link LoadedPolicies}; the files of problems are relative to the working directory, like the configuration's own. */
export type ReadPolicies = LoadedPolicies

/**
 * Loads the policies of a configuration; called again when they change. The snapshot's version covers paths relative to the
 * configuration, so equal files have an equal version on every node. Never throws.
 * @param paths Where the configuration names each, for problems; as it was loaded.
 */
export function readPolicies(configFile: string, paths: readonly Placed<string>[], files: ConfigFiles): ReadPolicies {
  const problems = new Problems(configFile)
  const found = new Map<string, PolicyFile>()
  const folder = dirname(configFile)
  for (const { value: path, at } of paths) {
    try {
      const names = files.listFolder(path)
      const chosen = names === undefined ? [path] : names.filter((name) => /^[^.].*\.ya?ml$/.test(name)).map((name) => join(path, name))
      if (chosen.length === 0) problems.error(at, `policies: expected a .yaml file in ${path}, found none`)
      for (const file of chosen) {
        const name = relative(folder, file).split(sep).join('/')
        if (!found.has(name)) found.set(name, { path: name, text: files.readFile(file) })
      }
    } catch (cause) {
      problems.error(at, `policies: ${path} cannot be read (${errorCode(cause)})`)
    }
  }
  const missing = problems.list()
  const loaded = found.size === 0 && missing.length > 0 ? undefined : loadPolicies([...found.values()])
  if (loaded?.kind === 'loaded' && missing.length === 0) return loaded
  const inFiles = loaded?.kind === 'invalid' ? loaded.problems.map((problem): ConfigProblem => ({ ...problem, file: join(folder, problem.file) })) : []
  return { kind: 'invalid', problems: [...missing, ...inFiles] }
}
