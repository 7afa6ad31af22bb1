/**
 * Records what a live server answers to every case of this folder, for the offline tests. Run it when a case, the ward or a catalog query
 * changes: `node --conditions=doorward-source packages/sql/src/plpgsql/testing/record.ts postgres://owner:password@host:port/scratch`, once
 * per major version. The schema `ward` of that database is dropped.
 */
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { openBench, recordingOf } from '../../flow/testing/dialogue.ts'
import { loadGrammar } from '../../grammar/index.ts'
import { openLiveRoutines, routineRecordingFile } from './routine-ward.ts'
import { ROUTINE_CASES } from './routine-cases.table.ts'

const url = process.argv[2]
if (url === undefined) throw new Error('expected the URL of a scratch database')
const ward = await openLiveRoutines(url)
const recording = recordingOf(ward.answering)
const bench = await openBench(recording.answering, await loadGrammar())
for (const { sql } of ROUTINE_CASES) await bench.understand(sql)
ward.close()
const major = Math.trunc(ward.answering.serverVersion / 10_000)
writeFileSync(routineRecordingFile(major), gzipSync(JSON.stringify(recording.recorded()), { level: 9 }))
