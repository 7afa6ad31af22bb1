/**
 * For every script that npm runs: the Node.js that it has to run on. Finding one is the command's own code, since that has to find
 * a Node.js where there is no checkout; see packages/cli/bin/run-on-node.mjs. Plain JavaScript that Node.js 16 can read.
 */
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeMissingNode, findNode } from '../packages/cli/bin/run-on-node.mjs'

export { describeMissingNode, findNode, isNewEnough, OLDEST_NODE, runOnNode } from '../packages/cli/bin/run-on-node.mjs'

/**
 * Returns on a Node.js that is new enough. On an older one it runs the same script on the one that npm installed and ends as that does, or
 * says what to install and ends with status 1. Call it before anything that an old Node.js cannot do; import the rest afterwards.
 */
export function requireNode() {
  const node = findNode(dirname(dirname(fileURLToPath(import.meta.url))))
  if (node === process.execPath) return
  if (node === undefined) {
    process.stderr.write(describeMissingNode())
    process.exit(1)
  }
  const { status } = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' })
  process.exit(status === null ? 1 : status)
}
