/**
 * Pulls chunks and frames from a socket, one at a time, for the conversations before a session: start-up and authentication. Between
 * two pulls no listener but one for errors is attached and nothing is read, so the stream can be wrapped in TLS or handed on at any
 * point. A session, which reads both directions at once, has its own loop.
 */
import type { Duplex } from 'node:stream'
import type { Frame, FrameReader } from './frame.ts'
import { WireFault } from './wire-fault.ts'

/**
 * Keeps an error between two pulls from being an uncaught exception. The stream is destroyed by it, which the next pull or write
 * finds; nothing is lost by not looking here.
 */
export function expectErrors(stream: Duplex): void {
  stream.on('error', () => stream.destroy())
}

/**
 * The next bytes.
 *
 * @param signal aborted by whoever limits the time of the conversation
 * @returns undefined when the peer ended or the stream is closed
 * @throws {WireFault} `aborted`
 */
export async function nextChunk(stream: Duplex, signal: AbortSignal): Promise<Buffer | undefined> {
  for (;;) {
    if (signal.aborted) throw new WireFault('aborted', 'gave up waiting for the peer', { cause: signal.reason })
    const chunk: unknown = stream.read()
    if (Buffer.isBuffer(chunk)) return chunk
    if (stream.readableEnded || stream.destroyed || !stream.readable) return undefined
    await readable(stream, signal)
  }
}

/**
 * The next frame, pulling chunks into the reader as needed.
 *
 * @throws {WireFault} `closed` when the peer ended, with or without part of a frame; `aborted`; what the reader throws
 */
export async function nextFrame(stream: Duplex, reader: FrameReader, signal: AbortSignal): Promise<Frame> {
  for (;;) {
    const frame = reader.next()
    if (frame !== undefined) return frame
    const chunk = await nextChunk(stream, signal)
    if (chunk === undefined) throw new WireFault('closed', `closed with ${reader.pendingBytes} bytes of a message received`)
    reader.push(chunk)
  }
}

/** Resolves on anything that is worth another look. */
async function readable(stream: Duplex, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = (): void => {
      for (const event of EVENTS) stream.off(event, look)
      signal.removeEventListener('abort', look)
      resolve()
    }
    for (const event of EVENTS) stream.on(event, look)
    signal.addEventListener('abort', look)
  })
}

const EVENTS = ['readable', 'end', 'error', 'close'] as const
