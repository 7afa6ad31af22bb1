/** Much data through one statement: rows in text and binary, COPY both ways. Memory is watched. */
import { WHOLE_SIDES, type SideName } from '../sides/side.ts'
import { COLUMNS, type Row, type Scale } from './row.ts'

const READ_SIDES: readonly SideName[] = [...WHOLE_SIDES.filter((name) => name !== 'doorward-ram'), 'without-masks']

export function bulkRows(scale: Scale): readonly Row[] {
  const sizes = [scale.patients / 2, scale.patients]
  return [
    ...sizes.flatMap((rows) => (['simple', 'binary'] as const).map((protocol): Row => ({
      name: `rows-${sizeName(rows)}-${protocol === 'simple' ? 'text' : 'binary'}`, title: `${rows.toLocaleString('en')} rows of 10 columns, 5 masked, ${protocol === 'simple' ? 'text' : 'binary'}`,
      unit: 'rows', needs: 'nothing', sides: rows === scale.patients ? READ_SIDES : READ_SIDES.filter((name) => name !== 'without-masks'), latencyOf: undefined, watch: 'memory',
      run: (side, tools) => tools.load({ kind: 'queries', target: side.target, sql: `select ${COLUMNS} from clinic.patients where id <= ${rows}`, protocol, clients: 1, seconds: 600, times: 1 }),
    }))),
    {
      name: 'copy-out', title: `COPY out of ${scale.patients.toLocaleString('en')} rows, 5 of 10 columns masked`, unit: 'rows', needs: 'nothing', sides: READ_SIDES, latencyOf: undefined, watch: 'memory',
      run: (side, tools) => tools.load({ kind: 'queries', target: side.target, sql: `copy clinic.patients (${COLUMNS}) to stdout`, protocol: 'simple', clients: 1, seconds: 600, times: 1 }),
    },
    {
      name: 'copy-in', title: `COPY in of ${scale.patients.toLocaleString('en')} rows`, unit: 'rows', needs: 'nothing', sides: WHOLE_SIDES.filter((name) => name !== 'doorward-ram'), latencyOf: undefined, watch: 'memory',
      async run(side, tools) {
        const owner = await tools.database.connectAsOwner()
        await owner.query('truncate clinic.imports')
        await owner.close()
        return tools.load({ kind: 'copy-in', target: side.target, sql: 'copy clinic.imports (id, patient_id, kind, minutes) from stdin', rows: scale.patients })
      },
    },
  ]
}

function sizeName(rows: number): string { return rows >= 1_000_000 ? `${rows / 1_000_000}m` : `${rows / 1_000}k` }
