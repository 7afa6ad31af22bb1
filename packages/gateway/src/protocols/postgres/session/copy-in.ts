/** COPY ... FROM STDIN: the client's data, frame by frame, under the permit of its statement. Source: PostgreSQL, Message Flow, COPY Operations. */
import { WireFault, describeTag } from '../wire-fault.ts'
import type { Frame } from '../frame.ts'
import type { SessionContext } from './session-context.ts'
import type { StatementRun } from './statement-run.ts'
import type { CopyGrant } from './upstream-writer.ts'

/** The client's next frame; undefined when it is gone. */
export type CopySource = () => Promise<Frame | undefined>

const COPY_DATA = 0x64
const COPY_DONE = 0x63
const COPY_FAIL = 0x66
const SYNC = 0x53
const FLUSH = 0x48

/**
 * Returns when the client has ended its data, or at once when the upstream asks for none. Sync and Flush are ignored meanwhile, as the
 * server ignores them.
 * @throws {WireFault} `out-of-order` for any other message.
 */
export async function forwardCopyUntilDone(session: SessionContext, run: StatementRun, grant: CopyGrant, next: CopySource): Promise<void> {
  await run.copyInDecided()
  while (run.takesCopyData) {
    const frame = await next()
    if (frame === undefined) return
    switch (frame.tag) {
      case COPY_DATA:
        // An upstream that has failed meanwhile reads and drops the rest; so do we.
        if (run.takesCopyData) await session.upstream.continueCopy(grant, frame.whole)
        break
      case COPY_DONE: case COPY_FAIL:
        run.closeCopyIn()
        await session.upstream.continueCopy(grant, frame.whole)
        return
      case SYNC: case FLUSH: break
      default: throw new WireFault('out-of-order', `message ${describeTag(frame.tag)} during COPY from the client`)
    }
  }
}
