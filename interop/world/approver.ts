/** Olga: says yes to whatever waits at a gateway, a moment after it was asked, over the admin API like anybody else. */
import type { Sensitive } from '@doorward/core'

const LOOK_EVERY_MS = 200

/** @returns what ends it, and waits for what it is doing. */
export function startApprover(consolePort: number, secret: Sensitive<string>): () => Promise<void> {
  const stop = new AbortController()
  const authorization = `Basic ${Buffer.from(`olga:${secret.reveal()}`).toString('base64')}`
  const call = async (method: 'GET' | 'POST', path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${consolePort}/api/v1${path}`, { method, headers: { authorization, 'content-type': 'application/json' }, ...(method === 'POST' ? { body: '{}' } : {}), signal: stop.signal })
    return response.json()
  }
  const running = (async () => {
    while (!stop.signal.aborted) {
      const answer = await call('GET', '/approvals')
      const { approvals = [] } = answer as { readonly approvals?: readonly { readonly id: string; readonly mayAnswer: boolean }[] }
      for (const { id, mayAnswer } of approvals) if (mayAnswer) await call('POST', `/approvals/${id}/approve`)
      await new Promise<void>((resolve) => { setTimeout(resolve, LOOK_EVERY_MS).unref() })
    }
  })().catch((error: unknown) => { if (!stop.signal.aborted) throw error })
  return async () => {
    stop.abort()
    await running
  }
}
