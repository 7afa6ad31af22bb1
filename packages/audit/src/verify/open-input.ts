/** What somebody names on a command line to have it verified: a folder, a URL, a ZIP archive, or a proof. */
import { open, stat } from 'node:fs/promises'
import { malformed, type Malformed } from '../format/malformed.ts'
import { httpSource, type HttpPorts } from './http-source.ts'
import { directorySource, type LogSource } from './source.ts'
import { toRandomAccess, zipSource } from './zip-source.ts'

export type Input =
  /** `close` when it has been read. */
  | { readonly kind: 'log'; readonly source: LogSource; close(): Promise<void> }
  | { readonly kind: 'proof'; readonly bytes: Buffer }

const ZIP_BEGINS = 'PK'
const PROOF_BEGINS = 'c2sp.org/tlog-proof@'
/** A proof is at most 64 hashes, a note and an entry in base64. */
const MAX_PROOF_BYTES = 2_000_000

/** @throws the system's errors of a file that is there and cannot be read. */
export async function openInput(text: string, ports: HttpPorts): Promise<Input | Malformed> {
  const closeNothing = (): Promise<void> => Promise.resolve()
  if (/^https?:\/\//i.test(text)) {
    return URL.canParse(text) ? { kind: 'log', source: httpSource(text, ports), close: closeNothing } : malformed('not a URL')
  }
  const stats = await stat(text).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw error
  })
  if (stats === undefined) return malformed('no such file or folder')
  return stats.isDirectory() ? { kind: 'log', source: directorySource(text), close: closeNothing } : openFile(text, stats.size)
}

async function openFile(path: string, bytes: number): Promise<Input | Malformed> {
  const file = await open(path, 'r')
  const access = toRandomAccess(file, bytes)
  const begins = (await access.read(0, PROOF_BEGINS.length)).toString('latin1')
  if (begins === PROOF_BEGINS && bytes <= MAX_PROOF_BYTES) {
    const proof = await access.read(0, bytes)
    await file.close()
    return { kind: 'proof', bytes: proof }
  }
  const source = begins.startsWith(ZIP_BEGINS) ? await zipSource(access) : malformed('neither a folder, nor a ZIP archive, nor a proof')
  if ('kind' in source) {
    await file.close()
    return source
  }
  return { kind: 'log', source, close: () => file.close() }
}
