/**
 * Typed reading of a YAML tree: each function takes a node, returns the value it should hold or undefined, and leaves a problem
 * with the node's position when it does not. Nothing is guessed: a number is no text, an empty list is no list.
 */
import type { Position, Problems } from './problem.ts'
import { suggestion } from './nearest.ts'
import { shown, type YamlEntry, type YamlNode } from './yaml-tree.ts'

/** A mapping whose keys were checked against the known ones. */
export type Fields = ReadonlyMap<string, YamlEntry>

/** A text with its place, for cross checks after reading. */
export interface Placed<T> {
  readonly value: T
  readonly at: Position
}

/** @returns the mapping's entries by key; keys that are not `known` are problems, with the nearest known one suggested. */
export function readFields(node: YamlNode, what: string, known: readonly string[], problems: Problems): Fields | undefined {
  const fields = readMapping(node, what, problems)
  if (fields === undefined) return undefined
  for (const [key, entry] of fields) {
    if (!known.includes(key)) problems.error(entry.keyAt, `unknown key "${shown(key)}" in ${what}${suggestion(key, known)}`)
  }
  return fields
}

/** As {@link readFields}, for mappings whose keys are names of the operator's own. */
export function readMapping(node: YamlNode, what: string, problems: Problems): Fields | undefined {
  if (node.kind !== 'map') {
    problems.error(node.at, `${what}: expected keys and values, found ${found(node)}`)
    return undefined
  }
  if (node.entries.length === 0) problems.error(node.at, `${what}: expected at least one key, found none`)
  return new Map(node.entries.map((entry) => [entry.key, entry]))
}

/** Leaves a problem at the mapping's start for each of `required` that is not there. */
export function requireKeys(fields: Fields, at: Position, what: string, required: readonly string[], problems: Problems): void {
  for (const key of required) {
    if (!fields.has(key)) problems.error(at, `${what}: expected key "${key}", which is missing`)
  }
}

/** @returns the text, at least one character. */
export function readText(node: YamlNode, what: string, problems: Problems): string | undefined {
  if (node.kind === 'text' && node.text.length > 0) return node.text
  const hint = node.kind === 'number' || node.kind === 'truth' ? ': put it in quotes' : ''
  problems.error(node.at, `${what}: expected text, found ${found(node)}${hint}`)
  return undefined
}

/** @returns one of `choices`. */
export function readChoice<T extends string>(node: YamlNode, what: string, choices: readonly T[], problems: Problems): T | undefined {
  if (node.kind !== 'text') {
    problems.error(node.at, `${what}: expected ${oneOf(choices)}, found ${found(node)}`)
    return undefined
  }
  const choice = choices.find((known) => known === node.text)
  if (choice === undefined) {
    problems.error(node.at, `${what}: expected ${oneOf(choices)}, found "${shown(node.text)}"${suggestion(node.text, choices)}`)
  }
  return choice
}

/** @returns a whole number from `least` to `most`. */
export function readInteger(node: YamlNode, what: string, least: number, most: number, problems: Problems): number | undefined {
  if (node.kind === 'number' && Number.isSafeInteger(node.value) && node.value >= least && node.value <= most) return node.value
  const seen = node.kind === 'number' ? shown(node.written) : found(node)
  problems.error(node.at, `${what}: expected a whole number from ${least} to ${most}, found ${seen}`)
  return undefined
}

/** @returns true for `true`; anything else but `false` is a problem. */
export function readTruth(node: YamlNode, what: string, problems: Problems): boolean | undefined {
  if (node.kind === 'truth') return node.value
  problems.error(node.at, `${what}: expected true or false, found ${found(node)}`)
  return undefined
}

/** @returns the texts of a list, or of a single text standing for a list of one; an empty list is a problem. */
export function readTexts(node: YamlNode, what: string, problems: Problems): readonly Placed<string>[] | undefined {
  const items = node.kind === 'list' ? node.items : [node]
  if (node.kind === 'list' && items.length === 0) {
    problems.error(node.at, `${what}: expected at least one entry, found an empty list`)
    return undefined
  }
  const texts: Placed<string>[] = []
  for (const item of items) {
    const value = readText(item, what, problems)
    if (value === undefined) continue
    if (texts.some((other) => other.value === value)) problems.error(item.at, `${what}: "${shown(value)}" is there twice`)
    else texts.push({ value, at: item.at })
  }
  return texts.length === 0 ? undefined : texts
}

/** @returns the items of a list, which may be empty only if `least` is 0. */
export function readItems(node: YamlNode, what: string, least: 0 | 1, problems: Problems): readonly YamlNode[] | undefined {
  if (node.kind !== 'list') {
    problems.error(node.at, `${what}: expected a list, found ${found(node)}`)
    return undefined
  }
  if (node.items.length < least) problems.error(node.at, `${what}: expected at least one entry, found an empty list`)
  return node.items
}

/** Checks the `version:` that every file begins with; the only one there is, is 1. */
export function checkVersion(fields: Fields, at: Position, problems: Problems): void {
  const entry = fields.get('version')
  if (entry === undefined) problems.error(at, 'expected key "version", which is missing: this version reads 1')
  else if (entry.value.kind !== 'number' || entry.value.value !== 1) problems.error(entry.value.at, 'version: expected 1')
}

/** What a node is, in words and without its value. */
export function found(node: YamlNode): string {
  switch (node.kind) {
    case 'map': return 'keys and values'
    case 'list': return node.items.length === 0 ? 'an empty list' : 'a list'
    case 'text': return node.text.length === 0 ? 'an empty text' : 'text'
    case 'number': return 'a number'
    case 'truth': return 'true or false'
    case 'nothing': return 'nothing'
  }
}

function oneOf(choices: readonly string[]): string {
  if (choices.length === 1) return choices[0] ?? ''
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1) ?? ''}`
}
