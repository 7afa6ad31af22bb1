/**
 * The console port: health for whoever runs the gateway, a first page for people, and the admin API. It serves no data of any resource. One
 * port speaks TLS and plain HTTP, told apart by the first byte; in plain HTTP the API takes credentials from this machine only.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createPort, type Server as Port, type Socket } from 'node:net'
import { bridge, type FetchHandler } from './http-bridge.ts'

/** `recorder-failed`: the log cannot be written, so nothing is accepted. */
export type Health = 'serving' | 'stopping' | 'recorder-failed'

export interface ConsoleFacts {
  readonly version: string
  readonly health: () => Health
  readonly sessions: () => number
  /** Statements that wait for people. */
  readonly held: () => number
  readonly resources: readonly string[]
  readonly origin: string
  /** Index of the next log entry. */
  readonly logSize: () => number
}

export interface ConsoleServerParts {
  readonly facts: ConsoleFacts
  readonly api: FetchHandler
  /** PEM texts; undefined: plain HTTP only. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  /** For operators: literal-free lines. */
  readonly log: (line: string) => void
}

export interface ConsoleServer {
  readonly port: Port
  /** Lets go of every connection. */
  close(): Promise<void>
}

const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store',
} as const

/** The first byte of a TLS record that holds a handshake: RFC 8446 §5.1. */
const TLS_HANDSHAKE = 0x16
const FIRST_BYTE_MS = 5_000
const MAX_CONNECTIONS = 1_000

export function createConsoleServer(parts: ConsoleServerParts): ConsoleServer {
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    answer(parts, request, response).catch((error: unknown) => {
      parts.log(`console: an answer failed: ${error instanceof Error ? error.name : 'unknown'}`)
      if (response.headersSent) response.destroy()
      else send(response, 500, 'text/plain; charset=utf-8', 'internal error\n')
    })
  }
  const plain = bounded(createServer(serve))
  const secure = parts.tls === undefined ? undefined : bounded(createTlsServer({ ...parts.tls, minVersion: 'TLSv1.2' }, serve))
  const sockets = new Set<Socket>()
  const port = createPort({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => { sockets.delete(socket) })
    // Whatever goes wrong on a socket ends that socket.
    socket.on('error', () => { socket.destroy() })
    socket.setTimeout(FIRST_BYTE_MS, () => { socket.destroy() })
    socket.once('data', (first: Buffer) => {
      socket.setTimeout(0)
      socket.pause()
      socket.unshift(first)
      const server = first[0] === TLS_HANDSHAKE ? secure : plain
      if (server === undefined) socket.destroy()
      else server.emit('connection', socket)
      // A TLS server reads by itself; resumed, it would lose its first bytes.
      if (server === plain) socket.resume()
    })
  })
  port.maxConnections = MAX_CONNECTIONS
  return {
    port,
    close: () => new Promise((resolve) => {
      port.close(() => { resolve() })
      for (const socket of sockets) socket.destroy()
    }),
  }
}

function bounded<S extends Server>(server: S): S {
  server.headersTimeout = 5_000
  server.requestTimeout = 10_000
  server.maxRequestsPerSocket = 1_000
  return server
}

async function answer({ facts, api }: ConsoleServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  if (path.startsWith('/api/') || path === '/openapi.json') return bridge(api, request, response, SECURITY_HEADERS)
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain; charset=utf-8', 'method not allowed\n')
  switch (path) {
    case '/healthz': {
      const status = facts.health()
      return send(response, status === 'serving' ? 200 : 503, 'application/json', `${JSON.stringify({ status, version: facts.version })}\n`)
    }
    case '/': return send(response, 200, 'text/html; charset=utf-8', page(facts))
    default: return send(response, 404, 'text/plain; charset=utf-8', 'not found\n')
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...SECURITY_HEADERS, 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function page(facts: ConsoleFacts): string {
  const rows: readonly (readonly [string, string])[] = [
    ['Status', facts.health()], ['Version', facts.version], ['Resources', facts.resources.join(', ')],
    ['Live sessions', String(facts.sessions())], ['Waiting for approval', String(facts.held())], ['Log', `${facts.origin}, ${facts.logSize()} entries`],
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Doorward</title><meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:4rem auto;padding:0 1rem;color:#1b2430}h1{font-size:1.5rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.5rem .75rem;border-bottom:1px solid #d9dee5}th{width:10rem;font-weight:600}
code{background:#f1f4f7;padding:.1rem .3rem;border-radius:3px}</style></head>
<body><h1>Doorward</h1><p>This gateway records every statement before it forwards it, and masks what the caller may not see.</p>
<table>${rows.map(([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`).join('')}</table>
<p>Health: <a href="/healthz"><code>/healthz</code></a>. Admin API: <a href="/openapi.json"><code>/openapi.json</code></a>; from a shell: <code>npx doorward approvals list</code>.
Check the log: <code>npx doorward verify DIR</code>.</p></body></html>
`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
