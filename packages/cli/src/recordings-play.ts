/** `doorward recordings play` and `export`: what was recorded, fetched segment by segment as the caller; each is in the log before it comes. */
import { rmSync, openSync, writeSync, closeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { AsciicastWriter, decodeEvents, toSafeLine, type TranscriptEvent } from '@doorward/audit'
import { recordingSchemas } from '@doorward/gateway'
import { Option, type Command } from 'commander'
import { connectAdmin, withAdminOptions, type AdminClient, type AdminOptions } from './admin-client.ts'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'

interface PlayOptions extends AdminOptions { readonly speed: string; readonly idle: string }
interface ExportOptions extends AdminOptions { readonly out: string; readonly format: 'asciicast' | 'jsonl' }

export function addRecordingsPlay(recordings: Command, io: CliIo): void {
  withAdminOptions(recordings.command('play').description('show a recording as it was seen; that you see it is recorded').argument('<id>', 'the recording'))
    .option('--speed <factor>', 'so many times as fast; 0: all at once', '1')
    .option('--idle <seconds>', 'pauses are cut to this', '2')
    .action(async (id: string, options: PlayOptions) => {
      const [speed, idleS] = [toNumber(options.speed, '--speed'), toNumber(options.idle, '--idle')]
      const cast = new AsciicastWriter()
      for await (const events of segmentsOf(await connectAdmin(options, io), id, 'play', io)) {
        if (options.json === true) { for (const event of events) writeLine(io.stdout, toSafeLine(JSON.stringify(event))); continue }
        for (const event of events) await show(cast.lines(event), speed, idleS, io)
      }
    })
  withAdminOptions(recordings.command('export').description('write a recording to a file; that you do is recorded').argument('<id>', 'the recording'))
    .requiredOption('--out <file>', 'a file that is not there yet; only you may read it')
    .addOption(new Option('--format <format>', 'asciicast: for asciinema play; jsonl: structured').choices(['asciicast', 'jsonl']).default('asciicast'))
    .action(async (id: string, { out, format, ...options }: ExportOptions) => {
      const client = await connectAdmin(options, io)
      const file = openSync(out, 'wx', 0o600)
      try {
        await writeAll(file, format, segmentsOf(client, id, 'export', io))
      } catch (error) {
        // Half a recording must not be taken for one.
        rmSync(out)
        throw error
      } finally {
        closeSync(file)
      }
      writeLine(io.stdout, `${out}: it holds what the recorded session showed, in clear`)
    })
}

/** Each segment's events. Says on standard error what a reader should know. */
async function* segmentsOf(client: AdminClient, id: string, use: 'play' | 'export', io: CliIo): AsyncGenerator<readonly TranscriptEvent[]> {
  let last: TranscriptEvent | undefined
  for (let segment: number | undefined = 0; segment !== undefined;) {
    const answer = recordingSchemas.viewed.parse(await client.post(`/api/v1/recordings/${encodeURIComponent(id)}/view`, { segment, use }))
    let { lines } = answer
    for (let { offset } = answer; offset !== undefined;) {
      const more = recordingSchemas.viewed.parse(await client.post(`/api/v1/recordings/${encodeURIComponent(id)}/view`, { segment, offset, use }))
      lines += more.lines
      offset = more.offset
    }
    const events = decodeEvents(lines)
    if (answer.end === 'torn') writeLine(io.stderr, `segment ${segment} is torn: the gateway ended while it was written`)
    last = events.at(-1) ?? last
    segment = answer.next
    yield events
  }
  if (last?.k !== 'end') writeLine(io.stderr, 'it has no end: it is still being written, or the gateway ended before the session did')
}

async function writeAll(file: number, format: ExportOptions['format'], segments: AsyncGenerator<readonly TranscriptEvent[]>): Promise<void> {
  const cast = new AsciicastWriter()
  let header: 'due' | 'written' = format === 'asciicast' ? 'due' : 'written'
  for await (const events of segments) {
    const [first, second] = events
    if (header === 'due') {
      const title = second?.k === 'begin' ? `${second.principal} on ${second.resource}` : 'a recording'
      writeSync(file, cast.header({ title, startedMs: first?.k === 'segment' ? Date.parse(first.at) : 0 }))
      header = 'written'
    }
    writeSync(file, events.map((event) => (format === 'asciicast' ? cast.lines(event) : `${toSafeLine(JSON.stringify(event))}\n`)).join(''))
  }
}

/** Plays lines of an asciicast: output after its pause. */
async function show(lines: string, speed: number, idleS: number, io: CliIo): Promise<void> {
  for (const line of lines.split('\n')) {
    if (line === '') continue
    const [intervalS, code, data] = JSON.parse(line) as readonly [number, string, string] // as AsciicastWriter made it
    const pauseMs = speed === 0 ? 0 : Math.min(intervalS, idleS) * 1_000 / speed
    if (pauseMs >= 1) await setTimeout(pauseMs)
    if (code === 'o') io.stdout.write(data)
  }
}

function toNumber(text: string, option: string): number {
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || !Number.isFinite(value)) throw new CommandEnd(1, `${option}: expected a number`)
  return value
}
