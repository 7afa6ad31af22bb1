/**
 * What entries about recordings must say: segments are numbered from 0 without a gap, the end of a recording says how many there were, and a
 * shredding that began has ended. After an interruption the last of them may be recorded once more: then it must be the same.
 * Whether the files are those of the log is another question: `doorward recordings verify`.
 */
import type { Json } from '@doorward/core'
import type { Findings } from './finding.ts'

type Fields = { readonly [key: string]: Json | undefined }

interface Recording {
  next: number
  lastDigest: string
  /** The run of the gateway in which it was closed; undefined: it is open. */
  closedRun: number | undefined
}

export class RecordingRules {
  readonly #findings: Findings
  readonly #recordings = new Map<string, Recording>()
  /** Begun, with their entry. */
  readonly #shreds = new Map<string, number>()
  /** Done, with the run in which. */
  readonly #shredded = new Map<string, number>()
  #run = 0

  constructor(findings: Findings) { this.#findings = findings }

  /** The gateway started. What was closed in the run before may still be closed again by this one; older ones not. */
  started(): void {
    this.#run += 1
    for (const [id, { closedRun }] of this.#recordings) if (closedRun !== undefined && closedRun < this.#run - 1) this.#recordings.delete(id)
    for (const [id, run] of this.#shredded) if (run < this.#run - 1) this.#shredded.delete(id)
  }

  /** @param kind begins with `recording.` */
  check(index: number, kind: string, entry: Fields): void {
    const id = entry['recording']
    if (typeof id !== 'string') {
      if (kind !== 'recording.hold' && kind !== 'recording.release') this.#findings.add('integrity', 'entry-malformed', `entry ${index}: no recording`, { index })
      return
    }
    switch (kind) {
      case 'recording.open':
        if (this.#recordings.has(id)) this.#wrong(index, 'a recording begins twice')
        this.#recordings.set(id, { next: 0, lastDigest: '', closedRun: undefined })
        break
      case 'recording.segment': this.#segment(index, id, entry); break
      case 'recording.close': this.#close(index, id, entry); break
      case 'recording.shred':
        if (entry['step'] === 'begun') this.#shreds.set(id, index)
        else if (!this.#shreds.delete(id) && !this.#shredded.has(id)) this.#wrong(index, 'a recording was shredded, and nothing says that it was going to be')
        if (entry['step'] === 'done') this.#shredded.set(id, this.#run)
        break
      default: break // views and refusals count nothing
    }
  }

  finish(): void {
    for (const index of this.#shreds.values()) this.#findings.add('notice', 'recording-open', `entry ${index}: a recording was to be shredded, and nothing says that it was`, { index })
    const open = [...this.#recordings.values()].filter(({ closedRun }) => closedRun === undefined).length
    if (open > 0) this.#findings.add('notice', 'recording-open', `${open} recordings have no end: they are being written, or their gateway has not started since`)
  }

  #segment(index: number, id: string, { segment, digest }: Fields): void {
    const recording = this.#recordings.get(id)
    if (recording === undefined || typeof segment !== 'number' || typeof digest !== 'string') {
      this.#wrong(index, recording === undefined ? 'a segment of a recording that did not begin' : 'a segment without number or digest')
      return
    }
    const isAgain = segment === recording.next - 1 && digest === recording.lastDigest
    if (isAgain) return
    if (segment !== recording.next || recording.closedRun !== undefined) this.#wrong(index, `segment ${segment} of a recording, expected ${recording.closedRun === undefined ? recording.next : 'none after its end'}`)
    recording.next = Math.max(recording.next, segment + 1)
    recording.lastDigest = digest
  }

  #close(index: number, id: string, { segments }: Fields): void {
    const recording = this.#recordings.get(id)
    if (recording === undefined) { this.#wrong(index, 'the end of a recording that did not begin'); return }
    if (segments !== recording.next) this.#wrong(index, `a recording ends with another number of segments than were recorded: ${recording.next}`)
    recording.closedRun = this.#run
  }

  #wrong(index: number, what: string): void { this.#findings.add('integrity', 'recording-differs', `entry ${index}: ${what}`, { index }) }
}
