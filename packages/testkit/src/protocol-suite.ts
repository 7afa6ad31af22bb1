/**
 * What every protocol must hold (DESIGN.md, Packages), as one suite over a driver: nothing upstream without a spent permit, a failed record,
 * decide or transform sends nothing on, refusals in the protocol's own frame, the same result however a transcript is cut, an end for unknown and
 * over-long frames, expired approvals, settled records after abrupt ends, no canary in any log. Call it from a test of the protocol.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Approval } from '@doorward/guard'
import { turns, until } from './fake-clock.ts'
import { CANARIES, SuiteStage, type SuiteName, type SuiteWorld } from './protocol-suite-world.ts'
import { fieldText } from './scripted-recorder.ts'
import { WHOLE, type Cut } from './scripted-socket.ts'

/** What a client got for one statement. */
export type SuiteAnswer =
  | { readonly kind: 'rows'; readonly rows: readonly string[] }
  /** In the protocol's own frame, with the number of its receipt where it has one. */
  | { readonly kind: 'refused'; readonly receipt: number | undefined; readonly words: string }
  /** The upstream's error. */
  | { readonly kind: 'error'; readonly words: string }

export interface ProtocolConnection {
  /** Sends the statements at once, and resolves when the client has its answers and may send again, or the connection is over. */
  send(way: string, names: readonly SuiteName[]): Promise<readonly SuiteAnswer[]>
  /** Sends without waiting. */
  start(way: string, name: SuiteName): void
  begin(): Promise<void>
  rollback(): Promise<void>
  /** The client's request to cancel. */
  cancel(): Promise<void>
  misbehave(how: 'unknown-message' | 'over-long'): void
  vanish(side: 'client' | 'upstream'): void
  /** What an operator does who revokes. */
  end(why: string): void
  clientGot(): Buffer
  upstreamGot(): Buffer
  /** Bytes the client has sent, and the upstream: positions for cuts. */
  sent(): { readonly client: number; readonly upstream: number }
  isOver(): boolean
  /** Resolves when the session is over and recorded. */
  readonly over: Promise<void>
}

export interface ProtocolDriver {
  readonly protocol: string
  /** Ways to send a statement: `simple`, `extended`, ... */
  readonly ways: readonly string[]
  open(world: SuiteWorld, cuts?: { readonly client: Cut; readonly upstream: Cut }): Promise<ProtocolConnection>
}

const ROWS = { kind: 'rows', rows: ['1', '2'] } as const
/** Of every so many positions one is cut alone; every boundary is cut at once besides. */
const SWEEP_STEP = 7

export function protocolSuite(driver: ProtocolDriver): void {
  describe(`the shared suite: ${driver.protocol}`, () => {
    for (const way of driver.ways) {
      describe(way, () => {
        permits(driver, way)
        refusals(driver, way)
        holds(driver, way)
        endings(driver, way)
        cuts(driver, way)
      })
    }
    badFrames(driver)
  })
}

async function open(driver: ProtocolDriver): Promise<{ readonly stage: SuiteStage; readonly connection: ProtocolConnection }> {
  const stage = new SuiteStage()
  return { stage, connection: await driver.open(stage) }
}

/** Nothing went upstream without a durable intent of its own, every intent has one outcome, and no log holds a canary. */
async function close(stage: SuiteStage, connection: ProtocolConnection): Promise<void> {
  if (!connection.isOver()) connection.vanish('client')
  await connection.over
  for (const [index, { name, intents }] of stage.upstream.entries()) assert.ok(intents > index, `${name} reached the upstream with ${intents} intents recorded`)
  const { recorder } = stage
  const outcomes = recorder.ofKind('outcome').map((entry) => fieldText(entry, 'statement'))
  assert.deepEqual(outcomes.toSorted(), recorder.ofKind('intent').map((entry) => fieldText(entry, 'statement')).toSorted(), 'each intent has one outcome')
  assert.equal(recorder.kinds.at(-1), 'session.close')
  assert.equal(fieldText(recorder.entries.at(-1), 'count'), String(recorder.entries.length))
  const logs = recorder.text + stage.lines.join('\n')
  for (const canary of Object.values(CANARIES)) assert.ok(!logs.includes(canary), `a log holds ${canary}`)
}

