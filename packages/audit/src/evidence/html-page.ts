/** Evidence as a page that a compliance officer can read: one file, no script, nothing loaded from anywhere. */
import type { Control } from './control.ts'
import { toTime, type Cell, type Section } from './section.ts'

export interface PageFacts {
  readonly title: string
  readonly control: Control | undefined
  readonly origin: string
  readonly fromMs: number
  readonly toMs: number
  readonly madeMs: number
  readonly verdict: 'intact' | 'not-intact'
  /** One sentence about the verification. */
  readonly verdictText: string
  readonly entries: number
  readonly proofs: number
  readonly software: string
  readonly sections: readonly Section[]
  /** Entries whose proofs are in the folder. */
  readonly proved: ReadonlySet<number>
}

/** Rows of a table on the page; all of them are in the section's CSV file. */
const SHOWN_ROWS = 200

export function toPage(facts: PageFacts): string {
  const { control } = facts
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(facts.title)}</title>
<style>${STYLE}</style>
</head>
<body>
${toHeader(facts)}
<main>
${control === undefined ? '' : `<section class="about">
<h2>What is asked</h2><p>${escape(control.asks)}</p>
<h2>What has to be shown from elsewhere</h2><p>${escape(control.elsewhere)}</p>
</section>`}
<nav aria-label="Sections"><h2>In this folder</h2>
<ul>${facts.sections.map((section) => `<li><a href="#${section.id}">${section.id}</a> ${escape(section.title)}${section.standing === 'shown' ? '' : ` <span class="standing">${STANDING[section.standing]}</span>`}</li>`).join('\n')}</ul>
<p>${facts.entries} entries of the log are in <code>entries.jsonl</code>, ${facts.proofs} of them with a proof in <code>proofs/</code>. Every table is complete in <code>data/</code>.</p>
</nav>
${facts.sections.map((section) => toSectionHtml(section, facts.proved)).join('\n')}
<section><h2>How to check this without believing it</h2>
<ol>
${(control?.checks ?? []).map((check) => `<li>${escape(check)}</li>`).join('\n')}
<li>Get the log's verifier key from somewhere other than this folder, and compare it with <code>log.vkey</code>.</li>
<li>Check one entry: <code>node doorward-verify.mjs proofs/entry-N.tlog-proof --key log.vkey</code>. It needs Node.js and nothing else. The proofs are C2SP tlog-proof: other programs read them too.</li>
<li>Check that everything is as it was made: <code>sha256sum -c SHA256SUMS</code>, in the folder that holds this file.</li>
</ol></section>
</main>
<footer><p>Doorward supports these safeguards. It makes nobody compliant, and nothing here is a certificate. The log holds no PHI in clear: statements are without their literals, patients are keyed digests.</p></footer>
</body>
</html>
`
}

function toHeader(facts: Pick<PageFacts, 'title' | 'origin' | 'fromMs' | 'toMs' | 'madeMs' | 'verdict' | 'verdictText' | 'software'>): string {
  return `<header>
<p class="product">Doorward evidence</p>
<h1>${escape(facts.title)}</h1>
<dl>
<div><dt>Period</dt><dd>${toTime(facts.fromMs)} to ${toTime(facts.toMs)}</dd></div>
<div><dt>Log</dt><dd>${escape(facts.origin)}</dd></div>
<div><dt>Made</dt><dd>${toTime(facts.madeMs)}, Doorward ${escape(facts.software)}</dd></div>
</dl>
<p class="verdict ${facts.verdict}"><strong>${facts.verdict === 'intact' ? 'The log is intact.' : 'The log is NOT intact.'}</strong> ${escape(facts.verdictText)}</p>
</header>`
}

/** One line of the contents of a package of several safeguards. */
export interface ContentsLine {
  readonly folder: string
  readonly title: string
  readonly entries: number
  readonly sections: readonly Section[]
}

/** The first page of a package that has a folder for each safeguard. */
export function toContentsPage(facts: Pick<PageFacts, 'origin' | 'fromMs' | 'toMs' | 'madeMs' | 'verdict' | 'verdictText' | 'software'>, lines: readonly ContentsLine[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Evidence by safeguard</title>
<style>${STYLE}</style>
</head>
<body>
${toHeader({ ...facts, title: 'Evidence by safeguard' })}
<main>
<section><p>Each safeguard has a folder with a page, tables, entries of the log, their proofs and a verifier. What lies outside of the gateway has to be shown from elsewhere; each page says what that is.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Safeguards"><table>
<thead><tr><th scope="col">safeguard</th><th scope="col" class="number">tables with entries</th><th scope="col" class="number">nothing in the period</th><th scope="col" class="number">not kept</th><th scope="col" class="number">entries</th></tr></thead>
<tbody>
${lines.map(({ folder, title, entries, sections }) => `<tr><td><a href="${escape(folder)}/index.html">${escape(title)}</a></td>${(['shown', 'none', 'not-kept'] as const).map((standing) => `<td class="number">${sections.filter((section) => section.standing === standing).length}</td>`).join('')}<td class="number">${entries}</td></tr>`).join('\n')}
</tbody></table></div></section>
</main>
<footer><p>Doorward supports these safeguards. It makes nobody compliant, and nothing here is a certificate.</p></footer>
</body>
</html>
`
}

