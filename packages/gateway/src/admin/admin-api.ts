/**
 * The admin API over HTTP. Stateless: no cookies, so nothing a foreign page could ride on; writes take JSON only, and a page of another origin is
 * turned away even before that. Answers hold no PHI, and nothing is cached.
 */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Principal } from '@doorward/core'
import { ZodError } from 'zod'
import type { AdminOperations } from './admin-operations.ts'
import { isProblem, problemResponse, type AdminProblem, type CallerFacts } from './admin-request.ts'
import type { AdminAuthentication } from './authenticate.ts'
import { openApiDocument } from './openapi.ts'
import type { AdminRoute } from './admin-route.ts'
import { ROUTES } from './routes.ts'

/** The largest body is a principal's name. */
const MAX_BODY_BYTES = 16_384

interface Bindings { readonly Bindings: CallerFacts }

export interface AdminApiParts {
  readonly version: string
  readonly authentication: AdminAuthentication
  readonly operations: AdminOperations
  /** For operators: literal-free lines. */
  readonly log: (line: string) => void
}

/** @returns the handler; undefined for a path that is not the API's. */
export function createAdminApi(parts: AdminApiParts): (request: Request, facts: CallerFacts) => Promise<Response> {
  const app = new Hono<Bindings>()
  const document = openApiDocument(parts.version)
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: () => problemResponse({ problem: 'too-large', message: `at most ${MAX_BODY_BYTES} bytes` }) }))
  app.get('/openapi.json', (context) => context.json(document))
  for (const route of ROUTES) {
    app.on(route.method, route.path.replace('{id}', ':id'), (context) => answer(parts, route, context.req.raw, context.env, context.req.param('id') ?? '', context.req.query()))
  }
  app.notFound(() => problemResponse({ problem: 'not-found', message: 'no such path' }))
  app.onError((error) => {
    // Values of the call are not for the operator's log; what failed is.
    parts.log(`admin: a call failed: ${error instanceof Error && 'code' in error ? String(error.code) : error.name}`)
    return problemResponse({ problem: 'unavailable', message: 'it could not be done or not be recorded; nothing was approved' })
  })
  return async (request, facts) => app.fetch(request, facts)
}

async function answer(parts: AdminApiParts, route: AdminRoute, request: Request, facts: CallerFacts, id: string, query: Readonly<Record<string, string>>): Promise<Response> {
  const foreign = foreignPage(request)
  if (foreign !== undefined) return problemResponse(foreign)
  const caller: Principal | AdminProblem = await parts.authentication.callerOf(request.headers.get('authorization'), facts)
  if (isProblem(caller)) return problemResponse(caller)
  const read = await readCall(route, request, query)
  if (isProblem(read)) return problemResponse(read)
  const result = await route.run(parts.operations, { caller, id, client: facts.address, ...read })
  return isProblem(result) ? problemResponse(result) : Response.json(route.answer.parse(result))
}

async function readCall(route: AdminRoute, request: Request, query: Readonly<Record<string, string>>): Promise<{ readonly query: unknown; readonly body: unknown } | AdminProblem> {
  try {
    return { query: route.query?.parse(query), body: route.body?.parse(await bodyOf(request)) }
  } catch (error) {
    if (error instanceof BadBody) return { problem: 'bad-request', message: error.message }
    // Names of fields only: values may be anything.
    if (error instanceof ZodError) return { problem: 'bad-request', message: `not as expected: ${[...new Set(error.issues.map((issue) => issue.path.join('.') || issue.code))].join(', ')}` }
    throw error
  }
}

/** A browser says where a request comes from. No page but our own has anything to ask here. */
function foreignPage(request: Request): AdminProblem | undefined {
  const site = request.headers.get('sec-fetch-site')
  const origin = request.headers.get('origin')
  const isForeign = (site !== null && site !== 'same-origin' && site !== 'none') || (origin !== null && origin !== 'null' && hostOf(origin) !== request.headers.get('host')) || origin === 'null'
  return isForeign ? { problem: 'cross-site', message: 'calls from pages of other origins are refused' } : undefined
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

class BadBody extends Error {}

async function bodyOf(request: Request): Promise<unknown> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  // A form of a foreign page cannot send this type without being asked about first (Fetch, CORS-safelisted request-header).
  if (type !== 'application/json') throw new BadBody('content-type: expected application/json')
  const text = await request.text()
  try {
    return JSON.parse(text === '' ? '{}' : text)
  } catch {
    throw new BadBody('expected JSON')
  }
}
