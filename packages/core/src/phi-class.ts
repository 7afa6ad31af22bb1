/**
 * What a column or field holds (DESIGN.md, Vocabulary). The Safe Harbor identifiers of 45 CFR 164.514(b)(2)(i),
 * clinical content, free text, specially protected content, and `phi` for "not yet known, treat as PHI".
 */
export const PHI_CLASSES = [
  'none',
  'name', 'address', 'zip', 'date', 'phone', 'fax', 'email', 'ssn', 'mrn', 'health-plan', 'account', 'license',
  'vehicle', 'device', 'url', 'ip', 'biometric', 'photo', 'other-id',
  'clinical', 'free-text',
  'part2', 'psychotherapy', 'mental-health', 'hiv', 'reproductive', 'genetic', 'minor',
  'phi',
] as const

export type PhiClass = (typeof PHI_CLASSES)[number]

const KNOWN: ReadonlySet<string> = new Set(PHI_CLASSES)

export function isPhiClass(text: string): text is PhiClass {
  return KNOWN.has(text)
}

/** @returns whether values of this class are PHI: every class but `none`. */
export function isPhi(phiClass: PhiClass): boolean {
  return phiClass !== 'none'
}
