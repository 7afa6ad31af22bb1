/**
 * The verifier as one file that an auditor can carry, read, and run with nothing but Node: made from this package's own modules, in a
 * checkout from the TypeScript sources, in an installed package from what was built.
 */
import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { bundleModules } from './bundle-modules.ts'

export const VERIFIER_FILE = 'doorward-verify.mjs'

/** @returns the file's text; the same for the same sources. */
export function toVerifierFile(): string {
  const entry = join(import.meta.dirname, '..', 'verify', `standalone${extname(import.meta.filename)}`)
  const { imports, body, entry: main } = bundleModules(entry, (path) => readFileSync(path, 'utf8'))
  return [
    '#!/usr/bin/env node',
    '/*',
    ' * Verifies a Doorward audit log, or any log in the C2SP tlog-tiles format, and proofs of single entries. Needs Node.js 20.16 or newer,',
    ' * no package and, for a folder or an archive, no network:',
    ' *',
    ` *     node ${VERIFIER_FILE} LOG --key VKEY`,
    ' *',
    ' * Made from the verifier of the @doorward/audit package, module by module, with comments. Apache-2.0.',
    ' */',
    imports,
    '',
    body,
    '',
    `const answer = await ${main}.runStandalone(process.argv.slice(2), {`,
    '  nowMs: () => Date.now(),',
    '  fetch: (url, init) => fetch(url, init),',
    '  wait: (delayMs) => new Promise((resolve) => { setTimeout(resolve, delayMs) }),',
    '})',
    'process.stdout.write(`${answer.text}\\n`)',
    'process.exitCode = answer.exitCode',
    '',
  ].join('\n')
}
