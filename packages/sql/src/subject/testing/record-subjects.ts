/**
 * Records what a live server answers to the cases of this folder, for the offline tests; run it as flow/testing/record.ts is run, once per
 * major version. The schema `ward` of that database is dropped.
 */
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { openBench, recordingOf } from '../../flow/testing/dialogue.ts'
import { openLiveWard } from '../../flow/testing/live-ward.ts'
import { loadGrammar } from '../../grammar/index.ts'
import { casesOf, subjectRecordingFile, SUBJECT_CLASSIFICATION } from './subject-ward.ts'

const url = process.argv[2]
if (url === undefined) throw new Error('expected the URL of a scratch database')
const ward = await openLiveWard(url)
const recording = recordingOf(ward.answering)
const major = Math.trunc(ward.answering.serverVersion / 10_000)
const bench = await openBench(recording.answering, await loadGrammar(), SUBJECT_CLASSIFICATION)
for (const { sql } of casesOf(major)) await bench.understand(sql)
ward.close()
writeFileSync(subjectRecordingFile(major), gzipSync(JSON.stringify(recording.recorded()), { level: 9 }))
