/** One route of the admin API: what it takes, gives and does. The table of them is routes.ts. */
import type { z } from 'zod'
import type { Principal } from '@doorward/core'
import type { AdminOperations } from './admin-operations.ts'

export interface AdminRoute {
  readonly method: 'GET' | 'POST'
  /** `{id}` is the only parameter. */
  readonly path: string
  readonly name: string
  readonly summary: string
  readonly query: z.ZodType | undefined
  readonly body: z.ZodType | undefined
  readonly answer: z.ZodType
  run(operations: AdminOperations, call: { readonly caller: Principal; readonly id: string; readonly query: unknown; readonly body: unknown; /** `host:port` of the caller. */ readonly client: string }): Promise<unknown>
}