function requireRefusal(answers: readonly SuiteAnswer[]): Extract<SuiteAnswer, { kind: 'refused' }> {
  const answer = answers.at(-1)
  assert.ok(answer?.kind === 'refused', JSON.stringify(answers))
  return answer
}

function permits(driver: ProtocolDriver, way: string): void {
  test('an allowed statement reaches the upstream once, after its intent is durable', async () => {
    const { stage, connection } = await open(driver)
    stage.recorder.mood = { kind: 'slow' }
    connection.start(way, 'allowed')
    await turns(50)
    assert.deepEqual(stage.names, [])
    assert.ok(!connection.upstreamGot().includes(CANARIES.parameter))
    stage.recorder.release()
    await until('it reached the upstream', () => stage.names.length === 1)
    assert.deepEqual(await connection.send(way, ['other']), [{ kind: 'rows', rows: ['3'] }])
    await close(stage, connection)
  })

  for (const [failure, name] of [['a decision that fails', 'allowed'], ['a transform that cannot be prepared', 'unmaskable']] as const) {
    test(`${failure} sends nothing on, and the session survives`, async () => {
      const { stage, connection } = await open(driver)
      await connection.send(way, ['other'])
      if (name === 'allowed') stage.decideFails = 'yes'
      assert.notEqual(requireRefusal(await connection.send(way, [name])).receipt, undefined)
      assert.deepEqual(stage.names, ['other'])
      stage.decideFails = 'no'
      assert.deepEqual(await connection.send(way, ['allowed']), [ROWS])
      await close(stage, connection)
    })
  }

  for (const mood of [{ kind: 'fails' }, { kind: 'fails', only: 'intent' }] as const) {
    test(`a record that fails (${'only' in mood ? mood.only : 'any'}) sends nothing on, then and later`, async () => {
      const { stage, connection } = await open(driver)
      await connection.send(way, ['other'])
      stage.recorder.mood = mood
      assert.equal(requireRefusal(await connection.send(way, ['allowed'])).receipt, undefined)
      // A session whose record has a gap is over, whatever the recorder does by now.
      stage.recorder.mood = { kind: 'works' }
      assert.equal(requireRefusal(await connection.send(way, ['allowed'])).receipt, undefined)
      assert.deepEqual(stage.names, ['other'])
      connection.vanish('client')
      await connection.over
      assert.ok(!stage.recorder.kinds.includes('session.close'))
    })
  }

  test('a transform that fails at a row delivers nothing of it and ends the session', async () => {
    const { stage, connection } = await open(driver)
    await connection.send(way, ['breaks'])
    await connection.over
    assert.ok(!connection.clientGot().includes(CANARIES.value))
    await close(stage, connection)
  })

  test('an outcome that cannot be recorded ends the session', async () => {
    const { stage, connection } = await open(driver)
    stage.recorder.mood = { kind: 'fails', only: 'outcome' }
    await connection.send(way, ['allowed'])
    await connection.over
    assert.deepEqual(stage.recorder.kinds, ['session.open', 'intent'])
    assert.deepEqual(stage.names, ['allowed'])
  })

  test('a masked caller gets neither a value nor the upstream\'s words', async () => {
    const { stage, connection } = await open(driver)
    const [rows] = await connection.send(way, ['masked'])
    assert.ok(rows?.kind === 'rows' && rows.rows.length === 2)
    const [error] = await connection.send(way, ['failing'])
    assert.equal(error?.kind, 'error')
    for (const canary of [CANARIES.value, CANARIES.error]) assert.ok(!connection.clientGot().includes(canary))
    await close(stage, connection)
  })
}

