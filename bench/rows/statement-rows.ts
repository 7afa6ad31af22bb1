/** Short statements: what most of a database's traffic is. */
import { PARTIAL_SIDES, WHOLE_SIDES, type SideName } from '../sides/side.ts'
import { COLUMNS, type Row, type Scale } from './row.ts'

/** Two columns as they are, two masked; a new patient each time. */
function pointSelect(patients: number): string {
  return `\\set id random(1, ${patients})\nselect id, last_name, dob, ward from clinic.patients where id = :id;\n`
}

export function statementRows(scale: Scale): readonly Row[] {
  return [
    ...(['simple', 'prepared'] as const).flatMap((mode) => scale.clientCounts.map((clients) => pointRow(mode, clients, scale))),
    {
      name: 'hundred-rows', title: '100 rows of 10 columns, 5 masked, 8 clients', unit: 'rows', needs: 'nothing', sides: WHOLE_SIDES, latencyOf: 'statement', watch: 'nothing',
      run: (side, tools) => tools.load({ kind: 'queries', target: side.target, sql: `select ${COLUMNS} from clinic.patients where id <= 100`, protocol: 'simple', clients: 8, seconds: scale.seconds, times: Infinity }),
    },
    {
      name: 'insert', title: 'insert of one row, prepared, 8 clients', unit: 'statements', needs: 'pgbench', sides: WHOLE_SIDES, latencyOf: 'statement', watch: 'nothing',
      run: (side, tools) => tools.pgbench(side, 'prepared', 8, '\\set id random(1, 100000)\ninsert into clinic.visits (patient_id, kind, minutes) values (:id, \'check-up\', 15);\n'),
    },
    {
      name: 'pipeline', title: 'point selects in batches of 100 under one Sync, 1 client', unit: 'statements', needs: 'nothing', sides: WHOLE_SIDES, latencyOf: 'batch', watch: 'nothing',
      run: (side, tools) => tools.load({ kind: 'pipeline', target: side.target, sql: 'select id, last_name, dob, ward from clinic.patients where id = $1', batch: 100, seconds: scale.seconds, keys: scale.patients }),
    },
    {
      name: 'transaction', title: 'a transaction of 1,000 point selects, 1 client', unit: 'statements', needs: 'nothing', sides: WHOLE_SIDES, latencyOf: 'transaction', watch: 'nothing',
      run: (side, tools) => tools.load({ kind: 'transaction', target: side.target, sql: 'select id, last_name, dob, ward from clinic.patients where id = $1', statements: 1_000, keys: scale.patients, times: 1 }),
    },
    {
      name: 'connect', title: 'connect, SCRAM, first row, 1 client', unit: 'connections', needs: 'nothing', sides: WHOLE_SIDES, latencyOf: 'connection', watch: 'nothing',
      run: (side, tools) => tools.load({ kind: 'connects', target: side.target, sql: 'select id from clinic.patients where id = 1', seconds: scale.seconds }),
    },
    {
      name: 'cancel', title: 'cancel of a running statement', unit: 'cancels', needs: 'nothing', sides: WHOLE_SIDES, latencyOf: 'cancel', watch: 'nothing',
      run: (side, tools) => tools.load({ kind: 'cancels', target: side.target, sql: 'select count(*) from clinic.patients a, clinic.patients b where a.room + b.room < 0', times: scale.name === 'full' ? 10 : 2 }),
    },
  ]
}

function pointRow(mode: 'simple' | 'prepared', clients: number, scale: Scale): Row {
  // In a quick run only where a statement is analysed each time.
  const partial: readonly SideName[] = clients === 32 && (scale.name === 'full' || mode === 'simple') ? PARTIAL_SIDES : []
  return {
    name: `point-${mode}-${clients}`, title: `point select, ${mode}, ${clients} client${clients === 1 ? '' : 's'}`, unit: 'statements', needs: 'pgbench',
    sides: [...WHOLE_SIDES, ...partial], latencyOf: 'statement', watch: 'nothing',
    run: (side, tools) => tools.pgbench(side, mode, clients, pointSelect(scale.patients)),
  }
}
