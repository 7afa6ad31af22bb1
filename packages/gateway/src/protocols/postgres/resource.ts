/** One PostgreSQL resource: how to reach it, how its statements are understood, how its answers are transformed. Bound in compose.ts. */
import type { Purpose } from '@doorward/core'
import type { TransformFactory } from './session/answer.ts'
import type { Understander } from './understand/understander.ts'
import type { UpstreamConnection } from './upstream.ts'
import type { UpstreamAddress } from './upstream-socket.ts'

export interface PostgresResource {
  readonly name: string
  readonly address: UpstreamAddress
  readonly understander: Understander
  /** `always`: every session. `by-policy`: from the first statement that a policy with `record` allows. */
  readonly recorded: 'always' | 'by-policy'
  /** @throws {UpstreamFault} */
  connect(settings: ReadonlyMap<string, string>, signal: AbortSignal): Promise<UpstreamConnection>
  /** @param principal whose patients are counted. */
  transforms(principal: string, purpose: () => Purpose | undefined): TransformFactory
  close(): Promise<void>
}
