/**
 * What a session holds in memory while it idles, in a gateway's own process: counted in bytes that are still reachable once garbage is collected,
 * which depends on no speed. Resident memory is the bench's (bench/parts/idle-part.ts).
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { encodeFrontend } from '@doorward/gateway'
import { eventually } from './eventually.ts'
import { HOLDING_POLICIES } from './holding-policies.ts'
import { local, startHouse, type House } from './house.ts'
import { Wire } from './wire.ts'

const SESSIONS = 150
const AT_ONCE = 10
const QUESTION = encodeFrontend({ kind: 'query', sql: Buffer.from('select kind from clinic.rooms where id = 1') })
/** Measured at less than nothing (2026-11-21: logins before had left some). One slice of a shared block of 64 kB for each session would be some 12 kB. */
const MAX_ARRAY_BUFFER_BYTES = 2 * 1024
/** Measured at 17.5 kB (2026-11-21; 27 before), with code that is compiled meanwhile. */
const MAX_HEAP_BYTES = 24 * 1024

/** Says on standard error what is reachable, when it gets the signal. */
const TELL = 'data:text/javascript,let told=0;process.on("SIGUSR2",()=>{gc();gc();const m=process.memoryUsage();told+=1;process.stderr.write(["memory",told,m.arrayBuffers,m.heapUsed,"end"].join(" ")+"\\n")})'

interface Memory { readonly arrayBuffers: number; readonly heap: number }

describe('an idle session', () => {
  let house: House
  const wires: Wire[] = []
  let asked = 0

  before(async () => {
    house = await startHouse({
      identity: ['  local:', local('rita', 'human', ['readers'])].join('\n'), policies: HOLDING_POLICIES, nodeFlags: ['--expose-gc', '--import', TELL],
    })
  })
  after(async () => {
    for (const wire of wires) wire.close()
    await house.stop()
  })

  async function measure(): Promise<Memory> {
    asked += 1
    process.kill(house.pid, 'SIGUSR2')
    const told = await eventually('the gateway tells its memory', () => Promise.resolve(new RegExp(`memory ${asked} (\\d+) (\\d+) end`).exec(house.log()) ?? undefined))
    return { arrayBuffers: Number(told[1]), heap: Number(told[2]) }
  }

  async function open(sessions: number): Promise<void> {
    let left = sessions
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (left > 0) {
        left -= 1
        const wire = await Wire.open(house, 'rita')
        wires.push(wire)
        wire.send(QUESTION)
        await wire.until('Z')
      }
    }))
  }

  it('keeps no block of memory that others share, and few objects', async () => {
    await open(50) // code is compiled, and what all share is there
    const first = await measure()
    await open(SESSIONS)
    const second = await measure()
    const each = { arrayBuffers: (second.arrayBuffers - first.arrayBuffers) / SESSIONS, heap: (second.heap - first.heap) / SESSIONS }
    console.log(`      each of ${SESSIONS}: ${each.arrayBuffers.toFixed(0)} bytes of array buffers, ${each.heap.toFixed(0)} of JavaScript heap`)
    assert.ok(each.arrayBuffers < MAX_ARRAY_BUFFER_BYTES, `${each.arrayBuffers} bytes of array buffers each, at most ${MAX_ARRAY_BUFFER_BYTES}`)
    assert.ok(each.heap < MAX_HEAP_BYTES, `${each.heap} bytes of JavaScript heap each, at most ${MAX_HEAP_BYTES}`)
  })
})
