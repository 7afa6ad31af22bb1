/**
 * What the log holds: one JSON object per entry (RFC 8785 when stored). No PHI in clear, ever: no literal, no parameter, no row.
 * Times are RFC 3339 UTC with milliseconds. Field order does not matter; JCS sorts.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

export type EntryKind =
  | 'audit.start' | 'audit.stop' | 'audit.heartbeat' | 'audit.key'
  | 'config.policy' | 'config.classification' | 'config.rejected' | 'config.exception'
  | 'auth.fail' | 'auth.lockout' | 'session.open' | 'session.upstream' | 'session.close' | 'session.refused' | 'session.ended'
  | 'revocation' | 'revocation.lifted'
  | 'intent' | 'refusal' | 'outcome' | 'alert'
  | 'approval.asked' | 'approval.seen' | 'approval.approved' | 'approval.denied' | 'approval.expired' | 'approval.withdrawn' | 'approval.used' | 'approval.refused'
  | 'recording.open' | 'recording.segment' | 'recording.close' | 'recording.view' | 'recording.hold' | 'recording.release' | 'recording.shred' | 'recording.refused'

/** An entry before the recorder adds what it alone knows (`v`, `at`). */
export interface EntryBody {
  readonly kind: EntryKind
  readonly [field: string]: Json | undefined
}

/** An entry must stay under 65,535 bytes (C2SP tlog-tiles): more patients than these are counted, not told. */
export const MAX_TOLD_PATIENTS = 1_000

/** The patients an answer was about, as the entry of its outcome has them under `patients`. */
export interface PatientsTouched {
  /** Keyed digests, see the gateway's patientDigest; at most {@link MAX_TOLD_PATIENTS}. */
  readonly digests: readonly string[]
  /** Patients beyond those told. */
  readonly more: number | undefined
  /** Why they could not be told, or not all of them. */
  readonly unknown: string | undefined
}
