/** COPY ... FROM STDIN: the client's data, frame by frame, under the permit of its statement. Source: PostgreSQL, Message Flow, COPY Operations. */
import { WireFault, describeTag } from '../wire-fault.ts'
import type { Frame } from '../frame.ts'
import { encodeFrontend } from '../frontend-encode.ts'
import { MASK_WRITTEN } from './answer.ts'
import type { SessionContext } from './session-context.ts'
import type { StatementRun } from './statement-run.ts'
import type { CopyGrant } from './upstream-writer.ts'
import { MaskFinder } from './write-back.ts'

/** The client's frames, one at a time. */
export interface CopySource {
  /** Resolves when a frame is there, or the client is gone. */
  arrived(): Promise<void>
  /** Undefined when the client is gone. */
  next(): Promise<Frame | undefined>
  /** The frame comes again with the next `next`: it is not of the COPY. */
  putBack(frame: Frame): void
}

const COPY_DATA = 0x64
const COPY_DONE = 0x63
const COPY_FAIL = 0x66
const SYNC = 0x53
const FLUSH = 0x48
const TERMINATE = 0x58

/**
 * Returns when the client has ended its data, when the statement ends without, or at once when the upstream asks for none. Sync and Flush are
 * ignored meanwhile, as the server ignores them. What comes once the statement has ended is left for the session.
 * @throws {WireFault} `out-of-order` for any other message.
 */
export async function forwardCopyUntilDone(session: SessionContext, run: StatementRun, grant: CopyGrant, source: CopySource): Promise<void> {
  await run.copyInDecided()
  const ended = run.ended()
  const finder = run.isMasked ? new MaskFinder() : undefined
  while (run.takesCopyData) {
    // The upstream may fail while the client says nothing, waiting for the answer.
    await Promise.race([source.arrived(), ended])
    if (!run.takesCopyData) return
    const frame = await source.next()
    if (frame === undefined) return
    if (!run.takesCopyData) { source.putBack(frame); return }
    switch (frame.tag) {
      case COPY_DATA:
        if (finder?.push(frame.body) === true) {
          run.stop()
          run.refusal = await session.admission.refuse({ reason: 'cannot-transform', message: MASK_WRITTEN, next: 'leave the masked column out of what is copied', note: `statement ${run.facts.permitted.permit.statement}` })
          run.closeCopyIn()
          await session.upstream.continueCopy(grant, encodeFrontend({ kind: 'copyFail', message: 'refused' }))
          return
        }
        await session.recording.copied(frame.body)
        await session.upstream.continueCopy(grant, frame.whole)
        break
      case COPY_DONE: case COPY_FAIL:
        run.closeCopyIn()
        await session.upstream.continueCopy(grant, frame.whole)
        return
      case SYNC: case FLUSH: break
      // A client that is closed in the middle says so: the session ends it like any other.
      case TERMINATE:
        source.putBack(frame)
        return
      default: throw new WireFault('out-of-order', `message ${describeTag(frame.tag)} during COPY from the client`)
    }
  }
}
