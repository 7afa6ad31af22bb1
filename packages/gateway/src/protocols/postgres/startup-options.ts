/**
 * The `options` start-up parameter: the command line of a backend, as libpq's PGOPTIONS sends it. Only settings are read; a backend's
 * other switches mean nothing here and are refused. Source: PostgreSQL, pg_split_opts, process_postgres_switches, ParseLongOption.
 */
import { WireFault } from './wire-fault.ts'

export interface Setting { readonly name: string; readonly value: string }

/**
 * `-c name=value`, `-cname=value` and `--name=value`, in order; a later one wins at the server. Whitespace separates, a backslash keeps the
 * next character as it is, and a dash in a name is an underscore.
 *
 * @throws {WireFault} `bad-startup` for anything else
 */
export function parseOptions(options: string): Setting[] {
  const settings: Setting[] = []
  const words = splitOptions(options)
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '-c') {
      const next = words[++at]
      if (next === undefined) throw new WireFault('bad-startup', 'options: "-c" without a setting')
      settings.push(parseSetting(next))
    } else if (word.startsWith('-c')) {
      settings.push(parseSetting(word.slice(2)))
    } else if (word.startsWith('--') && word !== '--') {
      settings.push(parseSetting(word.slice(2)))
    } else {
      throw new WireFault('bad-startup', `options: word ${at + 1} is no setting, expected "-c name=value" or "--name=value"`)
    }
  }
  return settings
}

function parseSetting(text: string): Setting {
  const at = text.indexOf('=')
  if (at < 1) throw new WireFault('bad-startup', 'options: a setting without name or value, expected "name=value"')
  return { name: text.slice(0, at).replaceAll('-', '_'), value: text.slice(at + 1) }
}

/** What C's isspace takes for a space. */
const SPACES = ' \t\n\v\f\r'

function splitOptions(options: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let isEscaped = false
  for (const character of options) {
    if (isEscaped) {
      word = (word ?? '') + character
      isEscaped = false
    } else if (character === '\\') {
      word ??= ''
      isEscaped = true
    } else if (SPACES.includes(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word = (word ?? '') + character
    }
  }
  if (word !== undefined) words.push(word) // a last backslash with nothing behind it is dropped, as the server does
  return words
}
