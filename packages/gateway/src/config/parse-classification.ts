/**
 * A resource's classification file: what is PHI, and whose. A column that is not there is `unclassified`, which is PHI unless the file
 * says otherwise; so a file that says too little masks too much, never the reverse.
 */
import { createHash } from 'node:crypto'
import { isPhiClass, PHI_CLASSES, type Classification, type PhiClass, type TableClassification } from '@doorward/core'
import {
  checkVersion, found, Problems, readFields, readMapping, readText, readYaml, requireKeys, shown, suggestion, type ConfigProblem, type YamlNode,
} from '@doorward/policy'

/** The classification with what is doubtful about it, or every problem. */
export type ParsedClassification =
  | { readonly kind: 'parsed'; readonly classification: Classification; readonly warnings: readonly ConfigProblem[] }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] }

/** @param path Only for problems; the version is the digest of the text alone. Never throws. */
export function parseClassification(path: string, text: string): ParsedClassification {
  const problems = new Problems(path)
  const root = readYaml(text, problems)
  const fields = root === undefined ? undefined : readFields(root, 'classification', ['version', 'unclassified', 'tables'], problems)
  if (root === undefined || fields === undefined) return { kind: 'invalid', problems: problems.list() }
  checkVersion(fields, root.at, problems)
  requireKeys(fields, root.at, 'classification', ['tables'], problems)
  const restEntry = fields.get('unclassified')
  const unclassified = (restEntry === undefined ? undefined : readClass(restEntry.value, 'unclassified', problems)) ?? 'phi'
  if (restEntry !== undefined && unclassified === 'none') problems.warn(restEntry.value.at, 'unclassified: columns that nobody classified will be shown in clear')
  const tables = new Map<string, TableClassification>()
  const tablesEntry = fields.get('tables')
  for (const [name, entry] of (tablesEntry === undefined ? undefined : readMapping(tablesEntry.value, 'tables', problems)) ?? []) {
    if (!/^[^.]+\.[^]+$/.test(name)) problems.error(entry.keyAt, `tables: expected schema.table, found "${shown(name)}"`)
    const table = readTable(name, entry.value, problems)
    if (table !== undefined) tables.set(name, table)
  }
  if (problems.errorCount > 0) return { kind: 'invalid', problems: problems.list() }
  const version = createHash('sha256').update(text, 'utf8').digest('hex')
  return { kind: 'parsed', classification: { unclassified, tables, version }, warnings: problems.list() }
}

function readTable(name: string, node: YamlNode, problems: Problems): TableClassification | undefined {
  const what = `table ${shown(name)}`
  const fields = readFields(node, what, ['patient', 'columns'], problems)
  if (fields === undefined) return undefined
  requireKeys(fields, node.at, what, ['columns'], problems)
  const columns = new Map<string, PhiClass>()
  let rest: PhiClass | undefined
  const columnsEntry = fields.get('columns')
  for (const [column, entry] of (columnsEntry === undefined ? undefined : readMapping(columnsEntry.value, `columns of ${shown(name)}`, problems)) ?? []) {
    const phiClass = readClass(entry.value, `${shown(name)}.${shown(column)}`, problems)
    if (phiClass === undefined) continue
    if (column === '*') rest = phiClass
    else columns.set(column, phiClass)
  }
  const patientEntry = fields.get('patient')
  const patient = patientEntry === undefined ? undefined : readText(patientEntry.value, 'patient', problems)
  if (patientEntry !== undefined && patient !== undefined && !columns.has(patient) && rest === undefined) {
    problems.warn(patientEntry.value.at, `patient: column "${shown(patient)}" is not among the columns${suggestion(patient, columns.keys())}`)
  }
  return { patient, columns, rest }
}

function readClass(node: YamlNode, what: string, problems: Problems): PhiClass | undefined {
  if (node.kind === 'text' && isPhiClass(node.text)) return node.text
  if (node.kind === 'text' && node.text !== '') problems.error(node.at, `${what}: no class "${shown(node.text)}"${suggestion(node.text, PHI_CLASSES)}`)
  else problems.error(node.at, `${what}: expected a class, found ${found(node)}`)
  return undefined
}
