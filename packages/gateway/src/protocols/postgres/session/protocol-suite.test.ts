/** The shared protocol suite for PostgreSQL, in its simple and its extended protocol, and while it is recorded. */
import { Fault } from '@doorward/core'
import { CANARIES, protocolSuite, WHOLE, type ProtocolConnection, type ProtocolDriver, type SuiteAnswer, type SuiteName, type SuiteWorld } from '@doorward/testkit'
import type { BackendMessage } from '../backend-message.ts'
import type { FrontendMessage } from '../frontend.ts'
import type { TransformFactory } from './answer.ts'
import { openRig, TRANSFORMS, type RigOptions } from './testing/rig.test.ts'
import { bind, closeStatement, execute, parse, query, SYNC } from './testing/scripted-client.test.ts'
import { textField, type Reply } from './testing/scripted-server.test.ts'
import type { Meaning } from './testing/stand-in-understander.test.ts'

class Ended extends Fault<'ended'> {}

const textOf = (name: SuiteName): string => `${name} ${CANARIES.literal}`
const nameOf = (text: string): SuiteName => text.split(':')[1]?.split(' ')[0] as SuiteName // texts are made above

const columnOf = (name: SuiteName): string => (name === 'unmaskable' || name === 'breaks' ? name : 'a')

/** @param batch tells the names of one batch from those of another that failed before it could close them. */
const WAYS: Readonly<Record<string, (names: readonly SuiteName[], batch: number) => readonly FrontendMessage[]>> = {
  simple: (names) => [query(names.map(textOf).join('; '))],
  extended: (names) => [...names.flatMap((name) => [parse('', textOf(name)), bind('', '', [CANARIES.parameter]), execute('')]), SYNC],
  'extended, with names': (names, batch) => [...names.flatMap((name, at) => [parse(`s${batch}.${at}`, textOf(name)), bind(`p${batch}.${at}`, `s${batch}.${at}`, [CANARIES.parameter]), execute(`p${batch}.${at}`), closeStatement(`s${batch}.${at}`)]), SYNC],
}

const driverOf = (protocol: string, ways: readonly string[], options: Pick<RigOptions, 'recorded'>): ProtocolDriver => ({
  protocol, ways,
  async open(world: SuiteWorld, cuts = { client: WHOLE, upstream: WHOLE }): Promise<ProtocolConnection> {
    const meanings: Record<string, Meaning> = {}
    const replies: Record<string, Reply> = {}
    for (const { name, understanding, rows, error } of world.statements.values()) {
      meanings[textOf(name)] = { ...(understanding.kind === 'opaque' ? { opaque: understanding.reason, object: 'suite.f' } : { object: `suite.${name}` }), columns: [columnOf(name)], parameters: 1 }
      replies[textOf(name)] = {
        fields: [textField(columnOf(name))], rows: error === undefined ? rows.map((row) => [row]) : [], ...(error === undefined ? {} : { error: { state: '22P02', message: error, detail: error } }),
        ...(name === 'endless' ? { gate: new Promise<void>(() => undefined) } : {}),
      }
    }
    const rig = await openRig({
      meanings, replies, guard: world.guard, standing: () => world.standing(), clientCut: cuts.client, upstreamCut: cuts.upstream,
      transforms: { planRows }, ...options,
    })
    rig.server.onRun = (text) => { if (!/:(begin|rollback)$/.test(text)) world.reached(nameOf(text)) }
    const got = (): Buffer => rig.client.bytes
    let taken = 0
    const take = async (): Promise<readonly SuiteAnswer[]> => {
      await rig.client.take('ReadyForQuery or the end', (lines) => lines.at(-1)?.startsWith('Z ') === true || rig.client.hasEnded)
      const fresh = rig.client.messages.slice(taken)
      taken += fresh.length
      return toAnswers(fresh)
    }
    const send = (messages: readonly FrontendMessage[]): Promise<readonly SuiteAnswer[]> => { rig.client.send(...messages); return take() }
    let started = 0
    let batches = 0
    const next = (way: string, names: readonly SuiteName[]): readonly FrontendMessage[] => { batches += 1; return WAYS[way]?.(names, batches) ?? [] }
    const settleStarted = async (): Promise<void> => { for (; started > 0; started -= 1) await take() }
    void rig.over.then(() => { for (const alert of rig.alerts) world.log(alert) })
    return {
      send: async (way, names) => { await settleStarted(); return send(next(way, names)) },
      start: (way, name) => { started += 1; rig.client.send(...next(way, [name])) },
      begin: async () => { await send([query('begin')]) },
      rollback: async () => { await send([query('rollback')]) },
      cancel: () => rig.session.cancel(),
      misbehave: (how) => { rig.client.sendBytes(how === 'over-long' ? Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff]) : Buffer.from([0x7e, 0, 0, 0, 4])) },
      vanish: (side) => { if (side === 'client') rig.client.socket.vanish(); else rig.server.vanish() },
      end: (why) => { rig.session.end('revoked', new Ended('ended', why)) },
      clientGot: got, upstreamGot: () => Buffer.concat(rig.server.gotBytes),
      sent: () => ({ client: rig.client.socket.writtenBytes.length, upstream: rig.server.sentBytes }),
      isOver: rig.isOver, over: rig.over,
    }
  },
})

/** `unmaskable` has no mask, `breaks` one that fails at the first row: told by the name of the column. */
const planRows: TransformFactory['planRows'] = (fields, masks, texts) => {
  switch (fields[0]?.name) {
    case 'unmaskable': return { kind: 'cannot-mask', why: 'output 1 has no safe mask' }
    case 'breaks': return { kind: 'plan', transform: { identity: false, transformDataRow: () => { throw new TypeError(`a row with ${CANARIES.value}`) } } }
    default: return TRANSFORMS.planRows(fields, masks, texts, undefined)
  }
}

function toAnswers(messages: readonly BackendMessage[]): readonly SuiteAnswer[] {
  const answers: SuiteAnswer[] = []
  let rows: string[] = []
  for (const message of messages) {
    if (message.kind === 'dataRow') rows.push(message.cells[0]?.toString() ?? '')
    if (message.kind === 'commandComplete' && message.tag.startsWith('SELECT')) answers.push({ kind: 'rows', rows })
    if (message.kind === 'commandComplete' || message.kind === 'rowDescription') rows = []
    if (message.kind !== 'errorResponse') continue
    const words = message.fields.get('M') ?? ''
    const receipt = /\(receipt (\d+)\)/.exec(words)?.[1]
    answers.push(words.startsWith('refused') ? { kind: 'refused', receipt: receipt === undefined ? undefined : Number(receipt), words } : { kind: 'error', words })
  }
  return answers
}

protocolSuite(driverOf('postgres', Object.keys(WAYS), {}))
// Somebody who takes down what the client gets, and takes their time, changes nothing.
protocolSuite(driverOf('postgres, recorded', ['simple', 'extended'], { recorded: 'always' }))
