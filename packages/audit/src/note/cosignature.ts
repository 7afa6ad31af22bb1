/**
 * C2SP tlog-cosignature, cosignature/v1: a witness's Ed25519 signature over a checkpoint and the time it saw it. It says that the
 * witness has seen no other history of this origin.
 */
import { ED25519_SIGNATURE_BYTES, type VerifierKey } from './verifier-key.ts'

const TIMESTAMP_BYTES = 8

/** The bytes a witness signs. @param timeS seconds since the epoch. */
export function toCosignedMessage(checkpointText: string, timeS: number): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${timeS}\n${checkpointText}`, 'utf8')
}

/** @returns when the witness signed, seconds since the epoch; undefined when the signature is not this key's over the text. */
export function verifyCosignature(checkpointText: string, key: VerifierKey, signature: Buffer): number | undefined {
  if (key.type !== 'cosignature-v1' || signature.length !== TIMESTAMP_BYTES + ED25519_SIGNATURE_BYTES) return undefined
  const time = signature.readBigUInt64BE(0)
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) return undefined
  const timeS = Number(time)
  return key.isSigned(toCosignedMessage(checkpointText, timeS), signature.subarray(TIMESTAMP_BYTES)) ? timeS : undefined
}

/** The signature as it follows the key id in a note. @param signature 64 bytes over {@link toCosignedMessage}. */
export function encodeCosignature(timeS: number, signature: Uint8Array): Buffer {
  const time = Buffer.alloc(TIMESTAMP_BYTES)
  time.writeBigUInt64BE(BigInt(timeS))
  return Buffer.concat([time, signature])
}
