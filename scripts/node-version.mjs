/**
 * For every script that npm runs: the Node.js that it has to run on. The code is the command's own, since that has to find
 * a Node.js where there is no checkout; see packages/cli/bin/run-on-node.mjs.
 */
export { describeMissingNode, findNode, isNewEnough, OLDEST_NODE, runOnNode } from '../packages/cli/bin/run-on-node.mjs'
