/**
 * What is inside a recording: JSON lines, one event each, in the order in which they were handed to the client or came from it. They say what was
 * asked and what was shown, apart from any protocol, so that a recording can be read in ten years with a decrypter and a text editor.
 *
 * `t` is milliseconds since the recording began. `of` names the statement, as `intent` and `outcome` in the log do.
 */

/** A value as the client got it: text, nothing, or bytes of a binary form that has no text here. */
export type TranscriptCell = string | null | { readonly hex: string }

export type TranscriptEvent =
  /** First line of every segment, so that each can be read alone. */
  | { readonly t: number; readonly k: 'segment'; readonly v: 1; readonly recording: string; readonly segment: number; readonly at: string }
  /** Who asks what; once, before everything else. */
  | { readonly t: number; readonly k: 'begin'; readonly principal: string; readonly resource: string; readonly protocol: string; readonly client: string; readonly why: string }
  /** A text that the client sent. */
  | { readonly t: number; readonly k: 'in'; readonly text: string }
  /** A statement was allowed. `text` is left out where the last `in` has it. */
  | { readonly t: number; readonly k: 'statement'; readonly of: string; readonly text?: string; readonly parameters?: readonly TranscriptCell[] }
  /** Data that the client sent for a COPY. */
  | { readonly t: number; readonly k: 'copy-in'; readonly data: TranscriptCell }
  | { readonly t: number; readonly k: 'columns'; readonly of?: string; readonly names: readonly string[] }
  | { readonly t: number; readonly k: 'rows'; readonly rows: readonly (readonly TranscriptCell[])[] }
  | { readonly t: number; readonly k: 'copy-out'; readonly data: TranscriptCell }
  /** A statement's end: its command tag, or `suspended`. */
  | { readonly t: number; readonly k: 'done'; readonly of?: string; readonly tag: string }
  | { readonly t: number; readonly k: 'error' | 'notice'; readonly of?: string; readonly severity: string; readonly code: string; readonly message: string; readonly detail?: string; readonly hint?: string }
  | { readonly t: number; readonly k: 'notification'; readonly channel: string }
  | { readonly t: number; readonly k: 'end'; readonly why: string }

/** One line, its end included. */
export function encodeEvent(event: TranscriptEvent): string {
  return `${JSON.stringify(event)}\n`
}

/** Lines of a segment that opened. @throws {SyntaxError} never for what {@link encodeEvent} wrote. */
export function decodeEvents(plaintext: Buffer | string): readonly TranscriptEvent[] {
  const lines = plaintext.toString('utf8').split('\n')
  // What a crash cut off may be half a line.
  const whole = lines.slice(0, -1)
  return whole.map((line) => JSON.parse(line) as TranscriptEvent) // authenticated: written by encodeEvent and nobody else
}

/**
 * Lines for a file or a terminal: beyond what JSON escapes, the controls of ISO 6429's upper half and marks that turn writing around are escaped
 * too, so that a value which somebody put into a database steers no terminal of whoever looks at it years later.
 */
export function toSafeLine(line: string): string {
  return line.replace(UNSAFE_IN_JSON, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A text for a terminal: controls are shown, none is obeyed. Line ends and tabs stay. */
export function toSafeText(text: string): string {
  return text.replace(UNSAFE_IN_TEXT, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const UNSAFE_IN_JSON = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g
// oxlint-disable-next-line no-control-regex -- likewise
const UNSAFE_IN_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g
