/** Writing evidence for the commands that do: the log is verified first, and what was found goes into the package whatever it is. */
import { readFileSync } from 'node:fs'
import { makePackage, openPackage, searchEvents, verifyLog, type Control, type EvidenceContext, type Section, type VerifyResult } from '@doorward/audit'
import { VERSION } from '@doorward/gateway'
import { writeLine, type CliIo } from './cli-io.ts'
import { readPolicyTexts, toGatewaySetup } from './gateway-setup.ts'
import type { LogReading } from './log-reading.ts'

/** In a package; each takes some 2 kB. */
export const DEFAULT_PROOFS = 500

export interface EvidenceRequest {
  readonly reading: LogReading
  readonly period: { readonly fromMs: number | undefined; readonly toMs: number | undefined }
  readonly title: string
  readonly control: Control | undefined
  readonly sections: readonly Section[]
  readonly target: string
}

/** Writes one package of sections that are made already. */
export async function writeEvidence(request: EvidenceRequest, io: CliIo): Promise<void> {
  const { reading, period, title, control, sections, target } = request
  const context = await toContext(reading, period, io)
  const output = await openPackage(target, io.now())
  const { entries, proofs, leftOut } = await makePackage(context, { ...toPackageFacts(reading, io), title, control, sections, maxProofs: DEFAULT_PROOFS }, output)
  await output.finish()
  writeLine(io.stderr, `${target}: ${entries} entries, ${proofs} proofs${leftOut === 0 ? '' : `, ${leftOut} entries left out`}`)
}

/** The whole log is verified for it. A period that nobody begins, begins with the log. */
export async function toContext(reading: LogReading, { fromMs, toMs }: EvidenceRequest['period'], io: CliIo): Promise<EvidenceContext> {
  const { index, reader, head, checked } = reading
  return {
    index, reader, head, fromMs: fromMs ?? searchEvents(index.database, { limit: 1 })[0]?.atMs ?? 0, toMs: toMs ?? io.now(), verified: await verify(reading, io),
    setup: checked === undefined ? undefined : toGatewaySetup(checked, io.now()),
  }
}

export function toPackageFacts(reading: LogReading, io: CliIo): { readonly source: LogReading['source']; readonly madeMs: number; readonly software: string; readonly policyFiles: ReadonlyMap<string, string>; readonly witnessPolicy: Buffer | undefined; readonly input: string } {
  const { source, checked, input } = reading
  return { source, madeMs: io.now(), software: VERSION, policyFiles: checked === undefined ? new Map() : readPolicyTexts(checked), witnessPolicy: readWitnessPolicy(reading), input }
}

function readWitnessPolicy({ checked }: LogReading): Buffer | undefined {
  const file = checked?.config.audit.witnesses?.policyFile
  return file === undefined ? undefined : readFileSync(file)
}

/** With the witnesses that the gateway has, where it has some; the log's own key stays trusted where the policy names none. */
function verify(reading: LogReading, io: CliIo): Promise<VerifyResult> {
  const policy = readWitnessPolicy(reading)
  return verifyLog({ source: reading.source, entries: 'doorward', nowMs: io.now(), ...(policy === undefined ? {} : { policy }) })
}
