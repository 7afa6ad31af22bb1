/**
 * What a parser of this package answers when its input breaks the format: a value, not a throw, since the verifier's
 * whole work is to meet such input and say where it was. The reason holds sizes and positions, never content.
 */
export interface Malformed {
  readonly kind: 'malformed'
  readonly reason: string
}

export function malformed(reason: string): Malformed {
  return { kind: 'malformed', reason }
}
