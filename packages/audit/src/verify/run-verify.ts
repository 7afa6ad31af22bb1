/**
 * A verification as somebody asks for it on a command line: files and words in, a text and an exit status out. The `doorward` command and the
 * verifier that is carried as one file are both a thin layer over this.
 */
import { readFile } from 'node:fs/promises'
import { readContinuation } from './continuation.ts'
import { describeProofResult, describeResult, toPrintable } from './describe-result.ts'
import type { VerifyResult } from './finding.ts'
import type { HttpPorts } from './http-source.ts'
import { openInput } from './open-input.ts'
import { checkProof, type ProofResult } from './prove.ts'
import type { LogSource } from './source.ts'
import { verifyLog } from './verify-log.ts'

export interface VerifyRequest {
  /** A folder, a URL, a ZIP archive, or a proof. */
  readonly input: string
  /** A verifier key, or a file that holds one. */
  readonly key?: string | undefined
  /** A C2SP tlog-policy file. */
  readonly policy?: string | undefined
  /** A file with a checkpoint that was seen before. */
  readonly pin?: string | undefined
  readonly entries: 'doorward' | 'opaque'
  /** The log that this one goes on from: verified too, and that nothing is missing between them. */
  readonly continues?: string | undefined
  /** How old the last entry may be: 90s, 15m, 8h, 2d. */
  readonly fresh?: string | undefined
  readonly format: 'text' | 'json'
}

export interface VerifyPorts extends HttpPorts {
  readonly nowMs: () => number
}

export interface VerifyAnswer {
  /** 0 intact or included, 1 integrity, 2 quorum, 3 stale or rolled back, 4 incomplete, 5 usage. */
  readonly exitCode: VerifyResult['exitCode']
  /** Lines, without a final line end. */
  readonly text: string
}

/** Wrong use, or a source that cannot be read: nothing is known about the log then. */
const USAGE = 5

/** Never rejects. */
export async function runVerify(request: VerifyRequest, ports: VerifyPorts): Promise<VerifyAnswer> {
  try {
    return await run(request, ports)
  } catch (error) {
    if (error instanceof UsageError) return { exitCode: USAGE, text: error.message }
    const code = error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.name : 'unknown'
    return { exitCode: USAGE, text: `${toPrintable(request.input)} cannot be read (${code})` }
  }
}

class UsageError extends Error {}

async function run(request: VerifyRequest, ports: VerifyPorts): Promise<VerifyAnswer> {
  const verifierKey = request.key === undefined ? {} : { verifierKey: await readKey(request.key) }
  const policy = request.policy === undefined ? {} : { policy: await readInput(request.policy) }
  const pin = request.pin === undefined ? {} : { pin: await readInput(request.pin) }
  const fresh = request.fresh === undefined ? {} : { fresh: { nowMs: ports.nowMs(), maxAgeMs: parseAge(request.fresh) } }
  const input = await openInput(request.input, ports)
  switch (input.kind) {
    case 'malformed': throw new UsageError(`${toPrintable(request.input)}: ${input.reason}`)
    case 'proof': {
      const result = checkProof({ proof: input.bytes, ...verifierKey, ...policy })
      return { exitCode: result.exitCode, text: request.format === 'json' ? toJson(toPlain(result)) : describeProofResult(result, request.input) }
    }
    case 'log':
      try {
        const result = await verifyLog({ source: input.source, entries: request.entries, nowMs: ports.nowMs(), ...verifierKey, ...policy, ...pin, ...fresh })
        const answer: VerifyAnswer = { exitCode: result.exitCode, text: request.format === 'json' ? toJson(result) : describeResult(result, request.input) }
        if (request.continues === undefined || result.exitCode !== 0) return answer
        const before = await verifyBefore(input.source, request.continues, { format: request.format, ...policy }, ports)
        return { exitCode: before.exitCode, text: `${answer.text}\n${before.text}` }
      } finally {
        await input.close()
      }
  }
}

/** The log before this one. Its key is one of the policy's, or the one beside it: `key` is that of the log that goes on. */
async function verifyBefore(source: LogSource, path: string, options: { readonly policy?: Buffer; readonly format: VerifyRequest['format'] }, ports: VerifyPorts): Promise<VerifyAnswer> {
  const input = await openInput(path, ports)
  if (input.kind !== 'log') throw new UsageError(`${toPrintable(path)}: ${input.kind === 'malformed' ? input.reason : 'a proof, expected a log'}`)
  try {
    const continuation = await readContinuation(source, input.source)
    if (continuation.kind === 'broken') {
      const result = { kind: 'broken', exitCode: 1, message: continuation.why } as const
      return { exitCode: 1, text: options.format === 'json' ? toJson(result) : `NOT CONTINUED: ${continuation.why}` }
    }
    const result = await verifyLog({ source: input.source, entries: 'doorward', nowMs: ports.nowMs(), pin: continuation.pin, ...(options.policy === undefined ? {} : { policy: options.policy }) })
    return { exitCode: result.exitCode, text: options.format === 'json' ? toJson(result) : `continues: ${describeResult(result, path)}` }
  } finally {
    await input.close()
  }
}

/** A file that exists goes first; nobody names a file as a verifier key looks. */
async function readKey(text: string): Promise<string> {
  try {
    return await readFile(text, 'utf8')
  } catch (error) {
    if (text.includes('+')) return text
    throw toUsage(text, error)
  }
}

async function readInput(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw toUsage(file, error)
  }
}

function toUsage(file: string, error: unknown): UsageError {
  return new UsageError(`${toPrintable(file)} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`)
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([['s', 1_000], ['m', 60_000], ['h', 3_600_000], ['d', 86_400_000]])

function parseAge(text: string): number {
  const [, amount, unit] = /^([0-9]{1,9})([smhd])$/.exec(text) ?? []
  const unitMs = UNIT_MS.get(unit ?? '')
  if (unitMs === undefined) throw new UsageError('fresh: expected a number and a unit, such as 90s, 15m, 8h or 2d')
  return Number(amount) * unitMs
}

function toPlain(result: ProofResult): unknown {
  return result.kind === 'included' ? { ...result, entry: result.entry.toString('utf8') } : result
}

function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2)
}
