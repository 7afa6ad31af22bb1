/** The digest of an answer as it was delivered, for its outcome's entry. Short answers, which most are, are hashed in one go at their end. */
import { createHash, hash, type Hash } from 'node:crypto'

/** Above it bytes are hashed as they come: what is gathered here stays in memory for as long as the statement runs. */
const MAX_GATHERED_BYTES = 16 * 1024

export class ResultDigest {
  #gathered: Buffer[] = []
  #bytes = 0
  #hash: Hash | undefined

  /** @param bytes that nobody rewrites. */
  update(bytes: Buffer): void {
    if (this.#hash !== undefined) { this.#hash.update(bytes); return }
    this.#gathered.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes <= MAX_GATHERED_BYTES) return
    this.#hash = createHash('sha256')
    for (const part of this.#gathered) this.#hash.update(part)
    this.#gathered = []
  }

  /** @returns sha256, hex; undefined when nothing was delivered. Once. */
  digest(): string | undefined {
    if (this.#hash !== undefined) return this.#hash.digest('hex')
    const [first] = this.#gathered
    if (first === undefined) return undefined
    return hash('sha256', this.#gathered.length === 1 ? first : Buffer.concat(this.#gathered), 'hex')
  }
}
