/**
 * What Doorward's own entries must say: canonical JSON, times that do not go back, sessions that count without gaps, intents with outcomes,
 * starts that name the head before them. A log whose hashes are right and whose entries break these was signed by somebody who had
 * the key and left something out.
 */
import { isUtf8 } from 'node:buffer'
import type { Json } from '@doorward/core'
import { isCanonicalJson } from '../format/jcs.ts'
import { isCanonicalText } from '../format/canonical-text.ts'
import { scanEntry, toFacts, type EntryFacts } from '../format/entry-scan.ts'
import type { Findings } from './finding.ts'
import { RecordingRules } from './recording-rules.ts'

interface Session {
  seq: number
  openIntents: number
}

type Fields = { readonly [key: string]: Json | undefined }
type Facts = Readonly<EntryFacts>

const AT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
/** A start says how often heartbeats come; this many may be missing before a gap is reported. */
const MISSED_HEARTBEATS = 3

export class EntryRules {
  readonly #findings: Findings
  readonly #recordings: RecordingRules
  readonly #sessions = new Map<string, Session>()
  /** Intents without outcome, with their session. */
  readonly #intents = new Map<number, string>()
  #lastAt = ''
  #lastKind: string | undefined
  #heartbeatMs = 0
  /** Between the last start and the entry before it. */
  #silentMs = 0

  constructor(findings: Findings) {
    this.#findings = findings
    this.#recordings = new RecordingRules(findings)
  }