const STANDING: Readonly<Record<Exclude<Section['standing'], 'shown'>, string>> = { none: 'nothing in the period', 'not-kept': 'not kept by this version' }

function toSectionHtml({ id, title, text, columns, rows, standing }: Section, proved: ReadonlySet<number>): string {
  const more = rows.length - SHOWN_ROWS
  return `<section id="${id}">
<h2><span class="id">${id}</span> ${escape(title)}</h2>
${text.map((paragraph) => `<p>${escape(paragraph)}</p>`).join('\n')}
${standing === 'shown' ? '' : `<p class="standing">${standing === 'none' ? 'Nothing of this kind is in the log in this period.' : 'This version of Doorward does not keep this.'}</p>`}
${rows.length === 0 ? '' : `<div class="scroll" tabindex="0" role="region" aria-label="${escape(title)}"><table>
<thead><tr>${columns.map((column, at) => `<th scope="col"${isNumeric(rows, at) ? ' class="number"' : ''}>${escape(column)}</th>`).join('')}</tr></thead>
<tbody>
${rows.slice(0, SHOWN_ROWS).map((row) => `<tr>${row.map((cell, at) => toCellHtml(cell, proved, columns[at])).join('')}</tr>`).join('\n')}
</tbody></table></div>`}
${more > 0 ? `<p class="standing">${more} more rows in <code>data/${id}.csv</code></p>` : ''}
</section>`
}

/** Whether a column holds numbers and entries alone, where it holds anything. */
function isNumeric(rows: Section['rows'], at: number): boolean {
  return rows.every((row) => row[at] === '' || typeof row[at] !== 'string')
}

/** Codes are in capitals whatever they say. */
const CODES: ReadonlySet<string> = new Set(['purpose'])

function toCellHtml(cell: Cell, proved: ReadonlySet<number>, column: string | undefined): string {
  if (typeof cell === 'number') return `<td class="number">${cell}</td>`
  if (typeof cell === 'string') return `<td${/^[A-Z]{4,}/.test(cell) && !CODES.has(column ?? '') ? ' class="loud"' : ''}>${escape(cell)}</td>`
  return `<td class="number">${proved.has(cell.entry) ? `<a href="proofs/entry-${cell.entry}.tlog-proof">${cell.entry}</a>` : cell.entry}</td>`
}

/** Whatever comes out of a log or a configuration is text here, and never markup. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll('\'', '&#39;')
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}

const STYLE = `
:root { color-scheme: light; --ink: #1b1f24; --quiet: #57606a; --line: #d0d7de; --ground: #fff; --soft: #f6f8fa; --good: #0f5132; --good-ground: #e6f4ea; --bad: #842029; --bad-ground: #fdecea; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--ground); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2rem; }
.product { margin: 0; color: var(--quiet); text-transform: uppercase; letter-spacing: .08em; font-size: .8rem; }
h1 { margin: .25rem 0 1rem; font-size: 1.75rem; line-height: 1.25; }
h2 { margin: 0 0 .5rem; font-size: 1.2rem; }
.id { color: var(--quiet); font-weight: 400; margin-right: .35rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: .5rem 1.5rem; margin: 0 0 1rem; }
dt { color: var(--quiet); font-size: .85rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.verdict { border-left: .3rem solid; padding: .75rem 1rem; margin: 0; }
.verdict.intact { color: var(--good); background: var(--good-ground); }
.verdict.not-intact { color: var(--bad); background: var(--bad-ground); }
main > section, nav { padding: 1.25rem 0; border-bottom: 1px solid var(--line); }
.about h2:not(:first-child) { margin-top: 1rem; }
p { margin: 0 0 .5rem; max-width: 60rem; }
ul, ol { margin: 0 0 .5rem; padding-left: 1.4rem; }
nav ul { list-style: none; padding: 0; }
.standing { color: var(--quiet); font-style: italic; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 4px; margin-top: .75rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .7rem; border-bottom: 1px solid var(--line); overflow-wrap: break-word; max-width: 28rem; }
th { background: var(--soft); white-space: nowrap; }
tbody tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.loud { color: var(--bad); font-weight: 600; }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: var(--soft); padding: .1em .3em; border-radius: 3px; }
a { color: #0550ae; }
footer { color: var(--quiet); font-size: .9rem; padding: 1.25rem 1.5rem 2rem; }
@media print { .scroll { overflow: visible; } section { break-inside: auto; } a { color: inherit; text-decoration: none; } }
`
