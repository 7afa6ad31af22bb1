/**
 * Reads the server's node text: `debug_print_rewritten` messages, `pg_rewrite.ev_action`, `pg_proc.prosqlbody`, `adbin`, `conbin`.
 * One pass, linear in the text, with limits on length and depth; anything that outfuncs does not write is a fault. Where it stops: it
 * checks shape, not meaning; `nodes.table.ts` says which nodes and fields a server version has.
 * Source: PostgreSQL, src/backend/nodes/outfuncs.c (what is written), read.c (tokens), print.c format_node_dump (folding).
 */
import { SqlFault } from '../sql-fault.ts'
import { NodeFields, type NodeLayout } from './node-fields.ts'
import { KNOWN_NODES } from './nodes.table.ts'
import type { TreeList, TreeNode, TreeToken, TreeValue } from './tree-value.ts'

/** Longest text that is read, in UTF-16 units: everybody else waits meanwhile. A list of 50,000 numbers is below it. */
export const MAX_TREE_LENGTH = 8 * 1024 * 1024
/** Deepest nesting of nodes and lists. A chain of 700 `||` stays below; the walkers that follow recurse as deep. */
export const MAX_TREE_DEPTH = 1500

/** The server folds log messages at this many bytes (print.c, LINELEN), and breaks a longer word in its middle. */
const FOLD_BYTES = 78

export interface ReadTreeOptions {
  /** Decides which nodes and fields are known: 15 to 18. */
  readonly serverMajor: number
  /** Log messages are folded at 78 bytes; stored texts are not. */
  readonly folded: boolean
}

/**
 * Reads one text that holds nodes in lists, a single node, or `<>`.
 * @returns the nodes, in order.
 * @throws {SqlFault} `tree-syntax`, `tree-depth`, `tree-size`, `unknown-node`
 */
export function readTree(text: string, options: ReadTreeOptions): readonly TreeNode[] {
  if (text.length > MAX_TREE_LENGTH) throw new SqlFault('tree-size', `tree: ${text.length} characters, at most ${MAX_TREE_LENGTH} are read`)
  if (options.folded) refuseBrokenWords(text)
  const known = KNOWN_NODES.get(options.serverMajor)
  if (known === undefined) throw new SqlFault('unknown-node', `server version ${options.serverMajor}: no table of nodes`)
  const reader = new Reader(text, known)
  const value = reader.value(0)
  reader.expectEnd()
  return nodesIn(value)
}

/** The nodes of a list, of lists within it as well: BEGIN ATOMIC bodies are stored so. */
function nodesIn(value: TreeValue): readonly TreeNode[] {
  if (value === undefined) return []
  if (value.kind === 'node') return [value]
  if (value.kind === 'list') return value.items.flatMap(nodesIn)
  throw new SqlFault('tree-syntax', `tree: expected nodes, found ${value.kind}`)
}

/**
 * A word of 78 bytes or more is broken by the fold without a trace. Such a line has no space after its first byte; names that long
 * need many escapes, so refusing them costs nobody anything.
 */
function refuseBrokenWords(text: string): void {
  let start = 0
  for (;;) {
    const end = text.indexOf('\n', start)
    const stop = end < 0 ? text.length : end
    const space = text.indexOf(' ', start + 1)
    if ((space < 0 || space >= stop) && Buffer.byteLength(text.slice(start, stop)) >= FOLD_BYTES) {
      throw new SqlFault('tree-syntax', `tree: a word of ${FOLD_BYTES} bytes or more at ${start}, folded by the server`)
    }
    if (end < 0) return
    start = end + 1
  }
}

const SPACE = 32, NEWLINE = 10, TAB = 9, OPEN = 40, CLOSE = 41, OPEN_NODE = 123, CLOSE_NODE = 125, BACKSLASH = 92, QUOTE = 34, COLON = 58, MINUS = 45

/** The longest integer that is read: an OID, or an int4 with its sign. */
const MAX_DIGITS = 10

