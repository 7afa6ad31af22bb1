/** How a session of the harness proves who it is: SCRAM as the test kit speaks it, or the password in clear where that is asked for. */
import { randomBytes } from 'node:crypto'
import { Sensitive } from '@doorward/core'
import { decodeFields, FieldReader } from '../../packages/testkit/src/pg-client-frames.ts'
import { startScram } from '../../packages/testkit/src/pg-client-scram.ts'
import { frame, type WireSession, type WireTarget } from './wire.ts'

const WAIT_MS = 20_000

/** @throws {Error} when the peer refuses or hangs up. */
export async function login(session: WireSession, target: WireTarget): Promise<void> {
  const scram = startScram(new Sensitive(target.password), randomBytes(18).toString('base64'))
  const text = (value: string): Buffer => Buffer.from(`${value}\0`, 'utf8')
  for (;;) {
    const frames = await session.await('REZ', WAIT_MS)
    if (frames.length === 0) throw new Error('no answer to the start-up')
    for (const { tag, body } of frames) {
      if (tag === 'E') throw new Error(`start-up refused: ${decodeFields(body).get('M') ?? ''}`)
      if (tag === 'Z') return
      if (tag !== 'R') continue
      const read = new FieldReader(body)
      const kind = read.int32()
      const rest = (): string => read.bytes(read.left).toString('utf8')
      if (kind === 3) session.send(frame('p', text(target.password)))
      else if (kind === 10) {
        const first = Buffer.from(scram.first)
        const length = Buffer.alloc(4)
        length.writeInt32BE(first.length)
        session.send(frame('p', text('SCRAM-SHA-256'), length, first))
      } else if (kind === 11) session.send(frame('p', Buffer.from(scram.answer(rest()))))
      else if (kind === 12) scram.finish(rest())
      else if (kind !== 0) throw new Error(`authentication kind ${kind} is not spoken here`)
    }
  }
}
