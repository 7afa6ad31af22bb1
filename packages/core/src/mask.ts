/**
 * What a policy's `mask:` may name for a class. Every operator's answer is independent of the value, except the ones
 * in {@link REVEALING_MASKS}: naming one of those in a policy is the named exception to P4.
 *
 * `redact` a constant of the output's type · `null` SQL NULL · `token` a keyed pseudonym, equal for equal values of one
 * class and purpose · `year` the year of a date (90 and older aggregated) · `zip3` three digits of a ZIP code, `000` where
 * 45 CFR 164.514(b)(2)(i)(B) says so · `last4` the last four characters · `clear` the value itself.
 */
export const MASK_OPERATORS = ['redact', 'null', 'token', 'year', 'zip3', 'last4', 'clear'] as const
export type MaskOperator = (typeof MASK_OPERATORS)[number]

export const REVEALING_MASKS: ReadonlySet<MaskOperator> = new Set<MaskOperator>(['token', 'year', 'zip3', 'last4', 'clear'])

const KNOWN: ReadonlySet<string> = new Set(MASK_OPERATORS)

export function isMaskOperator(text: string): text is MaskOperator {
  return KNOWN.has(text)
}
