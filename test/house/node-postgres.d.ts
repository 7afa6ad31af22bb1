/** As much of node-postgres as the tests use: the package brings no types. */
declare module 'pg' {
  import type { Socket } from 'node:net'

  export interface ClientOptions {
    readonly host: string
    readonly port: number
    readonly database: string
    readonly user: string
    readonly password: string
    readonly options?: string
  }
  export interface Notice { readonly message: string; readonly hint?: string }
  export interface Result { readonly rows: readonly Readonly<Record<string, unknown>>[] }
  export class Client {
    constructor(options: ClientOptions)
    readonly connection: { readonly stream: Socket }
    on(event: 'error', tell: (error: Error) => void): this
    on(event: 'notice', tell: (notice: Notice) => void): this
    connect(): Promise<void>
    query(text: string | { readonly text: string; readonly values?: readonly unknown[]; readonly name?: string; readonly binary?: boolean }): Promise<Result>
    end(): Promise<void>
  }
  const pg: { readonly Client: typeof Client }
  export default pg
}
