/**
 * YAML text to a small tree in which every key and value knows its line and column. The rest of Doorward reads its files through
 * this tree and never sees the YAML library. Only what a configuration needs is let in: one document, YAML 1.2 core types, text
 * keys; no aliases, tags or directives, so that what a reviewer reads is what holds. Source: YAML 1.2.2, core schema.
 */
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Node, type Scalar } from 'yaml'
import { Problems, type Position } from './problem.ts'

/** One node of a file. `at` is where its text begins. */
export type YamlNode =
  | { readonly kind: 'map'; readonly at: Position; readonly entries: readonly YamlEntry[] }
  | { readonly kind: 'list'; readonly at: Position; readonly items: readonly YamlNode[] }
  /** `inner`: where the text itself begins, if the file has it unchanged on one line. */
  | { readonly kind: 'text'; readonly at: Position; readonly text: string; readonly inner: Position | undefined }
  | { readonly kind: 'number'; readonly at: Position; readonly value: number; readonly written: string }
  | { readonly kind: 'truth'; readonly at: Position; readonly value: boolean }
  | { readonly kind: 'nothing'; readonly at: Position; readonly written: string }

/** One key of a mapping; keys are unique in it. */
export interface YamlEntry {
  readonly key: string
  readonly keyAt: Position
  readonly value: YamlNode
}

/** Longest file read: far above any real policy file, far below what makes the YAML library slow. */
export const MAX_FILE_CHARACTERS = 1_048_576
/** Deepest nesting read: the deepest shape of ours has six levels. */
export const MAX_NESTING = 16
/** Syntax errors shown per file; one broken bracket can cause thousands. */
const MAX_SYNTAX_ERRORS = 10

/**
 * @returns the tree, or undefined when the text is not YAML or says nothing; the reasons are in `problems`. A tree comes back also when
 * some of its parts were refused, so that the rest can be checked in the same run.
 */
export function readYaml(text: string, problems: Problems): YamlNode | undefined {
  const start: Position = { line: 1, column: 1 }
  if (text.length > MAX_FILE_CHARACTERS) {
    problems.error(start, `file too long: ${text.length} characters, expected at most ${MAX_FILE_CHARACTERS}`)
    return undefined
  }
  const lines = new LineCounter()
  let contents: unknown
  try {
    // Duplicate keys are checked below: the library's own check is quadratic (26 s for 60,000 keys). Not logLevel `silent`, which reads
    // the first of several documents and says nothing of the others.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2', schema: 'core', uniqueKeys: false, logLevel: 'error' })
    if (document.directives.yaml.explicit === true) problems.error(start, 'expected no %YAML directive: files are read as YAML 1.2')
    const faults = [...document.errors, ...document.warnings]
    for (const fault of faults.slice(0, MAX_SYNTAX_ERRORS)) {
      problems.error(position(lines, fault.pos[0]), `not readable as YAML: ${fault.code === 'MULTIPLE_DOCS' ? 'expected one document' : sentence(fault.message)}`)
    }
    if (faults.length > MAX_SYNTAX_ERRORS) problems.error(start, `${faults.length - MAX_SYNTAX_ERRORS} more syntax errors`)
    if (faults.length > 0) return undefined
    contents = document.contents
  } catch (cause) {
    problems.error(start, `not readable as YAML: ${cause instanceof Error ? cause.name : 'unknown fault'}`)
    return undefined
  }
  if (!isNode(contents) || (isScalar(contents) && contents.value === null)) {
    problems.error(start, 'the file is empty')
    return undefined
  }
  return convert(contents, { text, lines, problems }, 0)
}

interface Source {
  readonly text: string
  readonly lines: LineCounter
  readonly problems: Problems
}

function convert(node: Node, source: Source, depth: number): YamlNode {
  const at = position(source.lines, node.range?.[0] ?? 0)
  const refused: YamlNode = { kind: 'nothing', at, written: '' }
  if (isAlias(node)) {
    source.problems.error(at, 'expected no alias: write the value out')
    return refused
  }
  if (node.anchor !== undefined) source.problems.error(at, 'expected no anchor: write the value out where it is used')
  if (node.tag !== undefined) source.problems.error(at, 'expected no tag')
  if (depth >= MAX_NESTING) {
    source.problems.error(at, `nested too deep: expected at most ${MAX_NESTING} levels`)
    return refused
  }
  if (isSeq(node)) {
    return { kind: 'list', at, items: node.items.map((item) => (isNode(item) ? convert(item, source, depth + 1) : refused)) }
  }
  if (isMap(node)) {
    const entries: YamlEntry[] = []
    const seen = new Set<string>()
    for (const pair of node.items) {
      const keyAt = isNode(pair.key) ? position(source.lines, pair.key.range?.[0] ?? 0) : at
      const key = isScalar(pair.key) ? keyText(pair.key) : undefined
      if (key === undefined) {
        source.problems.error(keyAt, 'expected a name as key')
        continue
      }
      if (seen.has(key)) {
        source.problems.error(keyAt, `key "${shown(key)}" is there twice`)
        continue
      }
      seen.add(key)
      const value: YamlNode = isNode(pair.value) ? convert(pair.value, source, depth + 1) : { kind: 'nothing', at: keyAt, written: '' }
      entries.push({ key, keyAt, value })
    }
    return { kind: 'map', at, entries }
  }
  return isScalar(node) ? convertScalar(node, at, source) : refused
}

function convertScalar(node: Scalar, at: Position, source: Source): YamlNode {
  const { value } = node
  const written = node.source ?? ''
  if (typeof value === 'string') return { kind: 'text', at, text: value, inner: innerStart(node, value, source) }
  if (typeof value === 'number') return { kind: 'number', at, value, written }
  if (typeof value === 'boolean') return { kind: 'truth', at, value }
  return { kind: 'nothing', at, written }
}

/** Where the scalar's text begins, if its characters stand in the file exactly as they are, on one line. */
function innerStart(node: Scalar, value: string, source: Source): Position | undefined {
  const start = node.range?.[0]
  if (start === undefined || value.includes('\n')) return undefined
  const first = node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE' ? start + 1 : start
  return source.text.startsWith(value, first) ? position(source.lines, first) : undefined
}

function keyText(key: Scalar): string | undefined {
  return typeof key.value === 'string' && key.anchor === undefined && key.tag === undefined ? key.value : undefined
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

/** A name as a message may show it: short, on one line. */
export function shown(name: string, longest = 60): string {
  const clean = name.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?')
  return clean.length > longest ? `${clean.slice(0, longest)}...` : clean
}

function sentence(message: string): string {
  const line = (message.split('\n')[0] ?? '').replace(/\.$/, '')
  return shown(line.charAt(0).toLowerCase() + line.slice(1), 160)
}
