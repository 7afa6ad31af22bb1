/** The OpenID provider of the tests, from outside: started, asked for tokens over its own endpoint, given new keys, killed. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Sensitive } from '@doorward/core'
import { findFreePort } from '@doorward/testkit'

export interface TokenWish {
  readonly account: string
  readonly groups?: readonly string[]
  readonly act?: unknown
  readonly amr?: readonly string[]
  readonly name?: string
  readonly expires?: number
  /** The audience. */
  readonly resource?: string
}

export interface TestProvider {
  readonly issuer: string
  tokenFor(wish: TokenWish): Promise<Sensitive<string>>
  /** A new signing key; the old one is withdrawn, or kept beside it. */
  rotate(old: 'withdrawn' | 'kept'): Promise<void>
  stop(): Promise<void>
}

export async function startProvider(wantedPort?: number): Promise<TestProvider> {
  const port = wantedPort ?? await findFreePort()
  const child = spawn(process.execPath, [join(import.meta.dirname, 'oidc-provider-process.mjs'), String(port)], { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] })
  await ready(child)
  const issuer = `http://127.0.0.1:${port}`
  return {
    issuer,
    tokenFor: async ({ account, groups, act, amr, name, expires, resource }) => {
      const form = new URLSearchParams({ grant_type: 'urn:test:account', client_id: 'test', client_secret: 'test-secret-of-the-test', account })
      for (const [key, value] of Object.entries({ groups, act, amr })) if (value !== undefined) form.set(key, JSON.stringify(value))
      for (const [key, value] of Object.entries({ name, expires, resource })) if (value !== undefined) form.set(key, String(value))
      const response = await fetch(`${issuer}/token`, { method: 'POST', body: form })
      const body: unknown = await response.json()
      if (typeof body !== 'object' || body === null || !('access_token' in body) || typeof body.access_token !== 'string') throw new Error(`the provider gave no token: ${JSON.stringify(body)}`)
      return new Sensitive(body.access_token)
    },
    rotate: async (old) => { await (await fetch(`${issuer}/test/rotate${old === 'kept' ? '?keep' : ''}`, { method: 'POST' })).text() },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => { if (chunk.toString().includes('ready')) resolve() })
    child.once('exit', (code) => { reject(new Error(`the provider ended with ${code ?? 'a signal'}`)) })
  })
}
