/**
 * One JSON document of an identity provider: bounded in time and size, over verified TLS, and never where a redirect leads. Only addresses
 * that the operator wrote, or that the provider's own discovery names within {@link requireKeysUrl}'s rules, are ever asked.
 */
import { request as requestPlain, type IncomingMessage } from 'node:http'
import { request as requestTls } from 'node:https'
import { IdentityFault } from '../identity-fault.ts'

/** A key set of a large provider has some 20 keys of 2 kB. */
const MAX_JSON_BYTES = 262_144
const TIMEOUT_MS = 5_000

export type FetchJson = (url: URL) => Promise<unknown>

/** @param ca Certificates (PEM) of a provider with an authority of its own; undefined: the system's. */
export function createFetchJson(ca: string | undefined): FetchJson {
  return (url) => new Promise((resolve, reject) => {
    const options = { method: 'GET', headers: { accept: 'application/json', 'user-agent': 'doorward' }, signal: AbortSignal.timeout(TIMEOUT_MS), agent: false as const }
    const answer = (response: IncomingMessage): void => { readJson(url, response).then(resolve, reject) }
    const request = url.protocol === 'https:' ? requestTls(url, { ...options, ...(ca === undefined ? {} : { ca }) }, answer) : requestPlain(url, options, answer)
    request.on('error', (cause) => { reject(new IdentityFault('provider-unreachable', `${url.host} gave no answer (${'code' in cause ? String(cause.code) : cause.name})`, { cause })) })
    request.end()
  })
}

async function readJson(url: URL, response: IncomingMessage): Promise<unknown> {
  if (response.statusCode !== 200) {
    response.destroy()
    throw new IdentityFault('provider-answer', `${url.host}${url.pathname} answered with status ${response.statusCode ?? 0}, expected 200`)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > MAX_JSON_BYTES) {
      response.destroy()
      throw new IdentityFault('provider-answer', `${url.host}${url.pathname} answered with more than ${MAX_JSON_BYTES} bytes`)
    }
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (cause) {
    throw new IdentityFault('provider-answer', `${url.host}${url.pathname} answered with something that is not JSON`, { cause })
  }
}
