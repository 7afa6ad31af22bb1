/**
 * `exceptions:` of doorward.yaml: for each protection that an operator turned off, why, who answers for it, and until when (45 CFR 164.306(d)(3)
 * asks for this in writing). The log keeps what is in force at every start, with and without such words.
 */
import { readChoice, readFields, readItems, readText, requireKeys, shown, type YamlNode } from '@doorward/policy'
import type { ExceptionNote } from './config.ts'
import type { ConfigReading } from './reading.ts'

/** What can be turned off, as the rest of the file names it. */
export const WEAKENING_SETTINGS = ['unsafelyAllowPlaintextClients', 'unsafelyAllowPlaintext', 'analysis'] as const

const MAX_TEXT = 1_000

export function readExceptions(node: YamlNode | undefined, reading: ConfigReading): readonly ExceptionNote[] {
  const items = node === undefined ? [] : readItems(node, 'exceptions', 0, reading.problems) ?? []
  return items.flatMap((item) => {
    const note = readException(item, reading)
    return note === undefined ? [] : [note]
  })
}

function readException(node: YamlNode, reading: ConfigReading): ExceptionNote | undefined {
  const { problems } = reading
  const fields = readFields(node, 'exception', ['setting', 'resource', 'rationale', 'by', 'expires'], problems)
  if (fields === undefined) return undefined
  requireKeys(fields, node.at, 'exception', ['setting', 'rationale', 'by', 'expires'], problems)
  const text = (key: string): string | undefined => {
    const entry = fields.get(key)
    const found = entry === undefined ? undefined : readText(entry.value, key, problems)
    if (entry !== undefined && found !== undefined && found.length > MAX_TEXT) problems.error(entry.value.at, `${key}: ${found.length} characters, at most ${MAX_TEXT}`)
    return found
  }
  const settingEntry = fields.get('setting')
  const setting = settingEntry === undefined ? undefined : readChoice(settingEntry.value, 'setting', WEAKENING_SETTINGS, problems)
  const [resource, rationale, by, expires] = ['resource', 'rationale', 'by', 'expires'].map(text)
  const expiresEntry = fields.get('expires')
  if (expiresEntry !== undefined && expires !== undefined && !isDate(expires)) {
    problems.error(expiresEntry.value.at, `expires: expected a date such as 2027-03-31, found "${shown(expires)}"`)
    return undefined
  }
  return setting === undefined || rationale === undefined || by === undefined || expires === undefined ? undefined : { setting, resource, rationale, by, expires }
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`))
}
