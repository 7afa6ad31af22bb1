import { Fault } from '@doorward/core'

/** `newer` the store was written by a newer version · `unreadable` it holds what no version wrote · `closed` · `storage` the disk or SQLite failed */
export type StateFaultCode = 'newer' | 'unreadable' | 'closed' | 'storage'

/** The state cannot be read or kept: whatever asked for it is refused. */
export class StateFault extends Fault<StateFaultCode> {}
