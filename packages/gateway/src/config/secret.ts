/**
 * Secrets are named in files and kept elsewhere. A reference becomes a value only through a provider, when it is needed, and the
 * value is a {@link Sensitive} from the first moment on. Where it stops: vaults are other providers behind the same port.
 */
import { Sensitive } from '@doorward/core'

/** Where a secret is kept. */
export type SecretRef =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }

/** `why` says what is wrong with the reference, never anything of the secret. */
export type ResolvedSecret =
  | { readonly kind: 'secret'; readonly secret: Sensitive<string> }
  | { readonly kind: 'missing'; readonly why: string }

/** Turns references into secrets; asked each time, so that a rotated secret is seen. */
export interface SecretProvider {
  readonly resolve: (ref: SecretRef) => ResolvedSecret
}

/** Longest secret: a private key or token fits, a wrong path to a log file does not. */
const MAX_SECRET_CHARACTERS = 65_536

/**
 * Secrets from environment variables and files. One line end at the end of a file is not part of the secret, as editors and
 * `kubectl create secret` differ about it.
 * @param readFile Throws when the file cannot be read.
 */
export function createSecretProvider(env: Readonly<Record<string, string | undefined>>, readFile: (path: string) => string): SecretProvider {
  return { resolve: (ref) => (ref.kind === 'env' ? fromEnvironment(ref.name, env) : fromFile(ref.path, readFile)) }
}

function fromEnvironment(name: string, env: Readonly<Record<string, string | undefined>>): ResolvedSecret {
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  if (value === undefined) return { kind: 'missing', why: `environment variable ${name} is not set` }
  return checked(value, `environment variable ${name}`)
}

function fromFile(path: string, readFile: (path: string) => string): ResolvedSecret {
  try {
    return checked(readFile(path).replace(/\r?\n$/, ''), `file ${path}`)
  } catch (cause) {
    return { kind: 'missing', why: `file ${path} cannot be read (${errorCode(cause)})` }
  }
}

function checked(value: string, where: string): ResolvedSecret {
  if (value.length === 0) return { kind: 'missing', why: `${where} is empty` }
  if (value.length > MAX_SECRET_CHARACTERS) return { kind: 'missing', why: `${where} is too long: ${value.length} characters` }
  if (value.includes('\u0000')) return { kind: 'missing', why: `${where} holds a NUL character` }
  return { kind: 'secret', secret: new Sensitive(value) }
}

/** The operating system's name for a failure (`ENOENT`), or the error's class. */
export function errorCode(cause: unknown): string {
  if (cause instanceof Error) return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
  return 'unknown fault'
}
