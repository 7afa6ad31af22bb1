/**
 * A self-signed certificate, for tests and for a demo on one machine: Node.js makes keys but no certificates. Nothing that serves
 * patients uses it. Sources: RFC 5280 §4.1, ITU-T X.690 (DER).
 */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'

export interface SelfSigned {
  readonly certPem: string
  readonly keyPem: string
}

export interface SelfSignedOptions {
  /** DNS names and IPv4 addresses; the first is the common name too. */
  readonly names: readonly string[]
  /** Valid from one day before this, milliseconds since the epoch. */
  readonly nowMs: number
  readonly days: number
  /** `ecdsa-sha256` unless a test needs another. */
  readonly signature?: SignatureName
}
export type SignatureName = 'ecdsa-sha256' | 'ecdsa-sha384' | 'rsa-sha256' | 'rsa-sha512' | 'ed25519'

/** Object identifiers of signature algorithms: RFC 5758 §3.2, RFC 8017 App. A.2, RFC 8410 §3. */
const SIGNATURES: Readonly<Record<SignatureName, { readonly oid: string; readonly digest: string | null; readonly key: 'ec' | 'rsa' | 'ed25519' }>> = {
  'ecdsa-sha256': { oid: '1.2.840.10045.4.3.2', digest: 'sha256', key: 'ec' },
  'ecdsa-sha384': { oid: '1.2.840.10045.4.3.3', digest: 'sha384', key: 'ec' },
  'rsa-sha256': { oid: '1.2.840.113549.1.1.11', digest: 'sha256', key: 'rsa' },
  'rsa-sha512': { oid: '1.2.840.113549.1.1.13', digest: 'sha512', key: 'rsa' },
  ed25519: { oid: '1.3.101.112', digest: null, key: 'ed25519' },
}
const DAY_MS = 86_400_000

/** A new key and a certificate for it, which is its own authority: whoever is to trust it gets `certPem` as `ca`. */
export function makeSelfSigned(options: SelfSignedOptions): SelfSigned {
  const { oid, digest, key } = SIGNATURES[options.signature ?? 'ecdsa-sha256']
  const { publicKey, privateKey } = makeKeys(key)
  const algorithm = sequence(objectId(oid), ...(key === 'rsa' ? [der(0x05, Buffer.alloc(0))] : []))
  const name = sequence(der(0x31, sequence(objectId('2.5.4.3'), utf8(options.names[0] ?? 'localhost')))) // commonName
  const toBeSigned = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])), // serial number, positive
    algorithm, name, // issuer
    sequence(time(options.nowMs - DAY_MS), time(options.nowMs + options.days * DAY_MS)),
    name, // subject
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(basicConstraints(), subjectAltName(options.names))),
  )
  const signature = sign(digest, toBeSigned, privateKey)
  const certificate = sequence(toBeSigned, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])))
  return {
    certPem: `-----BEGIN CERTIFICATE-----\n${(certificate.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`,
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function makeKeys(kind: 'ec' | 'rsa' | 'ed25519'): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  switch (kind) {
    case 'ec': return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'rsa': return generateKeyPairSync('rsa', { modulusLength: 2048 })
    case 'ed25519': return generateKeyPairSync('ed25519')
  }
}

/** RFC 5280 §4.2.1.9: an authority, so that it can vouch for itself. Critical. */
function basicConstraints(): Buffer {
  return sequence(objectId('2.5.29.19'), der(0x01, Buffer.from([0xff])), der(0x04, sequence(der(0x01, Buffer.from([0xff])))))
}

/** RFC 5280 §4.2.1.6. */
function subjectAltName(names: readonly string[]): Buffer {
  const general = names.map((name) => (isIPv4(name) ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name, 'latin1'))))
  return sequence(objectId('2.5.29.17'), der(0x04, sequence(...general)))
}

/** GeneralizedTime, seconds, UTC. RFC 5280 §4.1.2.5 asks for UTCTime before 2050; readers take both. */
function time(atMs: number): Buffer {
  return der(0x18, Buffer.from(`${new Date(atMs).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`, 'latin1'))
}

function utf8(text: string): Buffer {
  return der(0x0c, Buffer.from(text, 'utf8'))
}

/** @param bytes big-endian, first bit clear. */
function integer(bytes: Buffer): Buffer {
  return der(0x02, bytes)
}

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [40 * first + second]
  for (const arc of rest) {
    const groups = [arc % 128]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift(128 + (left % 128))
    bytes.push(...groups)
  }
  return der(0x06, Buffer.from(bytes))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

function der(tag: number, content: Buffer): Buffer {
  const length = content.length < 128 ? [content.length] : content.length < 256 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}
