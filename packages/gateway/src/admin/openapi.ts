/** The OpenAPI 3.1 document of the admin API, made from the route table and its schemas. Source: OpenAPI Specification 3.1. */
import { z } from 'zod'
import type { AdminRoute } from './admin-route.ts'
import { ROUTES } from './routes.ts'
import { problem } from './schemas.ts'

type JsonObject = Readonly<Record<string, unknown>>

export function openApiDocument(version: string): JsonObject {
  const paths: Record<string, Record<string, unknown>> = {}
  const schemas = new Map<string, unknown>()
  for (const route of ROUTES) {
    const path = paths[route.path] ?? {}
    path[route.method.toLowerCase()] = operationOf(route, schemas)
    paths[route.path] = path
  }
  return {
    openapi: '3.1.0', info: { title: 'Doorward admin API', version, description: 'Approvals, sessions and revocations. Everybody calls with their own identity.' },
    paths, security: [{ secret: [] }, { token: [] }],
    components: { schemas: Object.fromEntries(schemas), securitySchemes: { secret: { type: 'http', scheme: 'basic' }, token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
  }
}

function operationOf(route: AdminRoute, schemas: Map<string, unknown>): JsonObject {
  const query = route.query === undefined ? [] : queryParametersOf(route.query)
  const id = route.path.includes('{id}') ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] : []
  return {
    operationId: route.name, summary: route.summary, parameters: [...id, ...query],
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: json(route.body, 'input', schemas) } }),
    responses: { 200: { description: 'Done', content: json(route.answer, 'output', schemas) }, default: { description: 'Refused', content: json(problem, 'output', schemas) } },
  }
}

function queryParametersOf(query: z.ZodType): readonly JsonObject[] {
  const schema: { readonly properties?: JsonObject } = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' })
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({ name, in: 'query', required: false, schema: property }))
}

/** Schemas that have a name stand once, under components; zod puts them beside each schema that uses them. */
function json(schema: z.ZodType, io: 'input' | 'output', schemas: Map<string, unknown>): JsonObject {
  const { $schema: _dialect, $defs, ...plain } = z.toJSONSchema(schema, { io, reused: 'inline', unrepresentable: 'any' })
  for (const [name, named] of Object.entries($defs ?? {})) schemas.set(name, pointed(named))
  return { 'application/json': { schema: pointed(plain) } }
}

function pointed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === '$ref' && typeof inner === 'string' ? inner.replace(/^#\/\$defs\//, '#/components/schemas/') : pointed(inner)]))
}
