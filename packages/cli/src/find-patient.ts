/**
 * From a record number to a patient's id, asked through the gateway like any other question: decided by policy for whoever asks, and recorded. The
 * number is in no log, since the gateway redacts literals.
 */
import { classOf, type Classification } from '@doorward/core'
import type { CheckedConfig } from '@doorward/gateway'
import { CommandEnd, type CliIo } from './cli-io.ts'
import { requireConfig } from './config-option.ts'
import { quoteLiteral, quoteName } from './setup-postgres-sql.ts'
import { connectAs } from './sql-command.ts'
import { describeNotice } from './sql-shell.ts'
import { onlyResource } from './log-reading.ts'

export interface FindPatientOptions {
  readonly config: string
  readonly resource?: string
  readonly as?: string
  readonly purpose?: string
}

/** @returns the ids, as text; none is an error. */
export async function findPatientIds(mrn: string, options: FindPatientOptions, io: CliIo): Promise<readonly string[]> {
  const checked = requireConfig(options.config, io)
  const resource = options.resource ?? onlyResource(checked)
  if (resource === undefined) throw new CommandEnd(1, '--mrn: say which system: --resource NAME')
  const { table, patient, column } = findMrnColumn(checked, resource)
  const stop = new AbortController()
  const connection = await connectAs(checked, resource, { config: options.config, ...(options.as === undefined ? {} : { as: options.as }), ...(options.purpose === undefined ? {} : { purpose: options.purpose }) }, io, stop.signal)
  try {
    const dot = table.lastIndexOf('.')
    const answers = await connection.query(`select ${quoteName(patient)} from ${quoteName(table.slice(0, dot))}.${quoteName(table.slice(dot + 1))} where ${quoteName(column)} = ${quoteLiteral(mrn)}`, stop.signal)
    for (const answer of answers) if (answer.kind === 'error') throw new CommandEnd(1, `the gateway said no\n${describeNotice(answer.fields)}`)
    const ids = answers.flatMap((answer) => (answer.kind === 'rows' ? answer.rows.map(([id]) => id ?? '') : []))
    if (ids.length === 0) throw new CommandEnd(1, 'nobody has this record number')
    return [...new Set(ids)]
  } finally {
    connection.close()
  }
}

/** The first table whose rows are of patients and that holds record numbers; `*` cannot be asked. */
function findMrnColumn({ classifications }: CheckedConfig, resource: string): { readonly table: string; readonly patient: string; readonly column: string } {
  const classification: Classification | undefined = [...classifications].find(([name]) => name === resource)?.[1]
  if (classification === undefined) throw new CommandEnd(1, `no resource "${resource}" in the configuration`)
  for (const [table, { patient, columns }] of classification.tables) {
    const column = [...columns.keys()].find((name) => classOf(classification, table, name) === 'mrn')
    if (patient !== undefined && column !== undefined) return { table, patient, column }
  }
  throw new CommandEnd(1, `the classification of "${resource}" names no table with patients and their record numbers: use --id`)
}
