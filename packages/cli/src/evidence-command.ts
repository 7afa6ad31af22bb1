/** `doorward evidence`: a folder or an archive for a safeguard: what the log shows of it in a period, proved. */
import { addContents, CONTROLS, findControl, makePackage, openPackage, toFolderName, type ContentsLine, type Control } from '@doorward/audit'
import type { Command } from 'commander'
import { CommandEnd, writeLine, type CliIo } from './cli-io.ts'
import { DEFAULT_PROOFS, toContext, toPackageFacts } from './evidence-output.ts'
import { parsePeriod, readLog, withLogOptions, withPeriodOptions, type LogReadingOptions, type PeriodOptions } from './log-reading.ts'
import { toTableText } from './table-text.ts'

interface EvidenceOptions extends LogReadingOptions, PeriodOptions {
  readonly control?: string
  readonly out?: string
  readonly proofs: string
  readonly list?: boolean
}

export function addEvidenceCommand(program: Command, io: CliIo): void {
  withPeriodOptions(withLogOptions(program.command('evidence')))
    .description('write evidence for a safeguard: a page to read, tables, entries, proofs, and the verifier')
    .option('--control <cite>', 'the safeguard, such as 312(b); all: one folder for each')
    .option('--out <target>', 'where to: a folder, or a file ending in .zip')
    .option('--proofs <number>', 'proofs at most in a package; entries beyond are taken evenly', String(DEFAULT_PROOFS))
    .option('--list', 'list the safeguards')
    .addHelpText('after', '\nOpen index.html of what it writes. The whole log is verified on the way; what was found is in the package, also when the log is not intact.')
    .action(async (options: EvidenceOptions) => {
      if (options.list === true) {
        writeLine(io.stdout, toTableText([{ name: 'safeguard', align: 'left' }, { name: 'title', align: 'left' }], CONTROLS.map(({ id, title }) => [id, title])))
        return
      }
      const { out } = options
      if (options.control === undefined || out === undefined) throw new CommandEnd(1, 'evidence: expected --control and --out; --list lists the safeguards')
      const control = findControl(CONTROLS, options.control)
      if (control === undefined && options.control !== 'all') throw new CommandEnd(1, `no safeguard "${options.control}"; doorward evidence --list`)
      await writeControls(control === undefined ? CONTROLS : [control], out, options, io)
    })
}

async function writeControls(controls: readonly Control[], target: string, options: EvidenceOptions, io: CliIo): Promise<void> {
  if (!/^[1-9][0-9]{0,5}$/.test(options.proofs)) throw new CommandEnd(1, '--proofs: expected a number')
  const maxProofs = Number(options.proofs)
  const isIntact = await readLog(options, io, async (reading) => {
    const context = await toContext(reading, parsePeriod(options), io)
    const output = await openPackage(target, io.now())
    const contents: ContentsLine[] = []
    for (const control of controls) {
      const sections = await Promise.all(control.items.map((item) => item.make(context)))
      const title = `${control.cite}: ${control.title}`
      const prefix = controls.length === 1 ? '' : `${toFolderName(control)}/`
      const { entries, proofs, leftOut } = await makePackage(context, { ...toPackageFacts(reading, io), title, control, sections, maxProofs }, output, prefix)
      contents.push({ folder: toFolderName(control), title, entries, sections })
      writeLine(io.stdout, `${title}: ${entries} entries, ${proofs} proofs${leftOut === 0 ? '' : `, ${leftOut} entries left out`}`)
    }
    if (controls.length > 1) await addContents(context, toPackageFacts(reading, io), contents, output)
    await output.finish()
    writeLine(io.stdout, target)
    return context.verified.kind === 'intact'
  })
  if (!isIntact) throw new CommandEnd(1, 'THE LOG IS NOT INTACT: the package says so, and verification.txt why')
}
