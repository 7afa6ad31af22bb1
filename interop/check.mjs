// What a client's test written in JavaScript prints: one line per check, which run.mjs counts. `ok NAME`, `FAIL NAME: WHY`, `skipped: NAME: WHY`.
import assert from 'node:assert/strict'

/** Of what a failed check says. */
const LONGEST = 600

let failures = 0

/** Runs one check. A check that throws fails; the others go on. */
export async function check(name, run) {
  try {
    await run()
    console.log(`ok ${name}`)
  } catch (error) {
    failures += 1
    console.log(`FAIL ${name}: ${describe(error)}`)
  }
}

export function skip(name, why) {
  console.log(`skipped: ${name}: ${why}`)
}

/** Ends the process: open sockets of a driver must not hold it. */
export function finish() {
  process.exit(failures === 0 ? 0 : 1)
}

/** The error that a promise rejects with. */
export async function rejection(promise) {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new assert.AssertionError({ message: 'expected an error, found none' })
}

/** What every driver shows of a refusal: SQLSTATE, what and under which receipt, what to do next. */
export function expectRefusal(error, what = /refused: /) {
  assert.equal(error.code, '42501', `${error.code}: ${error.message}`)
  assert.match(error.message, what)
  assert.match(error.message, /\(receipt \d+\)$/)
  assert.ok((error.hint ?? '').length > 0, 'no hint')
}

export const env = (name) => {
  const value = process.env[`IT_${name}`]
  if (value === undefined) throw new Error(`IT_${name} is not set: start this through interop/run.mjs`)
  return value
}

function describe(error) {
  if (!(error instanceof Error)) return String(error)
  const at = (error.stack ?? '').split('\n').find((line) => line.includes('/interop/') && !line.includes('/check.mjs'))
  return `${error.message.split('\n').slice(0, 12).join(' | ').slice(0, LONGEST)}${at === undefined ? '' : ` (${at.trim().replace(/^.*\/interop\//, '')}`}`
}
