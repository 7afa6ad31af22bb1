#!/usr/bin/env node
// Loads schema and worlds into the two databases, as a run would, and runs nothing: node load.mjs --upstream postgres://user:password@host:port
import { parseArgs } from 'node:util'
import { Database } from './lib/database.mjs'

const { values } = parseArgs({ options: { upstream: { type: 'string' }, 'upstream-db-a': { type: 'string', default: 'clinic_a' }, 'upstream-db-b': { type: 'string', default: 'clinic_b' } } })
if (!values.upstream) throw new Error('usage: node load.mjs --upstream postgres://user:password@host:port')
const { hostname, port, username, password } = new URL(values.upstream)
const target = { host: hostname, port: Number(port || 5432), user: decodeURIComponent(username), password: decodeURIComponent(password) }
for (const world of ['a', 'b']) {
  const database = await new Database({ ...target, database: values[`upstream-db-${world}`] }, world).open()
  database.client.end()
}
