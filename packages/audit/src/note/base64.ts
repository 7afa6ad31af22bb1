/** Standard base64 with padding, RFC 4648 §4, one text per value: a second spelling of the same bytes is refused. */
export function parseBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64') // lenient: skips what it does not know
  return bytes.toString('base64') === text ? bytes : undefined
}
