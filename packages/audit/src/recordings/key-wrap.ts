/**
 * The key of one recording, and how it is kept: wrapped (RFC 3394, AES-256 key wrap) under a key that is derived from the tenant's for this one
 * recording, so that a wrapped key put beside another recording does not unwrap there. AES key wrap has no nonce that could come twice. Whoever
 * destroys the wrapped key has destroyed the recording: nothing else holds the session's key.
 */
import { createCipheriv, createDecipheriv, createHash, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { Sensitive } from '@doorward/core'

const KEY_BYTES = 32
/** RFC 3394 §2.2.3.1. */
const INITIAL_VALUE = Buffer.alloc(8, 0xa6)
const WRAPPED_BYTES = KEY_BYTES + 8
const WRAP = 'id-aes256-wrap'

/** A key that wraps others. Its id says which it is and nothing of it. */
export interface TenantKey {
  /** 16 hexadecimal digits. */
  readonly id: string
  readonly key: Sensitive<Buffer>
}

/** The key for new recordings, and those of older ones. */
export interface TenantKeys {
  readonly current: TenantKey
  readonly older: readonly TenantKey[]
}

/** @param text 64 hexadecimal digits or 44 characters of base64: 32 bytes. @returns why it is no key. */
export function parseTenantKey(text: string): TenantKey | string {
  const trimmed = text.trim()
  const key = /^[0-9a-fA-F]{64}$/.test(trimmed) ? Buffer.from(trimmed, 'hex') : /^[A-Za-z0-9+/]{43}=$/.test(trimmed) ? Buffer.from(trimmed, 'base64') : undefined
  if (key?.length !== KEY_BYTES) return 'expected 32 random bytes as 64 hexadecimal digits or in base64'
  return { id: createHash('sha256').update('doorward tenant key id v1\0').update(key).digest('hex').slice(0, 16), key: new Sensitive(key) }
}

/** @param sessionKey 32 bytes. @returns 40 bytes. */
export function wrapKey(tenant: TenantKey, recording: string, sessionKey: KeyObject): Buffer {
  return aesKeyWrap(wrappingKey(tenant, recording), sessionKey.export())
}

/** RFC 3394 §2.2.1. @param kek 32 bytes. */
export function aesKeyWrap(kek: Buffer, key: Buffer): Buffer {
  const cipher = createCipheriv(WRAP, kek, INITIAL_VALUE)
  return Buffer.concat([cipher.update(key), cipher.final()])
}

/** @returns undefined when it was not wrapped by this key for this recording, or was changed. */
export function unwrapKey(tenant: TenantKey, recording: string, wrapped: Buffer): KeyObject | undefined {
  if (wrapped.length !== WRAPPED_BYTES) return undefined
  const decipher = createDecipheriv(WRAP, wrappingKey(tenant, recording), INITIAL_VALUE)
  try {
    return createSecretKey(Buffer.concat([decipher.update(wrapped), decipher.final()]))
  } catch {
    return undefined // RFC 3394 §2.2.2: the integrity check is all that can fail here
  }
}

function wrappingKey(tenant: TenantKey, recording: string): Buffer {
  return Buffer.from(hkdfSync('sha256', tenant.key.reveal(), Buffer.from(recording, 'hex'), 'doorward recording key wrap v1', KEY_BYTES))
}

/** What lies beside a recording until it is shredded. */
export interface KeyFile {
  readonly recording: string
  /** Which tenant key wrapped it. */
  readonly tenantKey: string
  readonly wrapped: Buffer
}

export function encodeKeyFile({ recording, tenantKey, wrapped }: KeyFile): Buffer {
  return Buffer.from(`${JSON.stringify({ v: 1, recording, tenantKey, wrapped: wrapped.toString('base64') })}\n`, 'utf8')
}

/** @returns why it is no key file of this recording. */
export function decodeKeyFile(bytes: Buffer, recording: string): KeyFile | string {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    return 'its key file is not JSON'
  }
  if (typeof value !== 'object' || value === null) return 'its key file is not an object'
  const { v, recording: of, tenantKey, wrapped } = value as Readonly<Record<string, unknown>> // from JSON.parse; each field is looked at below
  if (v !== 1) return 'its key file is of another version'
  if (of !== recording) return 'its key file is another recording\'s'
  if (typeof tenantKey !== 'string' || typeof wrapped !== 'string') return 'its key file lacks a field'
  return { recording, tenantKey, wrapped: Buffer.from(wrapped, 'base64') }
}

/** @returns the session's key, or why there is none. */
export function openKeyFile(bytes: Buffer, recording: string, tenants: TenantKeys): KeyObject | string {
  const file = decodeKeyFile(bytes, recording)
  if (typeof file === 'string') return file
  const tenant = [tenants.current, ...tenants.older].find(({ id }) => id === file.tenantKey)
  if (tenant === undefined) return `its key was wrapped by the tenant key ${/^[0-9a-f]{16}$/.test(file.tenantKey) ? file.tenantKey : '(unreadable)'}, which is not configured`
  return unwrapKey(tenant, recording, file.wrapped) ?? 'its wrapped key does not unwrap: it was changed, or the tenant key is another one'
}
