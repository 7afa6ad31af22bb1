/**
 * What a statement's bytes must pass before any parser sees them, ours or the server's: no NUL (it would end the text unseen), valid
 * UTF-8 (a replaced byte would not be the byte forwarded), a length limit, and limits for runs of operator characters, in which both
 * scanners are quadratic and the server's cannot be stopped (STACK.md, PostgreSQL grammar, Time). Linear in the text.
 */

export interface TextLimits {
  /** Longest statement text, bytes. */
  readonly maxBytes: number
  /** Longest run of operator characters. */
  readonly maxOperatorRun: number
  /** Sum of the squares of the lengths of all runs: about 45 ns of parsing each. */
  readonly maxOperatorCost: number
}

/** 1 MiB parses in 0.1 s; the cost limit is some 45 ms; `-- ====` rulers of 80 characters cost 6,400 each. */
export const DEFAULT_TEXT_LIMITS: TextLimits = { maxBytes: 1_048_576, maxOperatorRun: 256, maxOperatorCost: 1_000_000 }

export type CheckedText =
  | { readonly kind: 'ok'; readonly text: string; /** See {@link TextLimits.maxOperatorCost}. */ readonly operatorCost: number }
  | {
    readonly kind: 'refused'
    readonly rule: 'length' | 'nul' | 'utf-8' | 'operator-run' | 'operator-cost'
    /** Literal-free. */
    readonly message: string
  }

/** @param bytes The text as it came off the wire, without its terminating NUL. */
export function checkText(bytes: Uint8Array, limits: TextLimits): CheckedText {
  if (bytes.length > limits.maxBytes) {
    return { kind: 'refused', rule: 'length', message: `statement of ${bytes.length} bytes, limit ${limits.maxBytes}` }
  }
  const nul = bytes.indexOf(0)
  if (nul !== -1) return { kind: 'refused', rule: 'nul', message: `statement holds a NUL at byte ${nul}` }
  const text = decodeUtf8(bytes)
  if (text === undefined) return { kind: 'refused', rule: 'utf-8', message: 'statement is not valid UTF-8' }
  const runs = measureOperatorRuns(text)
  if (runs.longest > limits.maxOperatorRun) {
    return { kind: 'refused', rule: 'operator-run', message: `${runs.longest} operator characters in a row, limit ${limits.maxOperatorRun}` }
  }
  if (runs.cost > limits.maxOperatorCost) {
    return { kind: 'refused', rule: 'operator-cost', message: `runs of operator characters cost ${runs.cost}, limit ${limits.maxOperatorCost}` }
  }
  return { kind: 'ok', text, operatorCost: runs.cost }
}

/** PostgreSQL, scan.l: `op_chars`, and those of `self` that can begin one. */
const OPERATOR_RUNS = /[~!@#^&|`?+\-*/%<>=]+/g

/** Runs inside strings and comments count too: telling them apart would take the very scanner that is being spared. */
export function measureOperatorRuns(text: string): { readonly longest: number; readonly cost: number } {
  let longest = 0
  let cost = 0
  for (const run of text.matchAll(OPERATOR_RUNS)) {
    const { length } = run[0]
    if (length > longest) longest = length
    cost += length * length
  }
  return { longest, cost }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined // WHATWG Encoding: the answer to invalid bytes
    throw error
  }
}
