/** The bypass corpus as this package's tests use it: statements, schema, classification. Its data and its runner are not needed here. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isPhiClass, type Classification, type PhiClass, type TableClassification } from '@doorward/core'

const ROOT = fileURLToPath(new URL('../../../../../corpus/', import.meta.url))

export const corpusIsThere = (): boolean => existsSync(`${ROOT}clinic.sql`)
export const corpusSchema = (): string => readFileSync(`${ROOT}clinic.sql`, 'utf8')

export interface CorpusVector {
  readonly id: string
  readonly principal: string
  /** Statements of its steps; those with placeholders for values are left out. */
  readonly statements: readonly string[]
  readonly needs: readonly string[]
}

export function corpusVectors(family: string): readonly CorpusVector[] {
  return readFileSync(`${ROOT}vectors/${family}.jsonl`, 'utf8').trim().split('\n').map(line => {
    const vector = JSON.parse(line) as { id: string; principal: string; needs?: readonly string[]; setup?: readonly string[]; steps: readonly { sql?: string }[] } // the corpus' own format
    const statements = vector.setup === undefined ? vector.steps.flatMap(({ sql }) => (sql === undefined || sql.includes('{{') ? [] : [sql])) : []
    return { id: vector.id, principal: vector.principal, needs: [vector.needs ?? []].flat(), statements }
  })
}

/** The classification file is plain enough for two regular expressions: this package has no YAML reader. */
export function corpusClassification(): Classification {
  const text = readFileSync(`${ROOT}clinic.phi.yaml`, 'utf8')
  const tables = new Map<string, TableClassification>()
  for (const [, table = '', body = ''] of text.matchAll(/^ {2}([a-z_0-9.]+):((?:.|\n(?! {2}[a-z]))*)/gm)) {
    const columns = new Map<string, PhiClass>()
    for (const [, column = '', phiClass = ''] of (/columns: \{([^}]*)\}/.exec(body)?.[1] ?? '').matchAll(/'?([a-z_*]+)'?: ([a-z0-9-]+)/g)) {
      if (isPhiClass(phiClass)) columns.set(column, phiClass)
    }
    const rest = columns.get('*')
    columns.delete('*')
    tables.set(table, { patient: undefined, columns, rest })
  }
  return { unclassified: 'phi', tables, version: 'corpus' }
}
