/** `audit:` of doorward.yaml: where the log lies, what it is called, who signs it and who witnesses it. */
import { readDuration, readFields, readText, readTexts, requireKeys, shown, suggestion, type Fields, type YamlNode } from '@doorward/policy'
import type { AuditConfig, WitnessConfig } from './config.ts'
import type { ConfigReading } from './reading.ts'

/** Kinds of entries that may wait for witnesses: rare ones, whose absence an attacker would want most. */
const WITNESSED_KINDS = ['audit.start', 'config.policy', 'break-glass'] as const
/** Where nothing else is said: whoever breaks the glass waits for no witness unless somebody wants it. */
const DEFAULT_WITNESSED = ['audit.start', 'config.policy'] as const
/** Two witnesses across an ocean answer in a second; a head every ten of them is a few hundred bytes. */
const DEFAULT_WITNESS_TIMES = { everyMs: 10_000, timeoutMs: 30_000 } as const

/** @returns undefined, with a problem, when a part that is needed is missing or wrong. */
export function readAudit(node: YamlNode | undefined, reading: ConfigReading): AuditConfig | undefined {
  const { problems } = reading
  const fields = node === undefined ? undefined : readFields(node, 'audit', ['dir', 'origin', 'key', 'signer', 'continues', 'witnesses'], problems)
  if (node === undefined || fields === undefined) return undefined
  requireKeys(fields, node.at, 'audit', ['dir', 'origin'], problems)
  const dir = readPath(fields, 'dir', reading)
  const origin = readOrigin(fields, reading)
  const signerEntry = fields.get('signer')
  if (signerEntry !== undefined && fields.has('key')) problems.error(signerEntry.keyAt, 'audit: expected key or signer, found both')
  const keyFile = readPath(fields, 'key', reading)
  const signer = signerEntry === undefined ? undefined : readSigner(signerEntry.value, reading)
  const continues = readContinues(fields.get('continues')?.value, reading)
  const witnesses = readWitnesses(fields.get('witnesses')?.value, reading)
  return dir === undefined || origin === undefined ? undefined : { dir, origin, keyFile, signer, continues, witnesses }
}

function readPath(fields: Fields, key: string, reading: ConfigReading): string | undefined {
  const entry = fields.get(key)
  return entry === undefined ? undefined : reading.path(entry.value, key)
}

function readOrigin(fields: Fields, reading: ConfigReading): string | undefined {
  const entry = fields.get('origin')
  const origin = entry === undefined ? undefined : readText(entry.value, 'origin', reading.problems)
  if (entry === undefined || origin === undefined || isOrigin(origin)) return origin
  reading.problems.error(entry.value.at, `origin: expected a URL without scheme, such as doorward.example.org/audit/node-1, found "${shown(origin)}"`)
  return undefined
}

/** C2SP tlog-checkpoint, Origin, and signed-note, Format: a line without spaces or plus, unique to the log; a URL without scheme. */
function isOrigin(origin: string): boolean {
  return origin.length <= 255 && /^[!-~]+$/.test(origin) && !origin.includes('+') && !origin.includes('://')
}

function readSigner(node: YamlNode, reading: ConfigReading): AuditConfig['signer'] {
  const fields = readFields(node, 'signer', ['socket', 'command'], reading.problems)
  if (fields === undefined) return undefined
  const socket = readPath(fields, 'socket', reading)
  const commandEntry = fields.get('command')
  if ((socket === undefined) === (commandEntry === undefined)) {
    reading.problems.error(node.at, 'signer: expected socket or command')
    return undefined
  }
  if (socket !== undefined) return { kind: 'socket', path: socket }
  const words = commandEntry === undefined ? undefined : readTexts(commandEntry.value, 'command', reading.problems)
  const [program, ...args] = words?.map(({ value }) => value) ?? []
  return program === undefined ? undefined : { kind: 'command', program, args }
}

function readContinues(node: YamlNode | undefined, reading: ConfigReading): AuditConfig['continues'] {
  const fields = node === undefined ? undefined : readFields(node, 'continues', ['dir', 'key'], reading.problems)
  if (node === undefined || fields === undefined) return undefined
  requireKeys(fields, node.at, 'continues', ['dir', 'key'], reading.problems)
  const dir = readPath(fields, 'dir', reading)
  const keyEntry = fields.get('key')
  const keyFile = keyEntry === undefined ? undefined : reading.file(keyEntry.value, 'continues key')
  return dir === undefined || keyFile === undefined ? undefined : { dir, keyFile }
}

function readWitnesses(node: YamlNode | undefined, reading: ConfigReading): WitnessConfig | undefined {
  const { problems } = reading
  const fields = node === undefined ? undefined : readFields(node, 'witnesses', ['policy', 'require', 'every', 'timeout'], problems)
  if (node === undefined || fields === undefined) return undefined
  requireKeys(fields, node.at, 'witnesses', ['policy'], problems)
  const policyEntry = fields.get('policy')
  const policyFile = policyEntry === undefined ? undefined : reading.file(policyEntry.value, 'witness policy')
  const every = fields.get('every')
  const timeout = fields.get('timeout')
  const everyMs = (every === undefined ? undefined : readDuration(every.value, 'every', 1_000, 3_600_000, problems)) ?? DEFAULT_WITNESS_TIMES.everyMs
  const timeoutMs = (timeout === undefined ? undefined : readDuration(timeout.value, 'timeout', 1_000, 300_000, problems)) ?? DEFAULT_WITNESS_TIMES.timeoutMs
  const kinds = readKinds(fields.get('require')?.value, reading)
  return policyFile === undefined ? undefined : { policyFile, kinds, everyMs, timeoutMs }
}

function readKinds(node: YamlNode | undefined, { problems }: ConfigReading): WitnessConfig['kinds'] {
  if (node === undefined) return DEFAULT_WITNESSED
  return (readTexts(node, 'require', problems) ?? []).flatMap(({ value, at }) => {
    const kind = WITNESSED_KINDS.find((known) => known === value)
    if (kind === undefined) problems.error(at, `require: expected ${WITNESSED_KINDS.slice(0, -1).join(', ')} or ${WITNESSED_KINDS.at(-1)}, found "${shown(value)}"${suggestion(value, WITNESSED_KINDS)}`)
    return kind === undefined ? [] : [kind]
  })
}
