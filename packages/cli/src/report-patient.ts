/**
 * `doorward report patient`: every access to one patient's data, the accounting of disclosures of 45 CFR 164.528. The log knows patients by keyed digests:
 * from an id the digest is computed with the gateway's key; from a record number the id is first asked for, through the gateway, as whoever asks.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { reportPatient, toAccessSection, toViewSection, type AccessReport, type Section } from '@doorward/audit'
import { Sensitive } from '@doorward/core'
import { patientDigest, type CheckedConfig } from '@doorward/gateway'
import type { Command } from 'commander'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'
import { writeEvidence } from './evidence-output.ts'
import { onlyResource, parsePeriod, readLog, tellSource, withLogOptions, withPeriodOptions, type LogReadingOptions, type PeriodOptions } from './log-reading.ts'
import { findPatientIds } from './find-patient.ts'
import { writeSections } from './section-text.ts'

interface PatientOptions extends LogReadingOptions, PeriodOptions {
  readonly digest?: string
  readonly id?: string
  readonly mrn?: string
  readonly resource?: string
  readonly as?: string
  readonly purpose?: string
  readonly out?: string
  readonly json?: boolean
}

/** The key that the gateway's digests are made with; kept with its state. */
const DIGEST_KEY_FILE = 'token.key'

export function addPatientReport(report: Command, io: CliIo): void {
  withPeriodOptions(withLogOptions(report.command('patient')))
    .description('every access to one patient\'s data: when, by whom, what, why')
    .option('--digest <digest>', 'the patient, as the log has it')
    .option('--id <id>', 'the patient\'s id in the protected system')
    .option('--mrn <number>', 'the patient\'s record number: the gateway is asked for the id, as you, and records that')
    .option('--resource <name>', 'the protected system; default: the only one')
    .option('--as <name>', 'with --mrn: ask as this local principal')
    .option('--purpose <code>', 'with --mrn: the purpose to state')
    .option('--out <target>', 'write it with entries, proofs and verifier: a folder, or a file ending in .zip')
    .option('--json', 'print it as JSON')
    .action(async (options: PatientOptions) => {
      if ([options.digest, options.id, options.mrn].filter((one) => one !== undefined).length !== 1) throw new CommandEnd(1, 'report patient: expected one of --digest, --id and --mrn')
      const patients = options.mrn === undefined ? undefined : await findPatientIds(options.mrn, options, io)
      await readLog(options, io, async (reading) => {
        const digest = options.digest ?? toDigest(patients ?? [options.id ?? ''], options.resource, reading.checked)
        if (!/^[0-9a-f]{32}$/.test(digest)) throw new CommandEnd(1, '--digest: expected 32 hexadecimal digits')
        const period = parsePeriod(options)
        const found = await reportPatient(reading.index, reading.reader, { patient: digest, resource: options.resource ?? onlyResource(reading.checked), ...period })
        const sections = toSections(digest, found)
        if (options.json === true) writeLine(io.stdout, JSON.stringify({ patient: digest, ...found }, undefined, 1))
        else writeSections(sections, io)
        if (options.out !== undefined) await writeEvidence({ reading, period, title: `Accesses to the data of patient ${digest}`, control: undefined, sections, target: options.out }, io)
        tellSource(reading, io)
      })
    })
}

function toSections(digest: string, { accesses, uncertain, views }: AccessReport): readonly Section[] {
  return [
    toAccessSection('E-DS-1', `Accesses to the data of patient ${digest}`, ['Each line is a statement that touched this patient\'s data, because its answer held it, or because it named this patient and found or wrote something: when, by whom, for what purpose, what, and in which form. Whether it was a disclosure, and to whom it went on, is for the covered entity to say.'], accesses),
    toAccessSection('E-DS-2', 'Accesses that may have included this patient', ['Statements on the same system that touched patients and do not say whom, or not all of them. None of them is known to have touched this one.'], uncertain),
    toViewSection('E-DS-3', 'Looks at recordings of sessions that touched this patient', ['Whoever looked at one may have seen this patient\'s data in the form in which the session had it.'], views),
  ]
}

function toDigest(ids: readonly string[], resource: string | undefined, checked: CheckedConfig | undefined): string {
  if (checked === undefined) throw new CommandEnd(1, 'without the gateway\'s configuration a patient can only be named by --digest')
  const name = resource ?? onlyResource(checked)
  if (name === undefined) throw new CommandEnd(1, `say which system: --resource ${[...checked.config.resources.keys()].join(', --resource ')}`)
  const [id, ...others] = ids
  if (id === undefined || others.length > 0) throw new CommandEnd(1, `${ids.length} patients have this record number`)
  return patientDigest(readKey(join(checked.config.stateDir, DIGEST_KEY_FILE)), name, id)
}

function readKey(file: string): Sensitive<Buffer> {
  let text
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new CommandEnd(1, `the key of patients' digests cannot be read (${cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'}): run this where the gateway's state is`)
  }
  if (!/^[0-9a-f]{64}$/.test(text)) throw new CommandEnd(1, 'the key of patients\' digests is malformed')
  return new Sensitive(Buffer.from(text, 'hex'))
}
