/**
 * A copy of bytes that outlives what it was cut from, in memory of its own. A short `Buffer.from` is a slice of a block of 64 kB that many share,
 * and a session that keeps one of its slices keeps the block (Node.js, Buffer.poolSize).
 */
export function keepBytes(bytes: Buffer): Buffer {
  const kept = Buffer.alloc(bytes.length)
  bytes.copy(kept)
  return kept
}
