/** How the log names a patient without naming one: a keyed digest of the resource and the patient's id (45 CFR 164.528 asks who, P8 asks no PHI). */
import type { Sensitive } from '@doorward/core'
import { hmacSha256 } from '@doorward/phi'

/** Hexadecimal digits: 128 bits, so that two patients do not meet. */
export const PATIENT_DIGEST_LENGTH = 32

/**
 * The digest of one patient of one resource, the same in every entry.
 * @param key 32 bytes, kept with the state; whoever has it can test a guess, so it does not travel with the log.
 * @param patientId the id as text, as the classification's `patient` column has it.
 */
export function patientDigest(key: Sensitive<Buffer>, resource: string, patientId: string): string {
  return hmacSha256(key.reveal(), Buffer.from(`patient\0${resource}\0${patientId}`, 'utf8')).toString('hex').slice(0, PATIENT_DIGEST_LENGTH)
}
