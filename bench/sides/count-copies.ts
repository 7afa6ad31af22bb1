/**
 * Counts the bytes that JavaScript copies from buffer to buffer or writes into one, by wrapping what does it. Slows the process down, so it
 * has a process of its own. Not seen: what the runtime copies below JavaScript (sockets, files, TLS).
 */

type Measure = (args: readonly unknown[], result: unknown) => number

/** @returns how many bytes were copied since. */
export function countCopies(): () => number {
  let bytes = 0
  const wrap = (owner: object, name: string, measure: Measure): void => {
    const original: unknown = Reflect.get(owner, name)
    if (typeof original !== 'function') return
    const counted = function counted(this: unknown, ...args: unknown[]): unknown {
      const result: unknown = Reflect.apply(original, this, args)
      bytes += measure(args, result)
      return result
    }
    Object.defineProperty(owner, name, { value: counted, writable: true, configurable: true })
  }
  wrap(Buffer, 'concat', (_, result) => lengthOf(result))
  wrap(Buffer, 'from', (_, result) => lengthOf(result))
  wrap(Uint8Array.prototype, 'set', ([source]) => lengthOf(source))
  // Each returns how many bytes it wrote.
  for (const name of ['copy', 'write', 'latin1Write', 'utf8Write', 'asciiWrite']) wrap(Buffer.prototype, name, (_, result) => (typeof result === 'number' ? result : 0))
  return () => bytes
}

function lengthOf(value: unknown): number {
  return typeof value === 'object' && value !== null && 'length' in value && typeof value.length === 'number' ? value.length : 0
}
