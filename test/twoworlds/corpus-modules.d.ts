/** The corpus is plain JavaScript and stands alone; these are the parts of it that the harness uses, as it uses them. */
declare module '*/corpus/world.mjs' {
  export interface World { readonly name: 'a' | 'b'; readonly patients: readonly Record<string, unknown>[]; readonly archived_patients: readonly Record<string, unknown>[]; readonly [table: string]: unknown }
  export function makeWorld(name: 'a' | 'b'): World
  export function seedSql(world: World): string
  export function canaries(world: World): Record<string, { readonly values: readonly string[]; readonly weak?: boolean }>
}

declare module '*/corpus/lib/search.mjs' {
  export class Needles {
    constructor(canaries: Record<string, { readonly values: readonly string[]; readonly weak?: boolean }>, named?: readonly string[])
    find(text: string): Map<string, string>
  }
}

declare module '*/corpus/lib/vectors.mjs' {
  export interface Vector {
    readonly id: string
    readonly family: string
    readonly technique: string
    readonly principal: string
    readonly steps: readonly Readonly<Record<string, unknown>>[]
    readonly setup?: readonly string[]
    readonly teardown?: readonly string[]
    readonly needs?: readonly string[]
    readonly judge: { readonly kind: string }
  }
  export function loadVectors(folder: string, only?: { readonly family?: string; readonly id?: string }): Vector[]
  export function expand<T>(value: T, context: unknown): T
  export function runsAlone(vector: Vector): boolean
}

declare module '*/corpus/lib/perform.mjs' {
  import type { Vector } from '*/corpus/lib/vectors.mjs'
  export interface Performed {
    readonly world: 'a' | 'b'
    readonly steps: readonly unknown[]
    readonly timedOut: boolean
    readonly refusedStart: string | undefined
    readonly sessions: readonly { readonly number: number; readonly frames: readonly { readonly tag: string; readonly body: Buffer }[]; readonly started: number; readonly closed: boolean }[]
  }
  export function perform(run: unknown, vector: Vector, world: 'a' | 'b', target: unknown): Promise<Performed>
}

declare module '*/corpus/lib/database.mjs' {
  export class Database {
    constructor(target: { readonly host: string; readonly port: number; readonly user: string; readonly password: string; readonly database: string }, world: 'a' | 'b')
    client: unknown
    seed: string
    clean: unknown
    version: number
    seal: (marks: unknown) => string
    rows(sql: string): Promise<(string | null)[][]>
    marks(): Promise<unknown>
    changed(): Promise<'nothing' | 'data' | 'catalog'>
    reset(): Promise<string>
    open(): Promise<Database>
  }
}

declare module '*/corpus/lib/client.mjs' {
  export class Client {
    constructor(target: { readonly host: string; readonly port: number; readonly user: string; readonly password: string; readonly database: string })
    connect(parameters?: Record<string, string>): Promise<Client>
    end(): void
  }
}
