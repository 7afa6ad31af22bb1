/** `doorward recordings verify`: segments on disk held against the digests in the log, offline. */
import { EntryReader, nodeFileSystem, nodeOverwrite, parseEntry, parseTenantKey, RecordingStore, searchEvents, verifyRecordings, type Entry, type RecordingsReport, type TenantKey, type TenantKeys } from '@doorward/audit'
import type { CheckedConfig } from '@doorward/gateway'
import type { Command } from 'commander'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'
import { readLog, tellSource, withLogOptions, type LogReading, type LogReadingOptions } from './log-reading.ts'
import { toPrintable } from './table-text.ts'

interface VerifyOptions extends LogReadingOptions { readonly dir?: string; readonly json?: boolean }

const KINDS = ['recording.open', 'recording.segment', 'recording.close', 'recording.shred', 'recording.hold', 'recording.release']
/** Events at a time. */
const PAGE = 1_000

export function addRecordingsVerify(recordings: Command, io: CliIo): void {
  withLogOptions(recordings.command('verify').description('hold recordings on disk against the digests in the log'))
    .option('--dir <folder>', 'the recordings; default: recordings.dir of the configuration. Without the configuration digests are compared and nothing is opened')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nCheck the log itself first: doorward verify. Exit status: 0 all is as recorded; 1 something differs or is missing, or wrong use.')
    .action(async (options: VerifyOptions) => {
      const report = await readLog(options, io, async (reading) => {
        tellSource(reading, io)
        const dir = options.dir ?? reading.checked?.config.recordings?.dir
        if (dir === undefined) throw new CommandEnd(1, 'recordings: say where they are: --dir FOLDER, or recordings in the configuration')
        const store = new RecordingStore(nodeFileSystem(), dir, nodeOverwrite)
        return verifyRecordings({ store, entries: await entriesOf(reading), tenants: tenantKeysOf(reading.checked) })
      })
      writeLine(io.stdout, options.json === true ? JSON.stringify(report, null, 2) : toText(report))
      if (report.findings.some(({ severity }) => severity !== 'notice')) throw new CommandEnd(1)
    })
}

async function entriesOf({ index, source, head }: LogReading): Promise<readonly Entry[]> {
  const reader = new EntryReader(source, head.size)
  const entries: Entry[] = []
  let after: number | undefined
  for (;;) {
    const found = searchEvents(index.database, { kinds: KINDS, limit: PAGE, ...(after === undefined ? {} : { after }) })
    for (const event of found) {
      const entry = parseEntry(await reader.read(event.index))
      if (entry !== undefined) entries.push(entry)
    }
    after = found.at(-1)?.index
    if (found.length < PAGE) return entries
  }
}

/** Undefined where there is no configuration, or not the keys: then nothing is opened. */
function tenantKeysOf(checked: CheckedConfig | undefined): TenantKeys | undefined {
  const recordings = checked?.config.recordings
  if (checked === undefined || recordings === undefined) return undefined
  const keys = [recordings.tenantKey, ...recordings.olderTenantKeys].flatMap((ref): TenantKey[] => {
    const resolved = checked.secrets.resolve(ref)
    const key = resolved.kind === 'secret' ? parseTenantKey(resolved.secret.reveal()) : 'missing'
    return typeof key === 'string' ? [] : [key]
  })
  const [current, ...older] = keys
  return current === undefined ? undefined : { current, older }
}

function toText({ recordings, segments, opened, shredded, findings }: RecordingsReport): string {
  const worse = findings.filter(({ severity }) => severity !== 'notice').length
  return [
    `${worse === 0 ? 'AS RECORDED' : 'NOT AS RECORDED'}: ${recordings} recordings, ${segments} segments with the digests of the log, ${opened} of them opened, ${shredded} recordings shredded`,
    ...findings.map(({ severity, recording, message }) => toPrintable(`${severity}: ${recording === undefined ? '' : `${recording}: `}${message}`)),
  ].join('\n')
}
