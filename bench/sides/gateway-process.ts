/**
 * One gateway in a process of its own. Arguments: configuration file, step to leave out, `count-copies` or nothing. `nothing` left out is the
 * gateway that users start, by the same function.
 */
import { serve } from '@doorward/gateway'
import { composeWith } from '../../packages/gateway/src/compose.ts'
import { countCopies } from './count-copies.ts'
import { leaveOut, STEPS } from './left-out.ts'

const [configFile = '', wanted = 'nothing', counting] = process.argv.slice(2)
const step = STEPS.find((one) => one === wanted)
if (step === undefined) throw new Error(`no step ${wanted}`)
const copied = counting === 'count-copies' ? countCopies() : () => 0

const options = { configFile, env: process.env, log: (line: string) => { process.stderr.write(`gateway: ${line}\n`) } }
const served = step === 'nothing' ? await serve(options) : await composeWith(options, leaveOut(step))
process.on('message', (message) => {
  if (message === 'memory') { globalThis.gc?.(); process.send?.({ kind: 'memory', ...process.memoryUsage() }) }
  if (message === 'copied') process.send?.({ kind: 'copied', bytes: copied() })
})
let stopping = false
const stop = (): void => {
  if (stopping) return
  stopping = true
  served.stop().then(() => { process.exit(0) }, () => { process.exit(1) })
}
process.on('SIGTERM', stop)
process.on('disconnect', stop)
process.send?.({ kind: 'ready', port: served.addresses.postgres?.port ?? 0 })
