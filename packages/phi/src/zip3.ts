/**
 * `zip3`: the first three digits of a ZIP code, or `000`. 45 CFR 164.514(b)(2)(i)(B).
 *
 * Known to miss: a prefix without residents that the table does not list (a typing error in the data) is shown as it is; codes of other
 * countries that happen to have five digits are read as ZIP codes, so classify those columns `address`.
 */
import { RESTRICTED_2000, RESTRICTED_2020, UNPOPULATED } from './zip3.table.ts'

/** What stands for every prefix that may not be shown. */
export const ZIP3_WITHHELD = '000'

const ZIP = /^\s*(\d{3})\d{2}(?:[-\s]?\d{4})?\s*$/
const WITHHELD: ReadonlySet<string> = new Set([...RESTRICTED_2020, ...RESTRICTED_2000])

/**
 * @param text `12345`, `12345-6789` or `123456789`, blanks around allowed.
 * @returns three digits, `000` where too few people live, in any census since 2000; undefined when the text is no ZIP code.
 */
export function zip3Of(text: string): string | undefined {
  const prefix = ZIP.exec(text)?.[1]
  if (prefix === undefined) return undefined
  return WITHHELD.has(prefix) || isUnpopulated(prefix) ? ZIP3_WITHHELD : prefix
}

/** As {@link zip3Of} for a ZIP code stored as a number, which has lost its leading zeros; the answer has lost them too. */
export function zip3OfInteger(text: string): string | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined
  const digits = text.length <= 5 ? text.padStart(5, '0') : text.padStart(9, '0')
  const prefix = zip3Of(digits)
  return prefix === undefined ? undefined : String(Number(prefix))
}

function isUnpopulated(prefix: string): boolean {
  return UNPOPULATED.some(([from, to]) => from <= prefix && prefix <= to)
}
