/** Many buffers as one, for one write: most of what a large result becomes lies in one block of memory already, one behind the other. */

/** @returns a view where they lie behind one another, else a copy. What they hold is rewritten by nobody. */
export function oneBuffer(parts: readonly Buffer[]): Buffer {
  const [first] = parts
  if (first === undefined || parts.length === 1) return first ?? Buffer.alloc(0)
  let end = first.byteOffset
  for (const part of parts) {
    if (part.buffer !== first.buffer || part.byteOffset !== end) return Buffer.concat(parts)
    end += part.length
  }
  return Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset)
}
