/** `listen:` and `tls:`: where clients come in, and what they must bring. */
import { isIP } from 'node:net'
import { readFields, readText, readTruth, requireKeys, type Fields, type Position, type YamlNode } from '@doorward/policy'
import type { ClientTransport, GatewayConfig, ListenAddress } from './config.ts'
import type { ConfigReading } from './reading.ts'

const PROTOCOLS = ['postgres', 'mysql', 'http', 'ssh', 'console'] as const
const NOT_YET = ['mysql', 'http', 'ssh']

interface PlacedAddress {
  readonly address: ListenAddress
  readonly at: Position
  readonly protocol: string
}

/** @returns the listeners; at least one of those this version has. */
export function readListen(node: YamlNode | undefined, clients: ClientTransport | undefined, reading: ConfigReading): GatewayConfig['listen'] {
  const nothing = { postgres: undefined, console: undefined }
  const { problems } = reading
  const fields = node === undefined ? undefined : readFields(node, 'listen', PROTOCOLS, problems)
  if (node === undefined || fields === undefined) return nothing
  reading.notYet(fields, NOT_YET, 'listen: ')
  const placed: PlacedAddress[] = []
  for (const protocol of PROTOCOLS) {
    const entry = fields.get(protocol)
    if (entry === undefined) continue
    const text = readText(entry.value, protocol, problems)
    const address = text === undefined ? undefined : parseListenAddress(text)
    if (address !== undefined) placed.push({ address, at: entry.value.at, protocol })
    else if (text !== undefined) problems.error(entry.value.at, `${protocol}: expected host:port, such as 127.0.0.1:6432 or [::1]:6432`)
  }
  for (const [index, one] of placed.entries()) {
    const other = placed.slice(0, index).find((before) => collide(before.address, one.address))
    if (other !== undefined) problems.error(one.at, `${one.protocol}: expected a port of its own, found that of ${other.protocol}`)
    if (clients?.kind === 'unsafely-plaintext' && !isLoopback(one.address.host)) {
      problems.error(one.at, `${one.protocol}: expected a loopback address, because unsafelyAllowPlaintextClients is set`)
    }
  }
  if (!fields.has('postgres') && !fields.has('console')) problems.error(node.at, 'listen: expected postgres, found no listener of this version')
  const of = (protocol: string): ListenAddress | undefined => placed.find((one) => one.protocol === protocol)?.address
  return { postgres: of('postgres'), console: of('console') }
}

/** `tls: { cert, key }` or `unsafelyAllowPlaintextClients: true`: exactly one of them. */
export function readClientTransport(fields: Fields, at: Position, reading: ConfigReading): ClientTransport | undefined {
  const { problems } = reading
  const tls = fields.get('tls')
  const plain = fields.get('unsafelyAllowPlaintextClients')
  const plaintext = plain !== undefined && readTruth(plain.value, 'unsafelyAllowPlaintextClients', problems) === true
  if (tls !== undefined && plaintext) {
    problems.error(plain.keyAt, 'expected tls or unsafelyAllowPlaintextClients, found both')
    return undefined
  }
  if (plaintext) return { kind: 'unsafely-plaintext' }
  if (tls === undefined) {
    problems.error(at, 'expected key "tls" with cert and key, which is missing: TLS is required unless unsafelyAllowPlaintextClients is true')
    return undefined
  }
  const keys = readFields(tls.value, 'tls', ['cert', 'key'], problems)
  if (keys === undefined) return undefined
  requireKeys(keys, tls.value.at, 'tls', ['cert', 'key'], problems)
  const cert = keys.get('cert')
  const key = keys.get('key')
  const certFile = cert === undefined ? undefined : reading.file(cert.value, 'tls cert')
  const keyFile = key === undefined ? undefined : reading.file(key.value, 'tls key')
  return certFile === undefined || keyFile === undefined ? undefined : { kind: 'tls', certFile, keyFile }
}

/** @returns the address; undefined when `text` is not `host:port` with a port from 0 to 65535. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const parts = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([^\s:[\]]{1,253})):([0-9]{1,5})$/.exec(text)
  const port = Number(parts?.[3])
  const bracketed = parts?.[1]
  const host = bracketed ?? parts?.[2]
  if (host === undefined || !(port <= 65_535)) return undefined
  if (bracketed !== undefined ? isIP(bracketed) !== 6 : !isHost(host)) return undefined
  return { host, port }
}

/** An IPv4 address, or a host name of letters, digits, `-`, `_` and dots that does not only look like an address. */
export function isHost(host: string): boolean {
  if (isIP(host) !== 0) return true
  return /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/.test(host) && !/^[0-9.]+$/.test(host)
}

/** Whether only this machine reaches the address: RFC 1122 §3.2.1.3 (127/8), RFC 4291 §2.5.3 (::1), and the name for both, RFC 6761 §6.3. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true
  return isIP(host) === 4 ? host.startsWith('127.') : isIP(host) === 6 && /^(0{1,4}:){7}0{0,3}1$|^::0{0,3}1$/.test(host)
}

function collide(a: ListenAddress, b: ListenAddress): boolean {
  if (a.port !== b.port || a.port === 0) return false
  return a.host === b.host || isWildcard(a.host) || isWildcard(b.host)
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
