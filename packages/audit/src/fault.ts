import { Fault } from '@doorward/core'

/**
 * Why the log refuses. `entry-*`, `quorum-missing`: this entry only. `clock-regression`: until the clock has caught up. `recorder-failed`,
 * `disk-full`, `closed`: every append from now on. The rest: the log does not open; see docs of {@link openAuditLog}.
 */
export type AuditFaultCode =
  | 'entry-invalid'      // not JSON as the log stores it, or a field that only the log may set
  | 'entry-too-large'    // more than 65,535 bytes encoded
  | 'backlog-full'       // too much is waiting for the disk
  | 'clock-regression'   // the clock is behind the last entry
  | 'recorder-failed'    // a write, fsync or rename failed; never retried on the same file
  | 'disk-full'          // the same, because no space was left
  | 'closed'             // append after close
  | 'locked'             // another live process writes this log
  | 'rollback'           // what is on disk is behind the signed head
  | 'fork'               // what is on disk contradicts the signed head, or somebody else moved the head
  | 'wal-corrupt'        // an acknowledged entry of the write-ahead log is damaged
  | 'head-invalid'       // the checkpoint is malformed, or not signed by this key for this origin
  | 'signer-failed'      // the external signer does not answer, or refuses
  | 'quorum-missing'     // too few witnesses cosigned in time; the entry is in the log, what it permits must not be done
  | 'recording-failed'   // a recording could not be written or begun; what must be recorded may not go on
  | 'recording-invalid'  // a file of a recording is not what it should be; the message says which and why
  | 'key-invalid'        // a key file or verifier key is malformed, too readable, or for another origin

/** A fault of the audit package. */
export class AuditFault extends Fault<AuditFaultCode> {}
