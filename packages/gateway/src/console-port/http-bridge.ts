/** Between Node's HTTP server and the fetch-style admin API: one request in, one response out, sizes bounded. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { CallerFacts } from '../admin/admin-request.ts'
import { isLoopback } from '../config/read-listen.ts'

export type FetchHandler = (request: Request, facts: CallerFacts) => Promise<Response>

/** As the API's own limit; here so that nobody makes us hold more before it is asked. */
const MAX_BODY_BYTES = 16_384

/** @param headers Sent with every answer. */
export async function bridge(handler: FetchHandler, incoming: IncomingMessage, outgoing: ServerResponse, headers: Readonly<Record<string, string>>): Promise<void> {
  const body = await readBody(incoming)
  const response = body === undefined
    ? Response.json({ error: { code: 'too-large', message: `at most ${MAX_BODY_BYTES} bytes` } }, { status: 413 })
    : await handler(toRequest(incoming, body), factsOf(incoming.socket))
  const bytes = Buffer.from(await response.arrayBuffer())
  outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), ...headers, 'content-length': bytes.length })
  outgoing.end(incoming.method === 'HEAD' ? undefined : bytes)
}

/** The path alone is taken from the request line: a host that a caller names decides nothing. */
function toRequest(incoming: IncomingMessage, body: Buffer): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) if (typeof value === 'string') headers.set(name, value)
  const path = incoming.url?.startsWith('/') === true ? incoming.url : '/'
  const method = incoming.method ?? 'GET'
  return new Request(new URL(`http://console.invalid/${path.replace(/^\/+/, '')}`), { method, headers, ...(method === 'GET' || method === 'HEAD' ? {} : { body: new Uint8Array(body) }) })
}

/** @returns undefined when it is longer than anything the API takes. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Nobody reads along in TLS, nor between two ends of one machine. */
function factsOf(socket: Socket | TLSSocket): CallerFacts {
  const isPrivate = 'encrypted' in socket || (isOwn(socket.remoteAddress) && isOwn(socket.localAddress))
  return { address: `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`, transport: isPrivate ? 'private' : 'readable' }
}

function isOwn(address: string | undefined): boolean {
  return address !== undefined && isLoopback(address.replace(/^::ffff:/, ''))
}
