/** The names that a statement's text may mean something by. More than it needs: keywords and aliases are among them. */

/** With more, a text is not looked at by its names. */
const MAX_NAMES = 500
/** NAMEDATALEN - 1: the server keeps so many bytes of a name. */
const NAME_BYTES = 63

/** @returns undefined: there are too many, or some are written in a way that is not read here. */
export function namedIn(text: string): readonly string[] | undefined {
  if (/[uU]&"/.test(text)) return undefined
  const names = new Set<string>()
  for (const [word, quoted] of text.matchAll(/"((?:[^"]|"")+)"|[\p{L}_][\p{L}\p{M}\p{N}_$]*/gu)) {
    const name = quoted === undefined ? word.toLowerCase() : quoted.replaceAll('""', '"')
    names.add(cutToBytes(name))
    // What the server folds depends on its encoding: both spellings.
    if (quoted === undefined) names.add(cutToBytes(word))
    if (names.size > MAX_NAMES) return undefined
  }
  return [...names]
}

function cutToBytes(name: string): string {
  const bytes = Buffer.from(name, 'utf8')
  if (bytes.length <= NAME_BYTES) return name
  let end = NAME_BYTES
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}
