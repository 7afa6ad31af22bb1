/**
 * Which patients' ids one answer has held so far, in memory that stays flat for the usual ids: small whole numbers are bits of pages, a few bytes
 * for each patient of a dense column; everything else is kept as text. Knows ids, not what they are counted for.
 */

/** Ids of one page: 4 kB. */
const PAGE_BITS = 15
/** 16 MB of pages; numbers scattered wider than that are kept one by one. */
const MAX_PAGES = 4_096
/** So many numbers are kept one by one before a page is worth its room: most answers are about a few patients. */
const FEW = 64
/** Decimal digits that make a number below 2^31 whatever they are. */
const MAX_DIGITS = 9

export class SeenPatients {
  readonly #pages = new Map<number, Uint32Array>()
  /** The page used last: ids come in order more often than not. */
  #page: Uint32Array | undefined
  #pageNumber = -1
  readonly #numbers = new Set<number>()
  readonly #texts = new Set<string>()

  /** @param id a whole number from 0 to 2^31 - 1. @returns whether it had not been added before. */
  addNumber(id: number): 'new' | 'known' {
    if (this.#numbers.size < FEW) return addTo(this.#numbers, id)
    if (this.#numbers.has(id)) return 'known'
    const page = this.#pageOf(id >>> PAGE_BITS)
    if (page === undefined) return addTo(this.#numbers, id)
    const word = (id >>> 5) & 1023
    const bits = page[word] ?? 0
    const bit = 1 << (id & 31)
    if ((bits & bit) !== 0) return 'known'
    page[word] = bits | bit
    return 'new'
  }

  /** One id has one text; a text that is a number's is that number. */
  add(id: string): 'new' | 'known' {
    const number = numberOf(id)
    return number === undefined ? addTo(this.#texts, id) : this.addNumber(number)
  }

  #pageOf(number: number): Uint32Array | undefined {
    if (number === this.#pageNumber) return this.#page
    let page = this.#pages.get(number)
    if (page === undefined && this.#pages.size < MAX_PAGES) {
      page = new Uint32Array(1024)
      this.#pages.set(number, page)
    }
    if (page === undefined) return undefined
    this.#page = page
    this.#pageNumber = number
    return page
  }
}

/** @returns the number that these bytes of ASCII write in the one way a server writes it, or -1. */
export function decimalAt(source: Uint8Array, from: number, until: number): number {
  const digits = until - from
  if (digits < 1 || digits > MAX_DIGITS || (digits > 1 && source[from] === 0x30)) return -1
  let number = 0
  for (let at = from; at < until; at += 1) {
    const digit = (source[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return number
}

/** @returns the integer that these 2, 4 or 8 bytes are, most significant first, where it is one from 0 to 2^31 - 1; or -1. */
export function integerAt(source: Uint8Array, from: number, until: number): number {
  const bytes = until - from
  if (bytes !== 2 && bytes !== 4 && bytes !== 8) return -1
  const at = (index: number): number => source[from + index] ?? 0
  if (bytes === 2) return at(0) > 127 ? -1 : at(0) * 256 + at(1)
  if (bytes === 8 && (at(0) | at(1) | at(2) | at(3)) !== 0) return -1
  const last = bytes - 4
  return at(last) > 127 ? -1 : (at(last) << 24) | (at(last + 1) << 16) | (at(last + 2) << 8) | at(last + 3)
}

function numberOf(id: string): number | undefined {
  return id.length <= MAX_DIGITS && /^(?:0|[1-9][0-9]*)$/.test(id) ? Number(id) : undefined
}

function addTo<T>(set: Set<T>, id: T): 'new' | 'known' {
  const before = set.size
  set.add(id)
  return set.size === before ? 'known' : 'new'
}
