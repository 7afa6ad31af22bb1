/**
 * Puts modules of this package into one script that needs nothing but Node: each module becomes a function that returns what it exports, in the
 * order of their dependencies, comments kept so that an auditor can read it. Understands the few forms of import and export that our
 * style allows, and refuses a module with any other.
 */
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'

/** @throws {SyntaxError} for a form it does not know, naming the file. */
export function bundleModules(entry: string, readText: (path: string) => string): BundledModules {
  const modules = new Map<string, Module>()
  visit(entry, readText, modules, [])
  const names = new Map([...modules.keys()].map((path, number) => [path, `module${number + 1}`]))
  const builtins = new Map([...new Set([...modules.values()].flatMap(({ imports }) => imports.filter(({ from }) => isBuiltin(from)).map(({ from }) => from)))].toSorted().map((from) => [from, `node_${from.slice('node:'.length).replaceAll('/', '_')}`]))
  const nameOf = (from: string): string => builtins.get(from) ?? names.get(from) ?? from
  return {
    imports: [...builtins].map(([from, name]) => `import * as ${name} from '${from}'`).join('\n'),
    body: [...modules].map(([path, module]) => toFunction(nameOf(path), path, module, nameOf)).join('\n\n'),
    entry: nameOf(entry),
    paths: [...modules.keys()],
  }
}

export interface BundledModules {
  readonly imports: string
  readonly body: string
  /** What the entry's exports are fields of. */
  readonly entry: string
  readonly paths: readonly string[]
}

interface Import {
  /** A path, or `node:...`. */
  readonly from: string
  /** What stands between `import` and `from`: braces or a namespace. */
  readonly clause: string
}

interface Module {
  readonly text: string
  readonly imports: readonly Import[]
  readonly exports: readonly string[]
}

const IMPORT = /^import\s+(\{[^}]*\}|\* as \w+)\s+from\s+'([^']+)'[ ;]*$/gm
const EXPORT = /^export (?=(?:async )?(?:function\*?|class|const) (\w+))/gm

function visit(path: string, readText: (path: string) => string, modules: Map<string, Module>, above: readonly string[]): void {
  if (modules.has(path)) return
  if (above.includes(path)) throw new SyntaxError(`${path}: imports itself by way of others`)
  const module = readModule(path, readText(path))
  for (const { from } of module.imports) if (!isBuiltin(from)) visit(from, readText, modules, [...above, path])
  modules.set(path, module) // behind what it needs
}

function readModule(path: string, source: string): Module {
  const script = path.endsWith('.ts') ? stripTypeScriptTypes(source) : source
  const imports: Import[] = []
  const exports: string[] = []
  const text = script
    .replace(IMPORT, (_, clause: string, target: string) => {
      // What only types were imported from is not there at run time.
      if (/^\{[\s,]*\}$/.test(clause)) return ''
      if (!target.startsWith('.') && !isBuiltin(target)) throw new SyntaxError(`${path}: needs ${target}`)
      imports.push({ from: isBuiltin(target) ? target : join(dirname(path), target), clause: clause.replaceAll(/\s+/g, ' ') })
      return ''
    })
    .replace(EXPORT, (_, name: string) => {
      exports.push(name)
      return ''
    })
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
  const unknown = /^(import|export)\b.*$|\bimport\.meta\b|\bimport\(/m.exec(text)
  if (unknown !== null) throw new SyntaxError(`${path}: "${unknown[0]}" is not a form the bundler knows`)
  return { text, imports, exports }
}

function toFunction(name: string, path: string, { text, imports, exports }: Module, nameOf: (from: string) => string): string {
  const bindings = imports.map(({ from, clause }) => `const ${toPattern(clause)} = ${nameOf(from)}`)
  const label = path.split('/').slice(-2).join('/')
  return [`// ---- ${label}`, `const ${name} = (() => {`, ...bindings, text, `return { ${exports.join(', ')} }`, '})()'].join('\n')
}

/** `{ a as b }` of an import is `{ a: b }` of an object. */
function toPattern(clause: string): string {
  return clause.startsWith('*') ? clause.slice('* as '.length) : clause.replaceAll(/(\w+) as (\w+)/g, '$1: $2')
}

function isBuiltin(target: string): boolean {
  return target.startsWith('node:')
}
