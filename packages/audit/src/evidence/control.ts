/** A safeguard of the HIPAA rules as evidence is asked for by: what it is about, what of it this product can show, and how to check that. */
import type { Item } from './section.ts'

export interface Control {
  /** As people write it: `312(b)`. */
  readonly id: string
  readonly cite: string
  readonly title: string
  /** What somebody who checks this safeguard wants to see; in our words. */
  readonly asks: string
  /** What has to be shown from elsewhere. */
  readonly elsewhere: string
  /** Steps for whoever does not want to believe it. */
  readonly checks: readonly string[]
  readonly items: readonly Item[]
}

/** @param text `312(b)`, `164.312(b)`, `45 CFR 164.312(b)`, in any case, with or without spaces. */
export function findControl(controls: readonly Control[], text: string): Control | undefined {
  const bare = (name: string): string => name.toLowerCase().replace(/\s+/g, '').replace(/^(45cfr)?(164\.)?/, '')
  return controls.find(({ id }) => bare(id) === bare(text))
}

/** A folder's name: `164.312-a-2-i`. */
export function toFolderName({ id }: Control): string {
  return `164.${id.replaceAll(/[()]+/g, '-').replace(/-$/, '')}`
}
