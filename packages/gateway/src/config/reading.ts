/** What every part of doorward.yaml is read with: its problems, its folder, and the things it names that must exist elsewhere. */
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { found, readFields, readText, type Fields, type Position, type Problems, type YamlEntry, type YamlNode } from '@doorward/policy'
import type { SecretRef } from './secret.ts'

/** Something outside the file that it relies on; looked for by checkConfig. */
export type Reference =
  | { readonly kind: 'file'; readonly what: string; readonly path: string; readonly at: Position }
  | { readonly kind: 'secret'; readonly what: string; readonly ref: SecretRef; readonly at: Position }

/** One reading of one file. */
export class ConfigReading {
  readonly problems: Problems
  readonly references: Reference[] = []
  readonly #folder: string

  constructor(problems: Problems) {
    this.problems = problems
    this.#folder = dirname(problems.file)
  }

  /** A path as written, relative to the file's folder. */
  path(node: YamlNode, what: string): string | undefined {
    const text = readText(node, what, this.problems)
    return text === undefined ? undefined : isAbsolute(text) ? normalize(text) : join(this.#folder, text)
  }

  /** As {@link path}, of a file that must be there. */
  file(node: YamlNode, what: string): string | undefined {
    const path = this.path(node, what)
    if (path !== undefined) this.references.push({ kind: 'file', what, path, at: node.at })
    return path
  }

  /** `{ env: NAME }` or `{ file: PATH }`. A secret written into the file itself is refused, and never repeated in a message. */
  secret(node: YamlNode, what: string): SecretRef | undefined {
    if (node.kind !== 'map') {
      this.problems.secretError(node.at, `${what}: expected { env: NAME } or { file: PATH }, found ${found(node)}: a secret is never written here`)
      return undefined
    }
    const fields = readFields(node, what, ['env', 'file'], this.problems)
    const ref = fields === undefined ? undefined : this.#readRef(fields, node, what)
    if (ref !== undefined) this.references.push({ kind: 'secret', what, ref, at: node.at })
    return ref
  }

  /** Leaves a problem for each of `keys` that is there: part of the design, but not of this version. */
  notYet(fields: Fields, keys: readonly string[], what: string): void {
    for (const key of keys) {
      const entry = fields.get(key)
      if (entry !== undefined) this.problems.error(entry.keyAt, `${what}${key} is not available in this version`)
    }
  }

  #readRef(fields: Fields, node: YamlNode, what: string): SecretRef | undefined {
    const env = fields.get('env')
    const file = fields.get('file')
    if (env !== undefined && file !== undefined) {
      this.problems.error(node.at, `${what}: expected env or file, found both`)
      return undefined
    }
    if (env !== undefined) return this.#readVariable(env, what)
    if (file === undefined) return undefined
    const path = this.path(file.value, what)
    return path === undefined ? undefined : { kind: 'file', path }
  }

  #readVariable(env: YamlEntry, what: string): SecretRef | undefined {
    const name = readText(env.value, `${what} env`, this.problems)
    if (name === undefined) return undefined
    if (/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) return { kind: 'env', name }
    // Whoever writes the secret itself here must not find it in the output of a check.
    this.problems.secretError(env.value.at, `${what} env: expected the name of an environment variable: letters, digits and "_"`)
    return undefined
  }
}
