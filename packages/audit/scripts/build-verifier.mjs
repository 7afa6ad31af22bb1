// Writes the verifier as one file: node --conditions=doorward-source packages/audit/scripts/build-verifier.mjs [FILE]
import { writeFileSync } from 'node:fs'
import { toVerifierFile, VERIFIER_FILE } from '@doorward/audit'

const file = process.argv[2] ?? VERIFIER_FILE
writeFileSync(file, toVerifierFile(), { mode: 0o755 })
console.log(file)
