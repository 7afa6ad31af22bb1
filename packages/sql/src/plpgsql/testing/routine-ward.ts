/** The ward (../../flow/testing) with the functions of the cases in it, on a live server or as recorded. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { AnalysisClient } from '../../flow/testing/analysis-client.ts'
import type { Recording } from '../../flow/testing/dialogue.ts'
import { openLiveWard, type LiveWard } from '../../flow/testing/live-ward.ts'
import { ROUTINE_CASES } from './routine-cases.table.ts'

/** @param url Of a scratch database, as its owner; its schema `ward` is dropped. */
export async function openLiveRoutines(url: string): Promise<LiveWard> {
  const ward = await openLiveWard(url)
  const owner = await AnalysisClient.connect(url)
  for (const { create } of ROUTINE_CASES) if (create !== undefined) await owner.query(create)
  owner.close()
  return ward
}

export function routineRecordingFile(major: number): string {
  return fileURLToPath(new URL(`./recorded/${major}.json.gz`, import.meta.url))
}

export function readRoutineRecording(major: number): Recording {
  return JSON.parse(gunzipSync(readFileSync(routineRecordingFile(major))).toString('utf8')) as Recording // written by record.ts
}
