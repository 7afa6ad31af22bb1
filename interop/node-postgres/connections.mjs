// node-postgres connections: to the gateway with TLS, in plaintext, and to the server itself.
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { env } from '../check.mjs'

export function configOf(user, more = {}) {
  return { host: 'localhost', port: Number(env('TLS_PORT')), user, password: env(`SECRET_${user.toUpperCase()}`), database: 'clinic', ssl: { ca: readFileSync(env('CA'), 'utf8') }, connectionTimeoutMillis: 20_000, ...more }
}

export function plainConfigOf(user, more = {}) {
  return { ...configOf(user), host: '127.0.0.1', port: Number(env('PLAIN_PORT')), ssl: false, ...more }
}

export function directConfig(more = {}) {
  return { host: '127.0.0.1', port: Number(env('DIRECT_PORT')), user: env('DIRECT_USER'), password: env('DIRECT_PASSWORD'), database: 'clinic', ssl: { ca: readFileSync(env('DIRECT_CA'), 'utf8') }, ...more }
}

/** Runs with a connection that is closed afterwards, come what may. */
export async function withClient(config, run) {
  const client = new pg.Client(config)
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}
