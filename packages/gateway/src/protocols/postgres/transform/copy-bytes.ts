/** Copies a stretch of bytes; most stretches of a row are a few bytes long. */

/** Up to here a loop is faster than a call into the runtime (bench in gateway, transform.bench.ts). */
const MAX_LOOPED_BYTES = 32

/** @param at where in `target`, which has room. @returns the position behind what was copied. */
export function copyBytes(source: Buffer, from: number, until: number, target: Buffer, at: number): number {
  if (until - from > MAX_LOOPED_BYTES) return at + source.copy(target, at, from, until)
  let next = at
  for (let index = from; index < until; index += 1) target[next++] = source[index] ?? 0
  return next
}
