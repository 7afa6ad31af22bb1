/** The tour's last part: the log it has written, read and verified with the command that anybody would use, then tampered with. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { RunningDemo } from './start-demo.ts'
import type { TourReport } from './tour-report.ts'

const COMMAND = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'doorward.mjs')

/** While the gateway runs: what the log says and what it does not. */
export async function showLog(demo: RunningDemo, report: TourReport): Promise<void> {
  report.chapter('The log')
  const { auditDir } = demo.folder
  const verified = await runVerify(auditDir)
  report.quote(`$ npx doorward verify data/demo/audit\n${verified.output}`)
  report.claim('the log of a running gateway verifies', verified.status === 0)
  const bytes = filesBelow(auditDir).map((file) => readFileSync(file).toString('latin1')).join('\n')
  const { patients } = demo.database.clinic
  report.claim('no file of it holds a name, a number or an address of a patient this tour has looked at',
    !patients.slice(0, 9).some((row) => [row.ssn, row.mrn, row.last_name, row.email, row.street].some((value) => value !== null && bytes.includes(value))))
  report.claim('no file of it holds a secret', ![...demo.folder.secrets.principals.values(), demo.folder.secrets.upstream].some((secret) => bytes.includes(secret.reveal())))
}

/** After the gateway has stopped: a copy of the log with one byte changed. @param dir A folder for the copy. */
export async function showTampering(auditDir: string, dir: string, report: TourReport): Promise<void> {
  report.chapter('One byte')
  const intact = await runVerify(auditDir)
  report.quote(`$ npx doorward verify data/demo/audit\n${intact.output}`)
  report.claim('stopped and complete, the log is intact', intact.status === 0)
  const copy = join(dir, 'copy')
  cpSync(auditDir, copy, { recursive: true })
  const flipped = flipByte(copy)
  report.say(`   In a copy of it, one bit of one byte is changed, in ${flipped.file}: "${flipped.before}" becomes "${flipped.after}".`)
  const broken = await runVerify(copy)
  report.quote(`$ npx doorward verify copy\n${broken.output}`)
  report.claim('verify says that the log was changed, and names the entry', broken.status === 1 && /entry \d+/.test(broken.output))
}

async function runVerify(dir: string): Promise<{ readonly status: number; readonly output: string }> {
  const child = spawn(process.execPath, [COMMAND, 'verify', dir], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output.push(chunk) })
  const [status] = await once(child, 'close')
  return { status: typeof status === 'number' ? status : -1, output: Buffer.concat(output).toString('utf8').replaceAll(dir, 'DIR') }
}

/** Changes one bit in the words of a refusal, in the entries that the log's head covers. */
function flipByte(dir: string): { readonly file: string; readonly before: string; readonly after: string } {
  const file = filesBelow(join(dir, 'tile', 'entries')).find((path) => readFileSync(path).includes('"kind":"refusal"'))
  if (file === undefined) throw new Error('the log holds no refusal')
  const bytes = readFileSync(file)
  const at = bytes.indexOf('"kind":"refusal"') + '"kind":"'.length
  const before = bytes.toString('latin1', at, at + 7)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x01, at)
  writeFileSync(file, bytes)
  return { file: relative(dir, file), before, after: bytes.toString('latin1', at, at + 7) }
}

function filesBelow(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).toSorted()
}
