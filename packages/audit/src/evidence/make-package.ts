/**
 * An evidence package: a page for people, tables for spreadsheets, the entries it rests on with their proofs, the signed head, the policies in force, the
 * register of exceptions, and the verifier. Whoever gets it needs nothing from whoever made it but the log's key.
 */
import { hashLeaf } from '../merkle/hash.ts'
import { describeResult } from '../verify/describe-result.ts'
import type { LogSource } from '../verify/source.ts'
import { proveEntry } from '../verify/prove.ts'
import { VERIFIER_KEY_PATH } from '../verify/trusted-keys.ts'
import { WITNESSED_PATH } from '../verify/witnessed-head.ts'
import { parseEntry, textOf } from '../search/entry-fields.ts'
import { toVerifierFile, VERIFIER_FILE } from '../verifier-file/verifier-file.ts'
import type { Control } from './control.ts'
import { toCsv } from './csv.ts'
import { toContentsPage, toPage, type ContentsLine } from './html-page.ts'
import type { PackageOutput } from './package-output.ts'
import type { EvidenceContext, Section } from './section.ts'

export interface PackageRequest {
  readonly title: string
  readonly control: Control | undefined
  readonly sections: readonly Section[]
  readonly source: LogSource
  /** Proofs at most; entries beyond are taken evenly. */
  readonly maxProofs: number
  readonly madeMs: number
  /** Doorward's version. */
  readonly software: string
  /** Texts of the policies, by their name in the package. */
  readonly policyFiles: ReadonlyMap<string, string>
  /** Of the tlog-policy that the log was verified with. */
  readonly witnessPolicy: Buffer | undefined
  readonly input: string
}

/** More are left out and counted; each can be had by `doorward prove`. */
const MAX_ENTRIES = 10_000

export interface PackageSummary {
  readonly entries: number
  readonly proofs: number
  readonly leftOut: number
}

/** @param prefix of every path; empty, or ending in a slash. @throws {AuditFault} `rollback` when entries are missing from the log. */
export async function makePackage(context: EvidenceContext, request: PackageRequest, output: PackageOutput, prefix = ''): Promise<PackageSummary> {
  const { sections, source } = request
  const cited = [...new Set(sections.flatMap(citedBy))].toSorted((a, b) => a - b)
  const told = spread(cited, MAX_ENTRIES)
  const proved = new Set(spread(told, request.maxProofs))
  const lines: string[] = []
  const list: string[] = ['line,entry,recorded,kind,leaf hash,proof\r\n']
  for (const [line, index] of told.entries()) {
    const entry = await context.reader.read(index)
    const fields = parseEntry(entry)
    lines.push(`${entry.toString('utf8')}\n`)
    const proof = proved.has(index) ? await addProof(source, index, output, prefix) : ''
    list.push(`${line + 1},${index},${textOf(fields, 'at') ?? ''},${textOf(fields, 'kind') ?? ''},${hashLeaf(entry).toString('hex')},${proof}\r\n`)
  }
  for (const section of sections) if (section.rows.length > 0) await output.add(`${prefix}data/${section.id}.csv`, toCsv(section))
  await output.add(`${prefix}entries.jsonl`, lines.join(''))
  await output.add(`${prefix}entries.csv`, list.join(''))
  await addLogFiles(request, output, prefix)
  const { verified } = context
  await output.add(`${prefix}verification.txt`, `${describeResult(verified, request.input)}\n`)
  await output.add(`${prefix}evidence.json`, `${JSON.stringify({ title: request.title, control: request.control?.cite, origin: context.head.origin, size: context.head.size, root: context.head.root.toString('base64'), from: iso(context.fromMs), to: iso(context.toMs), made: iso(request.madeMs), software: request.software, verification: verified, sections }, undefined, 1)}\n`)
  await output.add(`${prefix}index.html`, toPage({
    title: request.title, control: request.control, origin: context.head.origin, fromMs: context.fromMs, toMs: context.toMs, madeMs: request.madeMs, software: request.software,
    verdict: verified.kind === 'intact' ? 'intact' : 'not-intact', verdictText: describeVerdict(context), entries: told.length, proofs: proved.size, sections, proved,
  }))
  return { entries: told.length, proofs: proved.size, leftOut: cited.length - told.length }
}

/** The first page of a package of several safeguards. */
export async function addContents(context: EvidenceContext, request: Pick<PackageRequest, 'madeMs' | 'software'>, lines: readonly ContentsLine[], output: PackageOutput): Promise<void> {
  await output.add('index.html', toContentsPage({
    origin: context.head.origin, fromMs: context.fromMs, toMs: context.toMs, madeMs: request.madeMs, software: request.software,
    verdict: context.verified.kind === 'intact' ? 'intact' : 'not-intact', verdictText: describeVerdict(context),
  }, lines))
}

function describeVerdict({ verified, head }: EvidenceContext): string {
  switch (verified.kind) {
    case 'usage': return verified.message
    case 'intact': return `All ${head.size} entries were verified when this was made: none was changed, inserted, removed or put in another order since the log signed it.`
    default: return `${verified.first.message}. Ask what happened before relying on anything here; verification.txt has the details.`
  }
}

async function addProof(source: LogSource, index: number, output: PackageOutput, prefix: string): Promise<string> {
  const proof = await proveEntry(source, index)
  if (proof.kind === 'malformed') return `none: ${proof.reason}`.replaceAll(',', ';')
  const path = `proofs/entry-${index}.tlog-proof`
  await output.add(prefix + path, proof.text)
  return path
}

/** What a verifier needs, and the texts that were in force. */
async function addLogFiles({ source, policyFiles, witnessPolicy }: PackageRequest, output: PackageOutput, prefix: string): Promise<void> {
  for (const path of ['checkpoint', WITNESSED_PATH, VERIFIER_KEY_PATH]) {
    const bytes = await source.read(path)
    if (bytes !== undefined) await output.add(prefix + path, bytes)
  }
  if (witnessPolicy !== undefined) await output.add(`${prefix}witnesses.tlog-policy`, witnessPolicy)
  for (const [name, text] of policyFiles) await output.add(`${prefix}policies/${name}`, text)
  await output.add(prefix + VERIFIER_FILE, toVerifierFile())
}

function citedBy({ rows, entries = [] }: Section): readonly number[] {
  return [...entries, ...rows.flatMap((row) => row.flatMap((cell) => (typeof cell === 'object' ? [cell.entry] : [])))]
}

/** At most so many, the first and the last among them, the others evenly between. */
function spread(all: readonly number[], most: number): readonly number[] {
  if (all.length <= most) return all
  if (most <= 1) return all.slice(0, most)
  return [...new Set(Array.from({ length: most }, (_, at) => all[Math.round(at * (all.length - 1) / (most - 1))] ?? 0))]
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString()
}
