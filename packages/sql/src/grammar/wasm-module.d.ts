/**
 * The factory of libpg-query's WebAssembly build, as far as wasm-instance.ts uses it (the package ships types for its index only).
 * Source: libpg-query 18.1.5, wasm/libpg-query.js and wasm/index.js.
 */
declare module 'libpg-query/wasm/libpg-query.js' {
  export interface PgQueryModule {
    /** Replaced when memory grows: read it anew for each use. */
    readonly HEAPU8: Uint8Array
    _malloc(bytes: number): number
    _free(pointer: number): void
    _wasm_parse_query_raw(text: number): number
    _wasm_free_parse_result(result: number): void
    _wasm_scan(text: number): number
    _wasm_parse_plpgsql(text: number): number
    _wasm_fingerprint(text: number): number
    _wasm_free_string(text: number): void
    getValue(pointer: number, type: 'i32'): number
    UTF8ToString(pointer: number): string
  }
  export interface PgQueryOptions {
    instantiateWasm(imports: object, done: (instance: WasmHandle, module: WasmHandle) => void): object
    print(line: string): void
    printErr(line: string): void
  }
  const factory: (options: PgQueryOptions) => Promise<PgQueryModule>
  export default factory
}

/** A WebAssembly.Module or WebAssembly.Instance: opaque here. */
interface WasmHandle { readonly [Symbol.toStringTag]: string }

/** The two functions of the WebAssembly JavaScript Interface used here; the language's own library has them under DOM only. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<WasmHandle>
  instantiate(module: WasmHandle, imports: object): Promise<WasmHandle>
}