const NOTHING_WITHIN: readonly (TreeNode | TreeList)[] = []

class Reader {
  readonly #text: string
  readonly #known: ReadonlyMap<string, NodeLayout>
  /** The last token of each field of a constant, by its place. */
  readonly #constant: (TreeToken | undefined)[] = []
  #at = 0
  /** Of the word that was read last. */
  #isEscaped = false

  constructor(text: string, known: ReadonlyMap<string, NodeLayout>) {
    this.#text = text
    this.#known = known
  }

  expectEnd(): void {
    this.#skip()
    if (this.#at !== this.#text.length) throw this.#surprise('the end')
  }

  value(depth: number): TreeValue {
    if (depth > MAX_TREE_DEPTH) throw new SqlFault('tree-depth', `tree: nested deeper than ${MAX_TREE_DEPTH}`)
    this.#skip()
    const code = this.#text.charCodeAt(this.#at)
    if (code === OPEN) return this.#list(depth)
    if (code === OPEN_NODE) return this.#node(depth)
    const from = this.#at
    const word = this.#word()
    if (this.#text.charCodeAt(from) === QUOTE) return { kind: 'text', value: this.#unquote(word) }
    if (word === '<>' && this.#at - from === 2) return undefined
    if (this.#startsDatum()) return this.#datum(word)
    return { kind: 'token', value: word }
  }

  #node(depth: number): TreeNode {
    this.#at += 1
    const name = this.#word()
    const layout = this.#known.get(name)
    if (layout === undefined) throw new SqlFault('unknown-node', `node ${printable(name)}`)
    const fields = new NodeFields(layout)
    const before = name === 'CONST' ? this.#constant : undefined
    let within: (TreeNode | TreeList)[] | undefined
    for (let likely = 0; ; likely += 1) {
      this.#skip()
      if (this.#text.charCodeAt(this.#at) === CLOSE_NODE) { this.#at += 1; return { kind: 'node', name, fields, within: within ?? NOTHING_WITHIN } }
      likely = this.#field(name, layout, likely)
      const value = this.#same(before?.[likely]) ?? this.value(depth + 1)
      if (before !== undefined && value?.kind === 'token' && !this.#isEscaped) before[likely] = value
      if (fields.put(likely, value) === 'twice') throw new SqlFault('tree-syntax', `node ${name}: field ${layout.names[likely] ?? ''} twice`)
      if (value?.kind === 'node' || value?.kind === 'list') (within ??= []).push(value)
    }
  }

  /** Reads a field's label. @param likely its place, if it follows the one before. @returns its place. */
  #field(name: string, layout: NodeLayout, likely: number): number {
    const expected = layout.names[likely]
    if (expected !== undefined && this.#text.charCodeAt(this.#at) === COLON && this.#text.startsWith(expected, this.#at + 1)) {
      const end = this.#at + 1 + expected.length
      const after = this.#text.charCodeAt(end)
      if (after === SPACE || after === NEWLINE) { this.#at = end; return likely }
    }
    const label = this.#word()
    if (label.charCodeAt(0) !== COLON) throw this.#surprise(`a field of ${name}`)
    const field = label.slice(1)
    const place = layout.placeOf(field)
    if (place === undefined) throw new SqlFault('unknown-node', `node ${name}, field ${printable(field)}`)
    return place
  }

  /**
   * Long lists of constants differ in a value and a place each: their other words are the same.
   * @param token that was written without escapes, and so is read from that word and from no other. @returns it, if the same word is next.
   */
  #same(token: TreeToken | undefined): TreeToken | undefined {
    if (token === undefined) return undefined
    this.#skip()
    if (!this.#text.startsWith(token.value, this.#at)) return undefined
    const end = this.#at + token.value.length
    const after = this.#text.charCodeAt(end)
    if (!(after === SPACE && this.#text.charCodeAt(end + 1) === COLON) && after !== CLOSE_NODE) return undefined
    this.#at = end
    return token
  }

  #list(depth: number): TreeValue {
    this.#at += 1
    this.#skip()
    const marker = this.#text.charCodeAt(this.#at)
    const after = this.#text.charCodeAt(this.#at + 1)
    const letter = String.fromCharCode(marker)
    const ends = after === SPACE || after === CLOSE || after === NEWLINE
    if (ends && (letter === 'i' || letter === 'o' || letter === 'x' || letter === 'b')) {
      this.#at += 1
      return { kind: 'numbers', of: letter, values: this.#integers(CLOSE) }
    }
    const items: TreeValue[] = []
    for (;;) {
      this.#skip()
      if (this.#text.charCodeAt(this.#at) === CLOSE) { this.#at += 1; return { kind: 'list', items } }
      items.push(this.value(depth + 1))
    }
  }

  #startsDatum(): boolean {
    const space = this.#text.charCodeAt(this.#at)
    return (space === SPACE || space === NEWLINE) && this.#text.charCodeAt(this.#at + 1) === 91 /* [ */
  }

  #datum(length: string): TreeValue {
    this.#at += 2
    const bytes = this.#integers(93 /* ] */)
    for (const [index, byte] of bytes.entries()) if (byte < 0 || byte > 0xff) bytes[index] = byte & 0xff
    const promised = Number(length)
    // A by-value datum prints its length and always the 8 bytes of the Datum.
    if (!/^\d+$/.test(length) || (bytes.length !== promised && bytes.length !== 8)) throw new SqlFault('tree-syntax', `datum: ${bytes.length} bytes`)
    return { kind: 'datum', bytes }
  }

  #integers(end: number): number[] {
    const values: number[] = []
    for (;;) {
      this.#skip()
      if (this.#text.charCodeAt(this.#at) === end) { this.#at += 1; return values }
      values.push(this.#integer())
    }
  }

  #integer(): number {
    const text = this.#text
    const isNegative = text.charCodeAt(this.#at) === MINUS
    const from = isNegative ? this.#at + 1 : this.#at
    let at = from
    let value = 0
    for (let code = text.charCodeAt(at); code >= 48 && code <= 57; code = text.charCodeAt(at)) {
      value = value * 10 + code - 48
      at += 1
    }
    if (at === from || at - from > MAX_DIGITS || (at < text.length && !isWordEnd(text.charCodeAt(at)))) throw this.#surprise('an integer')
    this.#at = at
    return isNegative ? -value : value
  }

  /** The next word with its escapes resolved. A folded escaped space reads as a space, and so does an escaped newline. */
  #word(): string {
    const text = this.#text
    const from = this.#at
    let at = from
    this.#isEscaped = false
    for (; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code === BACKSLASH) {
        if (at + 1 >= text.length) break
        this.#isEscaped = true
        at += 1
      } else if (isWordEnd(code)) break
    }
    if (at === from || at > text.length) throw this.#surprise('a word')
    this.#at = at
    const raw = text.slice(from, at)
    return this.#isEscaped ? raw.replace(/\\([\s\S])/g, (_, character: string) => (character === '\n' ? ' ' : character)) : raw
  }

  #unquote(word: string): string {
    if (word.length < 2 || word.charCodeAt(word.length - 1) !== QUOTE) throw this.#surprise('a quoted string')
    return word.slice(1, -1)
  }

  #skip(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== SPACE && code !== NEWLINE && code !== TAB) return
      this.#at += 1
    }
  }

  #surprise(wanted: string): SqlFault {
    return new SqlFault('tree-syntax', `tree: expected ${wanted} at ${this.#at} of ${this.#text.length}`)
  }
}

/** The letters and digits that words are made of are told apart first. */
function isWordEnd(code: number): boolean {
  return code <= CLOSE ? code === SPACE || code === NEWLINE || code === TAB || code === OPEN || code === CLOSE : code === OPEN_NODE || code === CLOSE_NODE
}

/** Names of unknown nodes go into refusals: only what looks like one. */
function printable(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) ? name : `of ${name.length} characters`
}
