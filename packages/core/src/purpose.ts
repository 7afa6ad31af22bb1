/**
 * Purpose of use: HL7 v3 PurposeOfUse (value set `http://terminology.hl7.org/ValueSet/v3-PurposeOfUse`). The codes are
 * open-ended here: a purpose is a code of upper-case letters, and which ones a principal may claim is policy.
 */
declare const purposeBrand: unique symbol
export type Purpose = string & { readonly [purposeBrand]: true }

const CODE = /^[A-Z][A-Z0-9]{1,31}$/

/** @returns the purpose, or undefined when `text` is no code (2 to 32 upper-case letters and digits). */
export function parsePurpose(text: string): Purpose | undefined {
  return CODE.test(text) ? (text as Purpose) : undefined // checked
}
