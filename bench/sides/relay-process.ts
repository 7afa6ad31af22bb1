/** The floor of this runtime: bytes in, bytes out, nothing read. Arguments: the server's port. Says its own port to its parent. */
import { connect, createServer } from 'node:net'

const upstreamPort = Number(process.argv[2])

const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ host: '127.0.0.1', port: upstreamPort, noDelay: true })
  const end = (): void => { client.destroy(); upstream.destroy() }
  for (const socket of [client, upstream]) socket.on('error', end).on('close', end)
  client.pipe(upstream)
  upstream.pipe(client)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ kind: 'ready', port: address === null || typeof address === 'string' ? 0 : address.port })
})
process.on('message', (message) => { if (message === 'memory') { globalThis.gc?.(); process.send?.({ kind: 'memory', ...process.memoryUsage() }) } })
process.on('disconnect', () => { process.exit(0) })
