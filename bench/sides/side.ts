/** What the bench compares: several ways from a client to one and the same PostgreSQL. */

export const SIDES = ['direct', 'relay', 'pgbouncer', 'doorward', 'doorward-ram', 'without-analysis', 'without-decide', 'without-masks', 'without-record'] as const
export type SideName = (typeof SIDES)[number]

/** What everything is measured against, and Doorward as it is shipped. */
export const WHOLE_SIDES: readonly SideName[] = ['direct', 'relay', 'pgbouncer', 'doorward', 'doorward-ram']
/** One step left out each; their log lies in memory, so that the disk hides nothing. */
export const PARTIAL_SIDES: readonly SideName[] = ['without-analysis', 'without-decide', 'without-masks', 'without-record']

export const SIDE_TITLES: Readonly<Record<SideName, string>> = {
  direct: 'direct to PostgreSQL', relay: 'bare relay (floor)', pgbouncer: 'PgBouncer, session mode',
  doorward: 'Doorward, log on disk', 'doorward-ram': 'Doorward, log in memory',
  'without-analysis': 'without analysis', 'without-decide': 'without decision', 'without-masks': 'without masks', 'without-record': 'without record',
}

/** Where a client connects. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

export interface Side {
  readonly name: SideName
  readonly target: Target
  /** The process between client and server; undefined for `direct`. */
  readonly pid: number | undefined
  /** Where its log lies, when that is a disk: statements wait for its fdatasync. */
  readonly logDir: string | undefined
  /** Collects garbage, then says what is left; undefined where the process is not ours. Units: bytes. */
  memory(): Promise<{ readonly rss: number; readonly heapUsed: number; readonly external: number } | undefined>
  stop(): Promise<void>
}
