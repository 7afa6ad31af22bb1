/**
 * A log behind a URL: whatever serves its files, such as a bucket or a web server in front of a copy. Nothing of what arrives is trusted, so
 * neither is the way it came; http is as good as https here.
 */
import { SourceError, type LogSource } from './source.ts'

/** The network and time, bound by whoever starts the process. */
export interface HttpPorts {
  /** As the platform's own fetch. */
  readonly fetch: (url: string, init: { readonly signal: AbortSignal }) => Promise<Response>
  readonly wait: (delayMs: number) => Promise<void>
}

/** A full bundle has 16.8 MB (C2SP tlog-tiles). */
const MAX_FILE_BYTES = 32 * 1024 * 1024
const REQUEST_MS = 30_000
/** Between tries of a server that is busy or restarting. */
const RETRY_MS = [250, 1_000, 4_000] as const
/** Missing; 403 is what an S3 bucket answers to whoever may read and not list. */
const MISSING: ReadonlySet<number> = new Set([403, 404, 410])
const BUSY: ReadonlySet<number> = new Set([429, 500, 502, 503, 504])

/**
 * @param base the log's root, with or without a final slash; what follows a question mark is kept.
 * @returns a source whose methods reject with {@link SourceError}, or with what fetch rejects with.
 */
export function httpSource(base: string, ports: HttpPorts): LogSource {
  const root = new URL(base)
  if (!root.pathname.endsWith('/')) root.pathname += '/'
  return {
    async read(path) {
      const url = new URL(root)
      url.pathname += path
      for (const delayMs of RETRY_MS) {
        const answer = await tryGet(url.href, ports)
        if (answer.kind !== 'busy') return answer.bytes
        await ports.wait(delayMs)
      }
      const last = await tryGet(url.href, ports)
      if (last.kind === 'busy') throw last.error
      return last.bytes
    },
    list: () => Promise.resolve(undefined),
  }
}

type Answer = { readonly kind: 'answer'; readonly bytes: Buffer | undefined } | { readonly kind: 'busy'; readonly error: unknown }

async function tryGet(url: string, ports: HttpPorts): Promise<Answer> {
  let response: Response
  try {
    response = await ports.fetch(url, { signal: AbortSignal.timeout(REQUEST_MS) })
    if (response.ok) return { kind: 'answer', bytes: await readBody(response) }
    await response.body?.cancel()
  } catch (error) {
    if (error instanceof SourceError) throw error
    return { kind: 'busy', error }
  }
  if (MISSING.has(response.status)) return { kind: 'answer', bytes: undefined }
  const error = new SourceError(`HTTP ${response.status}`)
  if (BUSY.has(response.status)) return { kind: 'busy', error }
  throw error
}

async function readBody(response: Response): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let bytes = 0
  const reader = response.body?.getReader()
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    bytes += part.value.length
    if (bytes > MAX_FILE_BYTES) {
      await reader?.cancel()
      throw new SourceError('too-large')
    }
    parts.push(part.value)
  }
  return Buffer.concat(parts)
}
