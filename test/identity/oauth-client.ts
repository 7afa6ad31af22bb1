/** As much of a PostgreSQL 18 client as OAUTHBEARER takes: SSLRequest, start-up, the mechanism, and what the server says. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { House } from '../house/house.ts'

/** @returns what came back, in words: `sasl MECHANISMS`, `ok`, the failure's JSON, the error's text. */
export async function oauthExchange(house: House, user: string, initial: string): Promise<{ readonly messages: readonly string[] }> {
  const { tls } = house.target(user, '')
  const plain = connect(house.postgresPort, '127.0.0.1')
  await once(plain, 'connect')
  plain.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]))
  await once(plain, 'data')
  const socket = connectTls({ socket: plain, ca: tls?.ca, servername: 'localhost' })
  await once(socket, 'secureConnect')
  const startup = Buffer.from(`user\0${user}\0database\0clinic\0options\0-c doorward.auth=oauthbearer\0\0`)
  const head = Buffer.alloc(8)
  head.writeInt32BE(startup.length + 8, 0)
  head.writeInt32BE(196_610, 4) // 3.2
  socket.write(Buffer.concat([head, startup]))
  const messages: string[] = []
  for await (const { tag, body } of frames(socket)) {
    const kind = tag === 'R' ? body.readInt32BE(0) : -1
    if (tag === 'R' && kind === 10) {
      messages.push(`sasl ${body.subarray(4).toString().split('\0').filter((name) => name !== '').join(' ')}`)
      const first = Buffer.from(initial)
      const length = Buffer.alloc(4)
      length.writeInt32BE(first.length)
      socket.write(frame('p', Buffer.concat([Buffer.from('OAUTHBEARER\0'), length, first])))
    } else if (tag === 'R' && kind === 11) {
      messages.push(body.subarray(4).toString())
      socket.write(frame('p', Buffer.from([1])))
    } else if (tag === 'R' && kind === 0) messages.push('ok')
    else if (tag === 'E') messages.push(body.toString().replaceAll('\0', ' '))
    if (tag === 'Z' || tag === 'E') break
  }
  socket.destroy()
  return { messages }
}

function frame(tag: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(tag, 0)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

async function* frames(socket: TLSSocket): AsyncGenerator<{ readonly tag: string; readonly body: Buffer }> {
  let held = Buffer.alloc(0)
  for await (const chunk of socket) {
    held = Buffer.concat([held, chunk as Buffer])
    while (held.length >= 5 && held.length >= held.readInt32BE(1) + 1) {
      const end = held.readInt32BE(1) + 1
      yield { tag: String.fromCharCode(held[0] ?? 0), body: held.subarray(5, end) }
      held = held.subarray(end)
    }
  }
}
