/** How the log names a patient without naming one: a keyed digest of the resource and the patient's id (45 CFR 164.528 asks who, P8 asks no PHI). */
import type { Sensitive } from '@doorward/core'
import { KeyedHash } from '@doorward/phi'

/** Hexadecimal digits: 128 bits, so that two patients do not meet. */
export const PATIENT_DIGEST_LENGTH = 32

/** Patients of one resource. Keeps what it hashes only until the next call. */
export class PatientDigests {
  readonly #hash: KeyedHash

  /** @param key 32 bytes, kept with the state; whoever has it can test a guess, so it does not travel with the log. */
  constructor(key: Sensitive<Buffer>, resource: string) {
    this.#hash = new KeyedHash(key.reveal(), Buffer.from(`patient\0${resource}\0`, 'utf8')) // into the hash's pads, and nowhere else
  }

  /**
   * The digest of one patient, the same in every entry.
   * @param patientId the id as text, as the classification's `patient` column has it.
   */
  of(patientId: string): string {
    return Buffer.from(this.#hash.digest(Buffer.from(patientId, 'utf8')), 'latin1').toString('hex', 0, PATIENT_DIGEST_LENGTH / 2)
  }
}

/** As {@link PatientDigests.of}, for one. */
export function patientDigest(key: Sensitive<Buffer>, resource: string, patientId: string): string {
  return new PatientDigests(key, resource).of(patientId)
}
