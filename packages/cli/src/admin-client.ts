/**
 * How a command calls the admin API: where it is, who calls, and what came back. The secret or token never stands on the command line, where
 * other users of the machine could read it.
 */
import { existsSync, readFileSync } from 'node:fs'
import { request as requestPlain, type IncomingMessage } from 'node:http'
import { request as requestTls } from 'node:https'
import type { CheckedConfig } from '@doorward/gateway'
import type { Command } from 'commander'
import { CommandEnd, type CliIo } from './cli-io.ts'
import { configOption, requireConfig } from './config-option.ts'
import { findSecret } from './find-secret.ts'
import { toPrintable } from './table-text.ts'

export interface AdminOptions {
  readonly config: string
  readonly url?: string
  readonly ca?: string
  readonly as?: string
  readonly json?: boolean
}

export interface AdminClient {
  /** @throws {CommandEnd} with the gateway's own words when it says no. */
  get(path: string): Promise<unknown>
  post(path: string, body: Readonly<Record<string, unknown>>): Promise<unknown>
}

/** Of DESIGN.md's example configuration. */
const DEFAULT_URL = 'http://127.0.0.1:8600'
const WITHIN_MS = 30_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** The options that every command of the admin API has. */
export function withAdminOptions(command: Command): Command {
  return command
    .addOption(configOption())
    .option('--url <url>', `the console port; default: that of the configuration, else ${DEFAULT_URL}`)
    .option('--ca <file>', 'trust this certificate (PEM) when the URL is https')
    .option('--as <name>', 'call as this local principal; default: DOORWARD_USER, or the only one')
    .option('--json', 'print what the API answered')
    .addHelpText('after', [
      '',
      'You call as yourself: with a token in DOORWARD_TOKEN, or as a local principal with its secret in DOORWARD_SECRET (else the secret',
      'that the configuration names, else it is asked for). Exit status: 0 done; 1 refused, not reached, or wrong use.',
    ].join('\n'))
}

export async function connectAdmin(options: AdminOptions, io: CliIo): Promise<AdminClient> {
  const checked = existsSync(options.config) ? requireConfig(options.config, io) : undefined
  const base = options.url ?? urlOf(checked)
  if (!URL.canParse(base) || !/^https?:/.test(base)) throw new CommandEnd(1, 'url: expected http://host:port or https://host:port')
  const authorization = await authorizationOf(checked, options, io)
  const ca = options.ca === undefined ? undefined : readFileSync(options.ca, 'utf8')
  const call = (method: 'GET' | 'POST', path: string, body: string | undefined): Promise<unknown> => send(new URL(path, base), method, authorization, body, ca)
  return { get: (path) => call('GET', path, undefined), post: (path, body) => call('POST', path, JSON.stringify(body)) }
}

function urlOf(checked: CheckedConfig | undefined): string {
  const listen = checked?.config.listen.console
  if (checked === undefined || listen === undefined) return DEFAULT_URL
  const host = listen.host === '0.0.0.0' ? '127.0.0.1' : listen.host === '::' ? '::1' : listen.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${listen.port}`
}

async function authorizationOf(checked: CheckedConfig | undefined, options: AdminOptions, io: CliIo): Promise<string> {
  const token = io.env['DOORWARD_TOKEN']
  if (token !== undefined && token !== '' && options.as === undefined) return `Bearer ${token}`
  const locals = checked?.config.identity.local.map((principal) => principal.name) ?? []
  const user = options.as ?? io.env['DOORWARD_USER'] ?? (locals.length === 1 ? locals[0] : undefined)
  if (user === undefined) throw new CommandEnd(1, `say who you are: --as ${locals.length === 0 ? 'NAME' : locals.join(', --as ')}, or DOORWARD_TOKEN`)
  const secret = await findSecret(checked, user, 'DOORWARD_SECRET', io)
  return `Basic ${Buffer.from(`${user}:${secret.reveal()}`, 'utf8').toString('base64')}` // to the gateway
}

async function send(url: URL, method: 'GET' | 'POST', authorization: string, body: string | undefined, ca: string | undefined): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const headers = { authorization, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }) }
  const options = { method, headers, signal: AbortSignal.timeout(WITHIN_MS), agent: false as const }
  const request = url.protocol === 'https:' ? requestTls(url, { ...options, ...(ca === undefined ? {} : { ca }) }, resolve) : requestPlain(url, options, resolve)
  request.on('error', reject)
  request.end(body)
  let response: IncomingMessage
  try {
    response = await promise
  } catch (error) {
    throw new CommandEnd(1, `no answer from ${url.origin}: ${error instanceof Error ? error.message : 'unknown'}`)
  }
  const text = await readText(response)
  if (response.statusCode === 200) return parse(text, url)
  throw new CommandEnd(1, toPrintable(`refused: ${messageOf(parse(text, url)) ?? `status ${response.statusCode ?? 0}`}`))
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new CommandEnd(1, 'the answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string, url: URL): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CommandEnd(1, `${url.origin} answered something that is not Doorward's`)
  }
}

function messageOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return undefined
  const { error } = answer
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string' ? error.message : undefined
}