function refusals(driver: ProtocolDriver, way: string): void {
  for (const name of ['denied', 'unknown'] as const) {
    test(`a refusal of what is ${name} arrives with its receipt, and the session survives`, async () => {
      const { stage, connection } = await open(driver)
      const { receipt, words } = requireRefusal(await connection.send(way, [name]))
      assert.equal(stage.recorder.entries[receipt ?? -1]?.kind, 'refusal')
      assert.match(words, /refused/)
      assert.deepEqual(await connection.send(way, ['allowed']), [ROWS])
      assert.deepEqual(stage.names, ['allowed'])
      await close(stage, connection)
    })

    test(`a refusal of what is ${name} in a transaction fails the transaction, and the session survives`, async () => {
      const { stage, connection } = await open(driver)
      await connection.begin()
      await connection.send(way, ['other'])
      requireRefusal(await connection.send(way, [name]))
      await connection.rollback()
      assert.deepEqual(await connection.send(way, ['allowed']), [ROWS])
      assert.ok(!stage.names.includes(name))
      await close(stage, connection)
    })

    test(`a refusal of what is ${name} between two allowed statements stops the second`, async () => {
      const { stage, connection } = await open(driver)
      const answers = await connection.send(way, ['other', name, 'allowed'])
      assert.deepEqual(answers.map((answer) => answer.kind), ['rows', 'refused'])
      assert.deepEqual(stage.names, ['other'])
      assert.deepEqual(await connection.send(way, ['allowed']), [ROWS])
      await close(stage, connection)
    })
  }

  test('standing that ends refuses the next statement', async () => {
    const { stage, connection } = await open(driver)
    await connection.send(way, ['allowed'])
    stage.state = { kind: 'ended', why: 'access was revoked', next: 'ask the operator' }
    assert.match(requireRefusal(await connection.send(way, ['allowed'])).words, /access was revoked/)
    assert.deepEqual(stage.names, ['allowed'])
    await close(stage, connection)
  })
}

function holds(driver: ProtocolDriver, way: string): void {
  const no: Readonly<Record<string, Approval>> = { 'an expired approval': { kind: 'expired' }, 'a disapproval': { kind: 'disapproved', why: 'not today' }, 'a withdrawal': { kind: 'withdrawn', why: 'the client cancelled' } }
  for (const [what, approval] of Object.entries(no)) {
    test(`${what} refuses`, async () => {
      const { stage, connection } = await open(driver)
      stage.approve = () => Promise.resolve(approval)
      requireRefusal(await connection.send(way, ['held']))
      assert.deepEqual(stage.names, [])
      assert.deepEqual(await connection.send(way, ['allowed']), [ROWS])
      await close(stage, connection)
    })
  }

  test('an approval lets the statement run once, however long it took', async () => {
    const { stage, connection } = await open(driver)
    const answer = Promise.withResolvers<Approval>()
    stage.approve = () => answer.promise
    connection.start(way, 'held')
    await until('it is held', () => stage.held.length === 1)
    await turns(50)
    assert.deepEqual(stage.names, [])
    stage.clock.advance(300_000)
    answer.resolve({ kind: 'approved', by: ['local|ines'], reference: 'A-1', use: () => Promise.resolve('used') })
    await until('it reached the upstream', () => stage.names.length === 1)
    await connection.send(way, ['other'])
    assert.deepEqual(stage.names, ['held', 'other'])
    await close(stage, connection)
  })

  test('a client that cancels or vanishes withdraws what is held', async () => {
    for (const how of ['cancel', 'vanish'] as const) {
      const { stage, connection } = await open(driver)
      stage.approve = (_request, signal) => new Promise((resolve) => { signal.addEventListener('abort', () => { resolve({ kind: 'withdrawn', why: 'the client cancelled' }) }) })
      connection.start(way, 'held')
      await until('it is held', () => stage.held.length === 1)
      if (how === 'cancel') await connection.cancel()
      else connection.vanish('client')
      await until('its refusal is recorded', () => stage.recorder.ofKind('refusal').length === 1)
      assert.deepEqual(stage.names, [])
      await close(stage, connection)
    }
  })
}

