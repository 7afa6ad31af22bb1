/**
 * The flags of Node.js that a gateway runs with, beside those that an operator gives. Plain JavaScript: it is read before there is a Node.js
 * that reads anything else. See docs/decisions/2026-11-21-young-space.md.
 */

/**
 * Room for what is young, MiB: each of two halves. The default of V8 grows with the machine's memory; after a burst of logins it held 105 MB
 * that were never given back. This is what Node.js documents as its own default on 64 bits.
 */
const MAX_SEMI_SPACE_MIB = 16

/**
 * @param {Readonly<Record<string, string | undefined>>} env What an operator says in NODE_OPTIONS counts.
 * @returns {readonly string[]}
 */
export function gatewayFlags(env) {
  return /--max[-_]semi[-_]space[-_]size/.test(env['NODE_OPTIONS'] ?? '') ? [] : [`--max-semi-space-size=${MAX_SEMI_SPACE_MIB}`]
}
