/** Signature algorithms of tokens. Asymmetric only: with `none` anybody signs, with HMAC whoever can check. RFC 7518 §3.1, RFC 8037, RFC 9864. */
export const KNOWN_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const
export type TokenAlgorithm = (typeof KNOWN_ALGORITHMS)[number]
