/** `npm run bench`: on a Node.js that is new enough. Arguments after `--` reach it: `npm run bench -- --quick`. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runOnNode } from './node-version.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
runOnNode(['--conditions=doorward-source', '--disable-warning=ExperimentalWarning', join(root, 'bench', 'main.ts'), ...process.argv.slice(2)], root)
