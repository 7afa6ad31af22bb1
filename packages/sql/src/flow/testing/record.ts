/**
 * Records what a live server answers to every case, for the offline tests. Run it when a case, the ward or a catalog query changes:
 * `node --conditions=doorward-source packages/sql/src/flow/testing/record.ts postgres://owner:password@host:port/scratch`,
 * once per major version. The schema `ward` of that database is dropped.
 */
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { loadGrammar } from '../../grammar/index.ts'
import { openBench, recordingOf } from './dialogue.ts'
import { openLiveWard } from './live-ward.ts'
import { recordingFile } from './recordings.ts'
import { casesFor } from './cases.ts'

const url = process.argv[2]
if (url === undefined) throw new Error('expected the URL of a scratch database')
const ward = await openLiveWard(url)
const recording = recordingOf(ward.answering)
const major = Math.trunc(ward.answering.serverVersion / 10_000)
const bench = await openBench(recording.answering, await loadGrammar())
for (const { sql } of casesFor(major)) await bench.understand(sql)
ward.close()
writeFileSync(recordingFile(major), gzipSync(JSON.stringify(recording.recorded()), { level: 9 }))
