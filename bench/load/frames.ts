/** What the load sends, by the gateway's own encoder. */
import { encodeFrontend } from '@doorward/gateway'

export function query(sql: string): Buffer { return encodeFrontend({ kind: 'query', sql: Buffer.from(sql) }) }

const SYNC = encodeFrontend({ kind: 'sync' })

/** Parse, Bind, Describe, Execute, Sync of an unnamed statement. */
export function extended(sql: string, format: 0 | 1): Buffer {
  return Buffer.concat([
    encodeFrontend({ kind: 'parse', statement: '', sql: Buffer.from(sql), parameterTypes: [] }),
    encodeFrontend({ kind: 'bind', portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [format] }),
    encodeFrontend({ kind: 'describe', target: 'portal', name: '' }), encodeFrontend({ kind: 'execute', portal: '', maxRows: 0 }), SYNC,
  ])
}

export function prepare(name: string, sql: string): Buffer {
  return Buffer.concat([encodeFrontend({ kind: 'parse', statement: name, sql: Buffer.from(sql), parameterTypes: [] }), SYNC])
}

/** Bind and Execute of a prepared statement, once per parameter, under one Sync. */
export function executeMany(name: string, parameters: readonly string[]): Buffer {
  const frames: Buffer[] = []
  for (const parameter of parameters) {
    frames.push(
      encodeFrontend({ kind: 'bind', portal: '', statement: name, parameterFormats: [], parameters: [Buffer.from(parameter)], resultFormats: [] }),
      encodeFrontend({ kind: 'execute', portal: '', maxRows: 0 }),
    )
  }
  frames.push(SYNC)
  return Buffer.concat(frames)
}

export function copyData(data: Buffer): Buffer { return encodeFrontend({ kind: 'copyData', data }) }
export function copyDone(): Buffer { return encodeFrontend({ kind: 'copyDone' }) }