  /** The time of the last entry, milliseconds since the epoch; NaN when there was none. */
  get lastMs(): number {
    return Date.parse(this.#lastAt)
  }

  /** Takes the next entry. @param root the Merkle root over the entries before it. @returns its kind; empty for what is none of ours. */
  check(index: number, bytes: Buffer, root: () => Buffer): string {
    const entry = scanEntry(bytes) ?? this.#parse(index, bytes)
    if (entry === undefined) return ''
    this.#checkTime(index, entry)
    const kind = typeof entry.kind === 'string' ? entry.kind : ''
    if (kind === '') this.#findings.add('integrity', 'entry-malformed', `entry ${index}: no kind`, { index })
    if (entry.v !== 1) this.#findings.add('integrity', 'entry-malformed', `entry ${index}: unknown version`, { index })
    this.#checkRun(index, kind, entry, root)
    if (kind.startsWith('recording.')) this.#recordings.check(index, kind, fieldsOf(bytes))
    if (entry.session !== undefined && entry.seq !== undefined) this.#checkSession(index, kind, entry)
    this.#lastKind = kind
    return kind
  }

  /** Says what was open when the log ended. @param nowMs when it is read; undefined: not known, and silence then says nothing. */
  finish(nowMs?: number): void {
    const silentMs = nowMs === undefined ? 0 : nowMs - this.lastMs
    if (this.#lastKind !== undefined && this.#lastKind !== 'audit.stop' && this.#heartbeatMs > 0 && silentMs > this.#heartbeatMs * MISSED_HEARTBEATS) {
      this.#findings.add('notice', 'stop-missing', `the log ends without a stop, ${toSeconds(silentMs)} ago: its gateway is gone, or this is an old copy`)
    }
    for (const index of this.#intents.keys()) this.#findings.add('notice', 'intent-open', `intent ${index} has no outcome yet`, { index })
    this.#recordings.finish()
  }

  #parse(index: number, bytes: Buffer): Facts | undefined {
    let value: unknown
    const text = bytes.toString('utf8')
    try {
      value = JSON.parse(text)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#findings.add('integrity', 'entry-malformed', `entry ${index}: not a JSON object`, { index })
      return undefined
    }
    const entry = value as Fields // from JSON.parse: nothing but JSON is in it
    if (!isUtf8(bytes) || !(isCanonicalText(text, entry) ?? isCanonicalJson(text, entry))) {
      this.#findings.add('integrity', 'entry-not-canonical', `entry ${index}: not in canonical form`, { index })
    }
    return toFacts(entry)
  }

  #checkTime(index: number, entry: Facts): void {
    const at = entry.at
    if (typeof at !== 'string' || (at !== this.#lastAt && !AT.test(at))) {
      this.#findings.add('integrity', 'entry-malformed', `entry ${index}: no time`, { index })
      return
    }
    if (entry.kind === 'audit.start') this.#silentMs = Date.parse(at) - Date.parse(this.#lastAt)
    // One fixed form: the order of texts is the order of times.
    if (at < this.#lastAt) this.#findings.add('integrity', 'time-backwards', `entry ${index}: its time is before the entry before`, { index })
    // Gaps within one minute are not looked for.
    if (this.#heartbeatMs > 0 && at.slice(0, 16) !== this.#lastAt.slice(0, 16) && entry.kind !== 'audit.start' && this.#lastKind !== 'audit.stop') {
      const gapMs = Date.parse(at) - Date.parse(this.#lastAt)
      if (gapMs > this.#heartbeatMs * MISSED_HEARTBEATS) {
        this.#findings.add('notice', 'heartbeat-gap', `before entry ${index}: ${toSeconds(gapMs)} without an entry`, { index })
      }
    }
    this.#lastAt = at
  }

  /** Starts and stops: a log begins with a start, a stop is followed by a start, and a start says what was before it. */
  #checkRun(index: number, kind: string, entry: Facts, root: () => Buffer): void {
    const afterStop = this.#lastKind === 'audit.stop'
    if (kind !== 'audit.start') {
      if (index === 0 || afterStop) this.#findings.add('integrity', 'start-differs', `entry ${index}: expected a start, found ${index === 0 ? 'another entry first' : 'an entry after the stop'}`, { index })
      return
    }
    const before = index === 0 ? 'new' : afterStop ? 'stopped' : 'interrupted'
    if (entry.before !== before) this.#findings.add('integrity', 'start-differs', `entry ${index}: the start says another thing about what was before it`, { index })
    const head = entry.head
    const fields: Fields = typeof head === 'object' && head !== null && !Array.isArray(head) ? (head as Fields) : {}
    if (fields['size'] !== index || fields['root'] !== root().toString('base64')) {
      this.#findings.add('integrity', 'start-differs', `entry ${index}: the start names another head than the one over the entries before it`, { index })
    }
    this.#heartbeatMs = typeof entry.heartbeatMs === 'number' ? entry.heartbeatMs : 0
    if (before === 'interrupted') {
      this.#findings.add('notice', 'interrupted', `before entry ${index}: the gateway ended without a stop, at most ${toSeconds(this.#silentMs)} before it started again`, { index })
    }
    this.#endRun()
    this.#recordings.started()
  }

  /** Sessions do not outlive the process that held them. */
  #endRun(): void {
    for (const index of this.#intents.keys()) this.#findings.add('notice', 'intent-open', `intent ${index} has no outcome: the gateway ended before it`, { index })
    if (this.#sessions.size > 0) this.#findings.add('notice', 'session-open', `${this.#sessions.size} sessions were open when the gateway ended`)
    this.#intents.clear()
    this.#sessions.clear()
  }

  #checkSession(index: number, kind: string, entry: Facts): void {
    const { session: id, seq } = entry
    if (typeof id !== 'string' || typeof seq !== 'number') {
      this.#findings.add('integrity', 'entry-malformed', `entry ${index}: session or seq is of the wrong type`, { index })
      return
    }
    const known = this.#sessions.get(id)
    const expected = (known?.seq ?? 0) + 1
    if (seq !== expected) {
      const missing = seq - expected
      this.#findings.add('integrity', 'sequence-gap', `entry ${index}: number ${seq} of its session, expected ${expected}${missing > 0 ? `: ${missing} entries are missing before it` : ''}`, { index })
    }
    const session = known ?? { seq, openIntents: 0 }
    session.seq = seq
    if (known === undefined) this.#sessions.set(id, session)
    switch (kind) {
      case 'intent':
        this.#intents.set(index, id)
        session.openIntents++
        break
      case 'outcome': this.#settle(index, id, session, entry); break
      case 'session.close': this.#closeSession(index, id, session, entry); break
      default: break // other kinds only count
    }
  }

  #settle(index: number, id: string, session: Session, entry: Facts): void {
    const { intent } = entry
    if (typeof intent !== 'number' || this.#intents.get(intent) !== id) {
      this.#findings.add('integrity', 'outcome-without-intent', `entry ${index}: the outcome of an intent that is not open in its session`, { index })
      return
    }
    this.#intents.delete(intent)
    session.openIntents--
  }

  #closeSession(index: number, id: string, session: Session, entry: Facts): void {
    if (entry.count !== session.seq) {
      this.#findings.add('integrity', 'count-differs', `entry ${index}: the session closes after another number of entries than it says`, { index })
    }
    // A session may close with statements unsettled, when their outcome could not be recorded; then it says how many.
    const unsettled = typeof entry.unsettled === 'number' ? entry.unsettled : 0
    if (unsettled !== session.openIntents) {
      this.#findings.add('integrity', 'intent-without-outcome', `entry ${index}: the session closes with ${session.openIntents} intents without outcome, and says ${unsettled}`, { index })
    }
    if (session.openIntents > 0) for (const [intent, owner] of this.#intents) if (owner === id) this.#intents.delete(intent)
    this.#sessions.delete(id)
  }
}

/** All fields of an entry that was found to be a JSON object. */
function fieldsOf(bytes: Buffer): Fields { return JSON.parse(bytes.toString('utf8')) as Fields }

function toSeconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
