/** After all clients: what the gateways said, what they kept, and whether their logs hold. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { directorySource, verifyLog } from '@doorward/audit'

export interface Examined {
  readonly name: string
  /** Undefined: as it should be. */
  readonly problem: string | undefined
}

/** Values that the clients saw, sent or wrote: nothing that Doorward keeps or says may hold them. */
const CANARIES = ['Invented Person', 'Ann was here', 'reading 77', 'psycopg-copy', '-00-0007']

/** @param dirs of gateways that have stopped. @param said their lines for the operator. */
export async function examine(dirs: readonly string[], said: readonly string[]): Promise<readonly Examined[]> {
  const alerts = said.filter((line) => /: ALERT |internal error/.test(line))
  const logs = await Promise.all(dirs.map(async (dir) => {
    const result = await verifyLog({ source: directorySource(join(dir, 'audit')), entries: 'doorward' })
    return result.kind === 'intact' ? [] : [`${dir.split('/').at(-1) ?? ''}: ${result.kind}`]
  }))
  return [
    { name: 'no answer was other than allowed, and nothing broke inside', problem: listed(alerts) },
    { name: 'both logs verify', problem: listed(logs.flat()) },
    { name: 'nothing that was kept or said holds a value', problem: listed([...dirs.flatMap((dir) => whatHolds(dir)), ...CANARIES.filter((canary) => said.join('\n').includes(canary)).map((canary) => `said: ${canary}`)]) },
  ]
}

function whatHolds(dir: string): readonly string[] {
  const found: string[] = []
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const bytes = readFileSync(join(entry.parentPath, entry.name))
    for (const canary of CANARIES) if (bytes.includes(canary)) found.push(`${entry.name}: ${canary}`)
  }
  return found
}

function listed(problems: readonly string[]): string | undefined {
  return problems.length === 0 ? undefined : `${problems.length}: ${problems.slice(0, 5).join(' | ')}`
}
