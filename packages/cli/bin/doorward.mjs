#!/usr/bin/env node
/**
 * The `doorward` command: finds a Node.js that is new enough and hands over to the commands. In a checkout that was not built, the
 * TypeScript sources run as they are.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gatewayFlags } from './node-flags.mjs'
import { runOnNode } from './run-on-node.mjs'

const folder = dirname(fileURLToPath(import.meta.url))
const built = join(folder, '..', 'dist', 'main.js')
const source = join(folder, '..', 'src', 'main.ts')
const script = existsSync(built) ? [built] : ['--conditions=doorward-source', source]
runOnNode([...gatewayFlags(process.env), ...script, ...process.argv.slice(2)], folder)
