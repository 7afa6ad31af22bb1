/**
 * The console port: health for whoever runs the gateway, and a first page for people. Loopback or behind the operator's own proxy; it serves
 * no data of any resource. The admin API and the console find their place here.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

export interface ConsoleFacts {
  readonly version: string
  /** True once every listener serves. */
  readonly serving: () => boolean
  readonly sessions: () => number
  readonly resources: readonly string[]
  readonly origin: string
  /** Index of the next log entry. */
  readonly logSize: () => number
}

const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store',
} as const

export function createConsoleServer(facts: ConsoleFacts): Server {
  const server = createServer((request, response) => { answer(facts, request, response) })
  server.headersTimeout = 5_000
  server.requestTimeout = 10_000
  server.maxRequestsPerSocket = 1_000
  return server
}

function answer(facts: ConsoleFacts, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '/').split('?')[0]
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain; charset=utf-8', 'method not allowed\n')
  switch (path) {
    case '/healthz': {
      const serving = facts.serving()
      return send(response, serving ? 200 : 503, 'application/json', `${JSON.stringify({ status: serving ? 'serving' : 'starting', version: facts.version })}\n`)
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
    ['Status', facts.serving() ? 'serving' : 'starting'], ['Version', facts.version], ['Resources', facts.resources.join(', ')],
    ['Live sessions', String(facts.sessions())], ['Log', `${facts.origin}, ${facts.logSize()} entries`],
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Doorward</title><meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:4rem auto;padding:0 1rem;color:#1b2430}h1{font-size:1.5rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.5rem .75rem;border-bottom:1px solid #d9dee5}th{width:10rem;font-weight:600}
code{background:#f1f4f7;padding:.1rem .3rem;border-radius:3px}</style></head>
<body><h1>Doorward</h1><p>This gateway records every statement before it forwards it, and masks what the caller may not see.</p>
<table>${rows.map(([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`).join('')}</table>
<p>Health: <a href="/healthz"><code>/healthz</code></a>. Check the log from a shell: <code>npx doorward verify DIR</code>.</p></body></html>
`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
