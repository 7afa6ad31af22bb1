/**
 * How identifiers are written in running text. Every quantifier is bounded, so that a search is linear in the text. A `label` is the word that
 * makes a bare number an identifier; the span is the first group where there is one, else the match.
 *
 * Sources: SSN, Social Security Administration, number randomisation (2011) for what is never issued; NANP for phone numbers; ISO 7812 for the
 * Luhn check; 49 CFR 565.15 for the VIN check digit.
 */
import type { PhiClass } from '@doorward/core'

export interface IdentifierPattern {
  readonly phiClass: PhiClass
  /** Global, with indices. */
  readonly pattern: RegExp
  /** A further test of the matched text. */
  readonly check: 'none' | 'luhn' | 'vin' | 'ipv4'
}

const MONTH = '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)'
const BOUNDARY = '(?<![\\w.-])'
const END = '(?![\\w-])'
/** Between a label and its number: words like "number is", then `:`, `#`, `|`, quotes, in prose as in JSON, logs and tables. */
const AFTER_LABEL = `["'\\s]{0,3}(?:(?:no\\.?|number|num|id|is|template|card|ending in|for|to)["'\\s]{1,3}){0,3}(?:(?:no|number|num|id)(?=[:#=]))?[:#=|>]{0,2}["'\\s]{0,3}`

const of = (phiClass: PhiClass, source: string, check: IdentifierPattern['check'] = 'none'): IdentifierPattern => ({ phiClass, pattern: new RegExp(source, 'dgi'), check })
const labelled = (phiClass: PhiClass, label: string, value: string): IdentifierPattern => of(phiClass, `\\b(?:${label})${AFTER_LABEL}(${value})${END}`)

