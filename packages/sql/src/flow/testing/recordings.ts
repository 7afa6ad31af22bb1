/** Where the recordings lie, and how they are read. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Recording } from './dialogue.ts'

/** Major versions that were recorded. */
export const RECORDED_MAJORS = [15, 18] as const

export function recordingFile(major: number): string {
  return fileURLToPath(new URL(`./recorded/${major}.json.gz`, import.meta.url))
}

export function readRecording(major: number): Recording {
  return JSON.parse(gunzipSync(readFileSync(recordingFile(major))).toString('utf8')) as Recording // written by record.ts
}
