/** The socket side of the test client: plain TCP or TLS after SSLRequest, and frames handed out one at a time. */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { encodeFrame, encodeSslRequest, FrameReader, type BackendFrame } from './pg-client-frames.ts'
import { TestkitFault } from './testkit-fault.ts'

export interface SocketTarget {
  readonly host: string
  readonly port: number
  readonly tls?: { readonly ca: string; readonly servername?: string }
  readonly signal?: AbortSignal
}

/** Frames as they arrive, waited for one at a time. */
export class Inbox {
  readonly #socket: Socket
  readonly #reader = new FrameReader()
  readonly #frames: BackendFrame[] = []
  #waiting: PromiseWithResolvers<BackendFrame> | undefined
  #failed: Error | undefined
  readonly #closed = Promise.withResolvers<void>()

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => { this.#take(chunk) })
    socket.on('error', (error) => { this.#fail(new TestkitFault('pg-closed', 'the connection failed', { cause: error })) })
    socket.on('close', () => { this.#fail(new TestkitFault('pg-closed', 'the server closed the connection')); this.#closed.resolve() })
  }

  async next(): Promise<BackendFrame> {
    const frame = this.#frames.shift()
    if (frame !== undefined) return frame
    if (this.#failed !== undefined) throw this.#failed
    this.#waiting = Promise.withResolvers<BackendFrame>()
    return this.#waiting.promise
  }

  async close(): Promise<void> {
    if (!this.#socket.destroyed) this.#socket.end(encodeFrame('X', Buffer.alloc(0)))
    await this.#closed.promise
  }

  #take(chunk: Buffer): void {
    try { this.#frames.push(...this.#reader.push(chunk)) } catch (error) { this.#fail(error instanceof Error ? error : new TestkitFault('pg-protocol', 'unreadable frame')); this.#socket.destroy() }
    if (this.#waiting === undefined) return
    const frame = this.#frames.shift()
    if (frame === undefined) return
    this.#waiting.resolve(frame)
    this.#waiting = undefined
  }

  #fail(error: Error): void {
    this.#failed ??= error
    this.#waiting?.reject(this.#failed)
    this.#waiting = undefined
  }
}

/** Connects, and asks for TLS where `tls` is given. */
export async function openSocket(target: SocketTarget): Promise<Socket> {
  const socket = connectTcp({ host: target.host, port: target.port, noDelay: true, ...(target.signal === undefined ? {} : { signal: target.signal }) })
  await settled(socket, 'connect')
  if (target.tls === undefined) return socket
  socket.write(encodeSslRequest())
  const answer = await new Promise<string>((resolve, reject) => {
    socket.once('data', (chunk: Buffer) => { resolve(chunk.toString('latin1')) })
    socket.once('close', () => { reject(new TestkitFault('pg-closed', 'closed while TLS was asked for')) })
  })
  if (answer !== 'S') {
    socket.destroy()
    throw new TestkitFault('pg-protocol', 'the server does not offer TLS')
  }
  socket.removeAllListeners('close')
  const name = target.tls.servername ?? target.host
  const secure = connectTls({ socket, ca: target.tls.ca, host: name, ...(isIP(name) === 0 ? { servername: name } : {}) })
  await settled(secure, 'secureConnect')
  return secure
}

function settled(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => { reject(new TestkitFault('pg-closed', 'no connection', { cause: error })) }
    socket.once('error', fail)
    socket.once(event, () => { socket.off('error', fail); resolve() })
  })
}
