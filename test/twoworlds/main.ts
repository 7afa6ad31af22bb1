/**
 * Two worlds: sends the same statements to two databases that differ only in PHI, through Doorward, as principals whose PHI is masked, and
 * demands equal answers. `npm run twoworlds -- --minutes N`; exit status 1 on any difference. See docs/phi/limits.md.
 */
import { writeFileSync } from 'node:fs'
import { comparison } from './comparison.ts'
import { ddlRace } from './ddl-race.ts'
import { readOptions } from './options.ts'

const options = readOptions(process.argv.slice(2))
const { report, json, ok } = options.mode === 'ddl-race' ? await ddlRace(options) : await comparison(options)
console.log(report)
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(json, null, 1)}\n`)
process.exitCode = ok ? 0 : 1