function endings(driver: ProtocolDriver, way: string): void {
  for (const side of ['client', 'upstream'] as const) {
    test(`an abrupt close of the ${side} settles the record`, async () => {
      for (const name of ['endless', 'allowed'] as const) {
        const { stage, connection } = await open(driver)
        connection.start(way, name)
        await until('it reached the upstream', () => stage.names.length === 1)
        connection.vanish(side)
        await connection.over
        assert.equal(stage.recorder.ofKind('outcome').length, 1)
        await close(stage, connection)
      }
    })
  }

  test('whoever is revoked is stopped in the middle of a result', async () => {
    const { stage, connection } = await open(driver)
    connection.start(way, 'endless')
    await until('it reached the upstream', () => stage.names.length === 1)
    connection.end('access was revoked')
    await connection.over
    assert.ok(connection.clientGot().includes('access was revoked'))
    await close(stage, connection)
  })

  test('a cancel ends what runs, and the session goes on', async () => {
    const { stage, connection } = await open(driver)
    connection.start(way, 'endless')
    await until('it reached the upstream', () => stage.names.length === 1)
    await connection.cancel()
    await until('its outcome is recorded', () => stage.recorder.ofKind('outcome').length === 1)
    const answers = await connection.send(way, ['allowed'])
    assert.deepEqual(answers.at(-1), ROWS)
    await close(stage, connection)
  })
}

/** One conversation with something of everything. */
async function transcript(driver: ProtocolDriver, way: string, cut: { readonly client: Cut; readonly upstream: Cut }): Promise<{ readonly client: string; readonly entries: string; readonly sent: { readonly client: number; readonly upstream: number } }> {
  const stage = new SuiteStage()
  const connection = await driver.open(stage, cut)
  await connection.send(way, ['allowed', 'denied'])
  await connection.send(way, ['masked', 'failing'])
  await connection.send(way, ['other'])
  const client = connection.clientGot().toString('latin1')
  const sent = connection.sent()
  await close(stage, connection)
  // How a session that was cut off ends is not part of the conversation.
  return { client, entries: JSON.stringify(stage.recorder.entries.slice(0, -1)), sent }
}

function cuts(driver: ProtocolDriver, way: string): void {
  test('the same transcript cut at every byte gives the same result', async () => {
    const whole = await transcript(driver, way, { client: WHOLE, upstream: WHOLE })
    const each: Cut = { kind: 'every-byte' }
    const all: readonly { readonly client: Cut; readonly upstream: Cut }[] = [
      { client: each, upstream: WHOLE }, { client: WHOLE, upstream: each }, { client: each, upstream: each },
      ...Array.from({ length: Math.ceil(whole.sent.client / SWEEP_STEP) }, (_, at) => ({ client: { kind: 'once', at: 1 + at * SWEEP_STEP } as const, upstream: WHOLE })),
      ...Array.from({ length: Math.ceil(whole.sent.upstream / SWEEP_STEP) }, (_, at) => ({ client: WHOLE, upstream: { kind: 'once', at: 1 + at * SWEEP_STEP } as const })),
    ]
    for (const cut of all) {
      const result = await transcript(driver, way, cut)
      assert.deepEqual([result.client, result.entries], [whole.client, whole.entries], JSON.stringify(cut))
    }
  })
}

function badFrames(driver: ProtocolDriver): void {
  for (const how of ['unknown-message', 'over-long'] as const) {
    test(`an ${how.replace('-', ' ')} frame ends the session, and the upstream sees nothing of it`, async () => {
      const { stage, connection } = await open(driver)
      await connection.send(driver.ways[0] ?? '', ['allowed'])
      const before = connection.upstreamGot().length
      connection.misbehave(how)
      await connection.over
      assert.ok(connection.upstreamGot().length - before < 16, 'more than a farewell went upstream')
      assert.match(fieldText(stage.recorder.entries.at(-1), 'reason'), /fault/)
      await close(stage, connection)
    })
  }
}
