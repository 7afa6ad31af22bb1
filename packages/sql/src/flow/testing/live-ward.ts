/** Makes the ward on a live server and opens a connection that analyses on it. Drops the schema `ward` of that database first. */
import { AnalysisClient } from './analysis-client.ts'
import type { Answering } from './dialogue.ts'
import { wardSchema } from './ward-schema.ts'

/** What an analysis connection is opened with (DESIGN.md, the target's own analysis). */
const PRINTING = { client_min_messages: 'log', debug_print_rewritten: 'on', debug_pretty_print: 'off' }

export interface LiveWard { readonly answering: Answering; close(): void }

/** @param url Of a scratch database, as its owner: `postgres://user:password@host:port/database`. */
export async function openLiveWard(url: string): Promise<LiveWard> {
  const owner = await AnalysisClient.connect(url)
  const serverVersion = Number((await owner.query('show server_version_num'))[0]?.[0])
  await owner.query(wardSchema(Math.trunc(serverVersion / 10_000)))
  owner.close()
  const analysis = await AnalysisClient.connect(url, PRINTING)
  return {
    answering: { serverVersion, rows: ({ sql }) => analysis.query(sql), analyse: (text, types) => analysis.analyse(text, types) },
    close: () => { analysis.close() },
  }
}
