/**
 * The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, as two pure steps. Works from a stored verifier: no password is ever
 * here. Sources: RFC 5802, RFC 7677, RFC 5929 §4 (tls-server-end-point); PostgreSQL, SASL Authentication.
 */
import { isUtf8 } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'
import { hmacOf, SCRAM_KEY_BYTES, storedKeyOf, type ScramVerifier } from './scram-verifier.ts'

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-256-PLUS'

export interface ScramServerSetup {
  readonly verifier: ScramVerifier
  /** `nobody`: the verifier is a mock; the exchange runs to its end and is then refused. */
  readonly user: 'known' | 'nobody'
  /** Our part of the nonce: printable ASCII without comma, from at least 18 random bytes. */
  readonly nonce: string
  /** The hash of our certificate; undefined: no TLS, or a certificate that has none. PLUS is offered exactly when it is there. */
  readonly endPointBinding: Buffer | undefined
}

/** Why the log says so; the client is told the same words for all. */
export type ScramRefusalReason = 'malformed' | 'mechanism' | 'channel-binding-downgrade' | 'channel-binding' | 'nonce' | 'proof' | 'unknown-user'
export interface ScramRefusal { readonly kind: 'refused'; readonly why: ScramRefusalReason }

export interface ScramChallenge {
  readonly kind: 'challenge'
  /** server-first-message. */
  readonly data: Buffer
  readonly pending: ScramPending
}
/** What the second step needs of the first. */
export interface ScramPending {
  readonly setup: ScramServerSetup
  readonly mechanism: ScramMechanism
  /** base64 of the GS2 header and the channel binding's data: what `c=` must say. */
  readonly bindingInput: string
  readonly nonce: string
  /** client-first-message-bare, a comma, server-first-message: the front of AuthMessage. */
  readonly transcript: string
}
export interface ScramProven { readonly kind: 'proven'; /** server-final-message. */ readonly data: Buffer; readonly mechanism: ScramMechanism }

/** What to offer, best first. */
export function offeredMechanisms(endPointBinding: Buffer | undefined): readonly ScramMechanism[] {
  return endPointBinding === undefined ? ['SCRAM-SHA-256'] : ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']
}

const GS2_HEADER = /^(n|y|p=([A-Za-z0-9.-]+)),(a=[^,]*)?,/
/** The user name is not read: PostgreSQL takes it from start-up, and libpq sends none. `m=` in front is an extension we must refuse. */
const CLIENT_FIRST_BARE = /^n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,]*)*$/
const CLIENT_FINAL = /^(c=([A-Za-z0-9+/=]*),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Zac-ln-z]=[^,]*)*),p=([A-Za-z0-9+/]{43}=)$/

/** The answer to client-first-message. @param mechanism as the client names it. */
export function challengeScram(setup: ScramServerSetup, mechanism: string, clientFirst: Buffer): ScramChallenge | ScramRefusal {
  if (mechanism !== 'SCRAM-SHA-256' && mechanism !== 'SCRAM-SHA-256-PLUS') return refused('mechanism')
  if (!offeredMechanisms(setup.endPointBinding).includes(mechanism)) return refused('mechanism')
  if (!isUtf8(clientFirst)) return refused('malformed')
  const text = clientFirst.toString('utf8')
  const [header, flag, bindingName, authorization] = GS2_HEADER.exec(text) ?? []
  if (header === undefined || flag === undefined) return refused('malformed')
  if (authorization !== undefined) return refused('malformed') // acting as another user is not part of PostgreSQL's SASL
  const binding = bindingFor(setup, mechanism, flag, bindingName)
  if (!Buffer.isBuffer(binding)) return binding
  const bare = text.slice(header.length)
  const clientNonce = CLIENT_FIRST_BARE.exec(bare)?.[1]
  if (clientNonce === undefined) return refused('malformed')
  const nonce = clientNonce + setup.nonce
  const serverFirst = `r=${nonce},s=${setup.verifier.salt.toString('base64')},i=${setup.verifier.iterations}`
  const bindingInput = Buffer.concat([Buffer.from(header, 'latin1'), binding]).toString('base64')
  const pending: ScramPending = { setup, mechanism, bindingInput, nonce, transcript: `${bare},${serverFirst}` }
  return { kind: 'challenge', data: Buffer.from(serverFirst, 'utf8'), pending }
}

/** The answer to client-final-message. The same work is done whichever part is wrong, and for users who do not exist. */
export function proveScram(pending: ScramPending, clientFinal: Buffer): ScramProven | ScramRefusal {
  const { setup } = pending
  const [, withoutProof, bindingInput, nonce, proofText] = CLIENT_FINAL.exec(clientFinal.toString('latin1')) ?? []
  if (withoutProof === undefined || bindingInput === undefined || nonce === undefined || proofText === undefined) return refused('malformed')
  const proof = Buffer.from(proofText, 'base64')
  if (proof.length !== SCRAM_KEY_BYTES) return refused('malformed')
  const authMessage = Buffer.from(`${pending.transcript},${withoutProof}`, 'utf8')
  const clientKey = xor(proof, hmacOf(setup.verifier.storedKey, authMessage))
  const isProven = timingSafeEqual(storedKeyOf(clientKey), setup.verifier.storedKey)
  const serverSignature = hmacOf(setup.verifier.serverKey, authMessage).toString('base64')
  if (nonce !== pending.nonce) return refused('nonce')
  if (bindingInput !== pending.bindingInput) return refused('channel-binding')
  if (setup.user === 'nobody') return refused('unknown-user')
  if (!isProven) return refused('proof')
  return { kind: 'proven', data: Buffer.from(`v=${serverSignature}`, 'latin1'), mechanism: pending.mechanism }
}

/** @returns the channel binding data, empty without binding, or why the flag does not fit the mechanism. */
function bindingFor(setup: ScramServerSetup, mechanism: ScramMechanism, flag: string, bindingName: string | undefined): Buffer | ScramRefusal {
  if (mechanism === 'SCRAM-SHA-256-PLUS') {
    if (bindingName !== 'tls-server-end-point') return refused('channel-binding')
    return setup.endPointBinding ?? refused('mechanism')
  }
  if (bindingName !== undefined) return refused('channel-binding')
  // RFC 5802 §6: `y` says that the client thinks we offered no PLUS. Where we did, somebody between us took it out.
  if (flag === 'y' && setup.endPointBinding !== undefined) return refused('channel-binding-downgrade')
  return Buffer.alloc(0)
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, at) => byte ^ (right[at] ?? 0)))
}

function refused(why: ScramRefusalReason): ScramRefusal {
  return { kind: 'refused', why }
}
