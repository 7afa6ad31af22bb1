/** The tour's last part: the log it has written, read and verified with the command that anybody would use, then tampered with. */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { RunningDemo } from './start-demo.ts'
import { runDoorward } from './tour-command.ts'
import type { Probe } from './tour-queries.ts'
import type { TourReport } from './tour-report.ts'

/** While the gateway runs: what the log says and what it does not. */
export async function showLog(demo: RunningDemo, report: TourReport): Promise<void> {
  report.chapter('The log')
  const { auditDir } = demo.folder
  const verified = await runDoorward(['verify', auditDir])
  report.quote(`$ npx doorward verify DIR\n${verified.output}`)
  report.claim('the log of a running gateway verifies', verified.status === 0)
  const bytes = filesBelow(auditDir).map((file) => readFileSync(file).toString('latin1')).join('\n')
  const { patients } = demo.database.clinic
  report.claim('no file of it holds a name, a number or an address of a patient this tour has looked at',
    !patients.slice(0, 9).some((row) => [row.ssn, row.mrn, row.last_name, row.email, row.street].some((value) => value !== null && bytes.includes(value))))
  report.claim('no file of it holds a secret', ![...demo.folder.secrets.principals.values(), demo.folder.secrets.upstream].some((secret) => bytes.includes(secret.reveal())))
}

/** After the gateway has stopped, when every entry is in a bundle: what a receipt leads to. @param refused Evan's question for a social security number. */
export function showReceipt(auditDir: string, refused: Probe, report: TourReport): void {
  report.chapter('What a receipt leads to')
  const receipt = Number(/receipt (\d+)/.exec(refused.error?.message ?? '')?.[1])
  report.say(`   Evan's question about the social security number was given receipt ${receipt}. This is all that was kept of it:`)
  const entry = readEntry(auditDir, receipt)
  report.quote(JSON.stringify(entry, undefined, 2))
  report.claim('it is the refusal, and the number he asked about is not in it', isRefusalOf(entry, 'evan') && !JSON.stringify(entry).includes(refused.ssn))
}

/** After the gateway has stopped: a copy of the log with one byte changed. @param dir A folder for the copy. */
export async function showTampering(auditDir: string, dir: string, report: TourReport): Promise<void> {
  report.chapter('One byte')
  const intact = await runDoorward(['verify', auditDir])
  report.quote(`$ npx doorward verify DIR\n${intact.output}`)
  report.claim('stopped and complete, the log is intact', intact.status === 0)
  const copy = join(dir, 'copy')
  cpSync(auditDir, copy, { recursive: true })
  const flipped = flipByte(copy)
  report.say(`   In a copy of it, one bit of one byte is changed, in ${flipped.file}: "${flipped.before}" becomes "${flipped.after}".`)
  const broken = await runDoorward(['verify', copy])
  report.quote(`$ npx doorward verify COPY\n${broken.output}`)
  report.claim('verify says that the log was changed, and names the entry', broken.status === 1 && /entry \d+/.test(broken.output))
}

/** Changes one bit in the words of a refusal, in the entries that the log's head covers. */
function flipByte(dir: string): { readonly file: string; readonly before: string; readonly after: string } {
  const file = newestBundle(dir)
  const bytes = readFileSync(file)
  const at = bytes.indexOf('"kind":"refusal"') + '"kind":"'.length
  const before = bytes.toString('latin1', at, at + 7)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x01, at)
  writeFileSync(file, bytes)
  return { file: relative(dir, file), before, after: bytes.toString('latin1', at, at + 7) }
}

function isRefusalOf(entry: unknown, name: string): boolean {
  const text = JSON.stringify(entry)
  return text.includes('"kind":"refusal"') && text.includes(`"name":"${name}"`)
}

/** The entry bundle that the head covers. Smaller ones beside it are older states of the same bundle, for readers with an older head. */
function newestBundle(dir: string): string {
  const [largest] = filesBelow(join(dir, 'tile', 'entries')).toSorted((a, b) => statSync(b).size - statSync(a).size)
  if (largest === undefined) throw new Error('the log holds no entries')
  return largest
}

/** One entry of a log that is shorter than a bundle. Source: C2SP tlog-tiles, Log Entries: each is a 16-bit length and its bytes. */
function readEntry(dir: string, index: number): unknown {
  const bytes = readFileSync(newestBundle(dir))
  let at = 0
  for (let passed = 0; passed < index; passed++) at += 2 + bytes.readUInt16BE(at)
  return JSON.parse(bytes.toString('utf8', at + 2, at + 2 + bytes.readUInt16BE(at)))
}

function filesBelow(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).toSorted()
}
