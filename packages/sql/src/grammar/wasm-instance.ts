/**
 * One instance of PostgreSQL's own parser in WebAssembly: bytes in, the parser's JSON out. It stops at transport: nothing here knows
 * what a tree means. Any exception means that the instance is broken and must not be used again (STACK.md, libpg-query): grammar.ts
 * replaces it. Source: libpg-query 18.1.5, wasm/index.js; PostgreSQL 18.4's grammar.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import factory, { type PgQueryModule } from 'libpg-query/wasm/libpg-query.js'

/** The parser's answer: its JSON, or its error. `position` counts code points from 0, -1 when unknown. */
export type RawAnswer =
  | { readonly kind: 'json'; readonly json: string }
  | { readonly kind: 'error'; readonly message: string; readonly position: number }

/** A running instance. Every method throws when the instance is broken. Texts hold no NUL: it would end them unseen. */
export interface WasmInstance {
  parse(bytes: Uint8Array): RawAnswer
  scan(bytes: Uint8Array): RawAnswer
  /** 16 hexadecimal digits. */
  fingerprint(bytes: Uint8Array): RawAnswer
  /** CREATE FUNCTION ... LANGUAGE plpgsql, or DO: the body's tree. Of declarations of records it leaves the defaults out. */
  plpgsql(bytes: Uint8Array): RawAnswer
  /** Size of its memory, bytes. It never shrinks. */
  memoryBytes(): number
}

/** @returns a starter of instances, which compiles the module once (about 15 ms; a further instance takes some 5 ms). */
export async function compileGrammar(): Promise<() => Promise<WasmInstance>> {
  const path = createRequire(import.meta.url).resolve('libpg-query/wasm/libpg-query.wasm')
  const compiled = await WebAssembly.compile(await readFile(path))
  return () => startInstance(compiled)
}

async function startInstance(compiled: WasmHandle): Promise<WasmInstance> {
  const module = await new Promise<PgQueryModule>((resolve, reject) => {
    factory({
      instantiateWasm(imports, done) {
        WebAssembly.instantiate(compiled, imports).then((instance) => { done(instance, compiled) }, reject)
        return {}
      },
      // The parser prints notices that quote the statement (an identifier that it cuts): they must reach no output of ours.
      print: () => undefined,
      printErr: () => undefined,
    }).then(resolve, reject)
  })
  return {
    parse: (bytes) => withText(module, bytes, (text) => parse(module, text)),
    scan: (bytes) => withText(module, bytes, (text) => takeString(module, module._wasm_scan(text), isObjectText)),
    fingerprint: (bytes) => withText(module, bytes, (text) => takeString(module, module._wasm_fingerprint(text), isFingerprint)),
    plpgsql: (bytes) => withText(module, bytes, (text) => takeString(module, module._wasm_parse_plpgsql(text), isObjectText)),
    memoryBytes: () => module.HEAPU8.length,
  }
}

/** Nothing is freed when `use` throws: the instance is dropped whole. */
function withText(module: PgQueryModule, bytes: Uint8Array, use: (text: number) => RawAnswer): RawAnswer {
  const text = module._malloc(bytes.length + 1)
  if (text === 0) throw new RangeError(`grammar: no memory for ${bytes.length} bytes`)
  module.HEAPU8.set(bytes, text)
  module.HEAPU8[text + bytes.length] = 0
  const answer = use(text)
  module._free(text)
  return answer
}

/** PgQueryParseResult: parse_tree, stderr_buffer, error; PgQueryError: message, funcname, filename, lineno, cursorpos, context. */
function parse(module: PgQueryModule, text: number): RawAnswer {
  const result = module._wasm_parse_query_raw(text)
  if (result === 0) throw new RangeError('grammar: no parse result')
  const tree = module.getValue(result, 'i32')
  const error = module.getValue(result + 8, 'i32')
  const answer: RawAnswer = error === 0
    ? { kind: 'json', json: module.UTF8ToString(tree) }
    : { kind: 'error', message: module.UTF8ToString(module.getValue(error, 'i32')), position: module.getValue(error + 16, 'i32') - 1 }
  module._wasm_free_parse_result(result)
  return answer
}

/** `scan`, `fingerprint` and `plpgsql` answer with one string, which is the error's message when it is not what `expected` says. */
function takeString(module: PgQueryModule, pointer: number, expected: (text: string) => boolean): RawAnswer {
  if (pointer === 0) throw new RangeError('grammar: no result')
  const text = module.UTF8ToString(pointer)
  module._wasm_free_string(pointer)
  return expected(text) ? { kind: 'json', json: text } : { kind: 'error', message: text, position: -1 }
}

/** Messages of the server start with a word. */
function isObjectText(text: string): boolean { return text.startsWith('{') }

function isFingerprint(text: string): boolean { return /^[0-9a-f]{16}$/.test(text) }
