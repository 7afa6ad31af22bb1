/**
 * A recording as asciicast v3, which `asciinema play` and its web player replay: what a person at a SQL prompt would have seen. Times are intervals
 * to the event before (https://docs.asciinema.org/manual/asciicast/v3/). Controls inside values are shown and not obeyed. Every allowed statement is
 * a marker, so that a player can jump from one to the next. Rows are written as lines with bars; nothing is aligned, cut or left out.
 */
import { toSafeLine, toSafeText, type TranscriptCell, type TranscriptEvent } from './transcript.ts'

export interface CastFacts {
  readonly title: string
  /** Milliseconds since the epoch. */
  readonly startedMs: number
}

/** Wide enough for a few columns; players scroll. */
const TERM = { cols: 160, rows: 45 } as const

/** Events to lines of an asciicast; one instance for a whole recording, whose segments it gets in order. */
export class AsciicastWriter {
  #lastMs = 0
  #prompt = '=> '

  /** The first line, its end included. */
  header({ title, startedMs }: CastFacts): string {
    return `${toSafeLine(JSON.stringify({ version: 3, term: TERM, timestamp: Math.floor(startedMs / 1_000), title: toSafeText(title) }))}\n`
  }

  /** The event's lines; empty for what nobody would have seen. */
  lines(event: TranscriptEvent): string {
    switch (event.k) {
      case 'segment': return ''
      case 'begin':
        this.#prompt = `${toSafeText(event.resource)}=> `
        return this.#out(event.t, `${toSafeText(event.principal)} on ${toSafeText(event.resource)} (${toSafeText(event.why)})\n`)
      case 'in': return this.#out(event.t, `${this.#prompt}${toSafeText(event.text)}\n`)
      case 'statement': return this.#marker(event.t, event.of) + this.#statement(event)
      case 'copy-in': return this.#out(event.t, withLineEnd(toSafeText(cellText(event.data))))
      case 'columns': return this.#out(event.t, event.names.length === 0 ? '' : `${event.names.map(toSafeText).join(' | ')}\n${event.names.map((name) => '-'.repeat(Math.max(name.length, 1))).join('-+-')}\n`)
      case 'rows': return this.#out(event.t, event.rows.map((row) => `${row.map((cell) => toSafeText(cellText(cell)).replaceAll('\n', '\\n')).join(' | ')}\n`).join(''))
      case 'copy-out': return this.#out(event.t, toSafeText(cellText(event.data)))
      case 'done': return this.#out(event.t, `${toSafeText(event.tag)}\n`)
      case 'error': case 'notice': return this.#out(event.t, noticeText(event))
      case 'notification': return this.#out(event.t, `notification on ${toSafeText(event.channel)}\n`)
      case 'end': return this.#out(event.t, `(${toSafeText(event.why)})\n`) + this.#line(event.t, 'x', '0')
    }
  }

  #statement({ t, text, parameters }: Extract<TranscriptEvent, { k: 'statement' }>): string {
    const shown = text === undefined ? '' : `${this.#prompt}${toSafeText(text)}\n`
    const given = parameters === undefined || parameters.length === 0 ? '' : `${parameters.map((one, index) => `$${index + 1} = ${toSafeText(cellText(one))}`).join(', ')}\n`
    return this.#out(t, shown + given)
  }

  #marker(t: number, statement: string): string {
    return this.#line(t, 'm', `statement ${statement.slice(statement.indexOf('.') + 1)}`)
  }

  #out(t: number, text: string): string {
    // A terminal needs the carriage too.
    return text === '' ? '' : this.#line(t, 'o', text.replaceAll('\n', '\r\n'))
  }

  #line(t: number, code: 'o' | 'm' | 'x', data: string): string {
    const intervalMs = Math.max(0, t - this.#lastMs)
    this.#lastMs = Math.max(t, this.#lastMs)
    return `${toSafeLine(JSON.stringify([intervalMs / 1_000, code, data]))}\n`
  }
}

function cellText(cell: TranscriptCell): string {
  return cell === null ? '' : typeof cell === 'string' ? cell : `\\x${cell.hex}`
}

function withLineEnd(text: string): string { return text.endsWith('\n') ? text : `${text}\n` }

function noticeText({ severity, code, message, detail, hint }: Extract<TranscriptEvent, { k: 'error' | 'notice' }>): string {
  const lines = [`${severity}:  ${message} (${code})`, detail === undefined ? '' : `DETAIL:  ${detail}`, hint === undefined ? '' : `HINT:  ${hint}`]
  return `${lines.filter((line) => line !== '').map(toSafeText).join('\n')}\n`
}
