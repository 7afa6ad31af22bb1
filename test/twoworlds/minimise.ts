/**
 * Makes a statement smaller while it still shows a difference: delta debugging over tokens, parentheses kept in pairs. Knows nothing of SQL:
 * a text that no longer parses fails alike in both worlds and is not kept. Source: A. Zeller, R. Hildebrandt, "Simplifying and Isolating
 * Failure-Inducing Input", IEEE TSE 28(2), 2002.
 */

/** Trials are statements in both worlds, a few milliseconds each. */
const MAX_TRIALS = 600

/** @param stillDiffers Tries a text. @returns the smallest found. */
export async function minimise(statement: string, stillDiffers: (text: string) => Promise<boolean>): Promise<string> {
  let tokens = tokensOf(statement)
  let trials = 0
  const holds = async (candidate: readonly string[]): Promise<boolean> => {
    if (trials >= MAX_TRIALS || candidate.length === 0) return false
    trials += 1
    return stillDiffers(candidate.join(''))
  }
  for (let size = Math.ceil(tokens.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let again = true; again;) {
      again = false
      for (let at = 0; at < tokens.length; at += Math.max(1, size >> 1)) {
        const without = [...tokens.slice(0, at), ...tokens.slice(at + size)]
        if (!isBalanced(without) || !(await holds(without))) continue
        tokens = without
        again = true
      }
      if (trials >= MAX_TRIALS) return tokens.join('').trim()
    }
  }
  // A whole group gives way to NULL, or to what is in it.
  for (let at = 0; at < tokens.length; at += 1) {
    if (tokens[at] !== '(') continue
    const end = closing(tokens, at)
    if (end === undefined) continue
    for (const instead of [['null'], ['(', 'null', ')'], tokens.slice(at + 1, end)]) {
      const candidate = [...tokens.slice(0, at), ...instead, ...tokens.slice(end + 1)]
      if (candidate.join('').length < tokens.join('').length && await holds(candidate)) { tokens = candidate; break }
    }
  }
  return tokens.join('').trim()
}

/** Words, numbers, quoted texts, operators; white space goes with the token before it. */
export function tokensOf(statement: string): readonly string[] {
  return statement.match(/(?:\x01|\$\$[\s\S]*?\$\$|[eEbBxX]?'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\d+|[A-Za-z_][\w$]*(?:\.[A-Za-z_*][\w$]*)*|\d+(?:\.\d+)?|::|[-+*/<>=~!@#%^&|`?]+|[\s\S])\s*/g)?.map((token) => (/^[()]\s*$/.test(token) ? token.trim() : token)) ?? []
}

function isBalanced(tokens: readonly string[]): boolean {
  let depth = 0
  for (const token of tokens) {
    if (token === '(') depth += 1
    if (token === ')') depth -= 1
    if (depth < 0) return false
  }
  return depth === 0
}

function closing(tokens: readonly string[], from: number): number | undefined {
  let depth = 0
  for (let at = from; at < tokens.length; at += 1) {
    if (tokens[at] === '(') depth += 1
    if (tokens[at] === ')') { depth -= 1; if (depth === 0) return at }
  }
  return undefined
}