/** In order: where two find the same characters, the earlier one names the class. */
export const IDENTIFIER_PATTERNS: readonly IdentifierPattern[] = [
  of('email', `[\\w.+%-]{1,64}@[a-z0-9-]{1,63}(?:\\.[a-z0-9-]{1,63}){1,8}`),
  of('url', `\\bhttps?://[^\\s<>"')\\]]{1,2000}`),
  of('ip', `${BOUNDARY}\\d{1,3}(?:\\.\\d{1,3}){3}(?![\\w.]*\\d)`, 'ipv4'),
  of('ip', `(?<![\\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\\w:])`),
  of('ssn', `${BOUNDARY}(?!000|666)\\d{3}[- ](?!00)\\d{2}[- ](?!0000)\\d{4}${END}`),
  labelled('ssn', 'ssn|social security', '\\d{3}-?\\d{2}-?\\d{4}|(?:x{3}|\\*{3})-?(?:x{2}|\\*{2})-?\\d{4}'),
  labelled('ssn', 'ssn (?:ending|ends)(?: in)?|last (?:four|4)(?: of)?(?: the)?(?: ssn| social)?', '\\d{4}'),
  labelled('fax', 'fax(?: records)?', '\\+?[\\d(][\\d ().-]{6,18}\\d'),
  of('account', `${BOUNDARY}\\d(?:[ -]?\\d){12,18}${END}`, 'luhn'),
  of('account', `${BOUNDARY}[A-Z]{2}\\d{2}[A-Z]{4}\\d{14}${END}`),
  labelled('account', 'account|acct\\.?|guarantor account|bank account|credit card|card|cc', '[A-Z]{0,4}\\d{5,17}'),
  labelled('mrn', 'mrn|mr|patient id|pt id|medical record|med rec|chart|hospital no\\.?|hn|nhc', '[A-Z]{0,4}-?\\d{4,12}'),
  of('mrn', `(?<=\\bPID\\|[^|\\n]{0,4}\\|[^|\\n]{0,40}\\|)[A-Z]{0,4}\\d{4,12}(?=[\\^|])`), // HL7 v2, PID-3
  of('mrn', `${BOUNDARY}MRN-?\\d{4,12}${END}`),
  labelled('health-plan', 'member|subscriber|policy|beneficiary|medicare|medicaid|plan|mbi|hicn?|insurance|nass', '[A-Z]{0,4}\\d{5,14}[A-Z]?|\\d{2} \\d{8} \\d{1,2}|\\d[A-Z][A-Z0-9]\\d[A-Z][A-Z0-9]\\d[A-Z]{2}\\d{2}'),
  of('health-plan', `(?<=\\*MI\\*)[A-Z0-9]{6,14}(?=[~*])`), // X12, NM109
  of('health-plan', `${BOUNDARY}\\d{2} \\d{8} \\d{1,2}${END}`),
  of('license', `(?<=\\*XX\\*)\\d{10}(?=[~*])`), // X12, NPI
  labelled('license', 'licen[cs]e|lic\\.?|dea|npi|driver.?s licen[cs]e|dl', '[A-Z]{0,2}\\d{5,14}[A-Z]?|\\d{4}-\\d{2}-\\d{4}'),
  of('vehicle', `${BOUNDARY}[A-HJ-NPR-Z0-9]{17}${END}`, 'vin'),
  labelled('vehicle', 'vin', '[A-HJ-NPR-Z0-9]{17}'),
  labelled('vehicle', 'plate|license plate|registration', '[A-Z0-9]{2,4}[- ]?[A-Z0-9]{3,4}'),
  labelled('device', 'serial|s/n|device|implant|pacemaker|udi', '[A-Z]{1,4}-?\\d{4,14}'),
  of('device', `${BOUNDARY}SN-?\\d{5,12}${END}`),
  labelled('biometric', 'fingerprint|print|biometric|voiceprint|retina', '[A-Z]{1,4}-?\\d{4,12}'),
  of('photo', `\\b[\\w-]{0,60}(?:face|photo|portrait|headshot)[\\w-]{0,60}\\.(?:jpe?g|png|tiff?|bmp|heic)\\b`),
  of('other-id', `(?<=\\bCLM\\*)[A-Z0-9]{5,20}(?=[~*])`), // X12, CLM01
  labelled('other-id', 'accession|specimen|visit|encounter|claim|case|order|csn|passport', '[A-Z]{0,4}-?\\d{5,12}'),
  of('date', `${BOUNDARY}\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])(?:[T ]\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d{2}:?\\d{2})?)?(?!\\d)`),
  of('date', `${BOUNDARY}(?:0?[1-9]|[12]\\d|3[01])[/.-](?:0?[1-9]|[12]\\d|3[01])[/.-](?:\\d{4}|\\d{2})(?![\\d-])`),
  of('date', `\\b${MONTH}\\.? (?:0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th)?(?:,? \\d{4})?\\b`),
  of('date', `\\b(?:0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th)?(?: of)? ${MONTH}\\.?(?:,? \\d{4})?\\b`),
  of('date', `\\b${MONTH} (?:19|20)\\d{2}\\b`),
  of('date', `(?<=\\|)(?:19|20)\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])(?:\\d{4}|\\d{6})?(?=[|^~\\s]|$)`), // HL7 v2
  of('date', `(?<=\\*D8\\*)\\d{8}(?=[~*])`), // X12
  of('date', `${BOUNDARY}(?:0?[1-9]|[12]\\d|3[01])-${MONTH}-(?:\\d{4}|\\d{2})(?!\\d)`),
  labelled('date', 'birthtime value|dob|birth ?date|date of birth', '(?:19|20)\\d{6}'),
  of('date', `\\b(?:9\\d|1[0-2]\\d)[ -](?:years?[ -]old|y/?o|yrs?)\\b`), // ages over 89
  of('phone', `(?<![\\w.])(?:\\+?1[ .-]?)?(?:\\([2-9]\\d{2}\\) ?|[2-9]\\d{2}[ .-])\\d{3}[ .-]\\d{4}(?: ?(?:x|ext\\.?) ?\\d{1,6})?(?!\\d)`),
  of('phone', `(?<![\\w.])\\+\\d{1,3}(?:[ .()-]{0,2}\\d){7,12}(?!\\d)`),
  labelled('phone', 'phone|tel\\.?|telephone|cell|mobile|call|call me at|call me on|messages|answering at|ph\\.?|contact|callback', '\\+?[\\d(][\\d ().-]{6,18}\\d'),
  of('zip', `(?<=\\b[A-Z]{2},? )\\d{5}(?:-\\d{4})?${END}`),
  labelled('zip', 'zip(?: code)?', '\\d{5}(?:-\\d{4})?'),
]
