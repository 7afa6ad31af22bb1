import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { KEY, toSource, type Files } from '../verify/memory-log.test.ts'
import { verifyLog } from '../verify/verify-log.ts'
import { readMember, readZip } from '../zip/read-zip.ts'
import { EntryReader } from '../search/read-bundles.ts'
import { toSampleLog } from '../search/sample-log.test.ts'
import { SearchIndex } from '../search/search-index.ts'
import { findControl, toFolderName } from './control.ts'
import { CONTROLS } from './controls.table.ts'
import { toCsv } from './csv.ts'
import { escape, toContentsPage, toPage } from './html-page.ts'
import { makePackage, type PackageRequest, type PackageSummary } from './make-package.ts'
import { openPackage } from './package-output.ts'
import type { EvidenceContext, GatewaySetup, Section } from './section.ts'

const SETUP: GatewaySetup = {
  policyVersion: 'v2', policies: [{ id: 'clinicians-treat', effect: 'allow', who: 'clinicians', on: 'clinic: clinic.*', actions: 'read; for TREAT', mask: 'PHI in clear', hold: '' }],
  principals: [{ name: 'backup', kind: 'service', groups: [] }], providers: [], resources: [{ name: 'clinic', kind: 'postgres', tables: 9, unclassified: 'treated as phi', analysis: 'by a role of its own', upstream: 'TLS, certificate and name verified' }, { name: 'billing', kind: 'postgres', tables: 0, unclassified: 'treated as phi', analysis: '', upstream: '' }],
  listeners: [{ protocol: 'postgres', address: '127.0.0.1:6432', transport: 'TLS required' }], sessions: { idleMs: 900_000, absoluteMs: 28_800_000 }, exceptions: [],
}

describe('evidence', () => {
  const index = SearchIndex.open(':memory:')
  let folder = ''
  let context: EvidenceContext
  let files: Files = new Map()

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'doorward-evidence-'))
    const { gateway, source } = await toSampleLog()
    files = new Map(gateway.files()).set('log.vkey', Buffer.from(`${KEY.verifierKey.text}\n`))
    const head = await index.update(source)
    context = { index, reader: new EntryReader(source, head.size), head, fromMs: Date.UTC(2026, 0, 1), toMs: Date.UTC(2026, 0, 2), verified: await verifyLog({ source: toSource(files), entries: 'doorward' }), setup: SETUP }
  })
  after(() => {
    index.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const find = (id: string): Promise<Section> => (CONTROLS.flatMap(({ items }) => items).find((item) => item.id === id) ?? assert.fail(id)).make(context)
  const cells = (section: Section): readonly string[] => section.rows.map((row) => row.map((cell) => (typeof cell === 'object' ? `#${cell.entry}` : String(cell))).join(' | '))

  async function make(name: string, cite: string, more: Partial<PackageRequest> = {}): Promise<PackageSummary> {
    const control = findControl(CONTROLS, cite) ?? assert.fail(cite)
    const sections = await Promise.all(control.items.map((item) => item.make(context)))
    const output = await openPackage(join(folder, name), Date.UTC(2026, 0, 3))
    const summary = await makePackage(context, { title: `${control.cite}: ${control.title}`, control, sections, source: toSource(files), maxProofs: 100, madeMs: Date.UTC(2026, 0, 3), software: '0.1.0', policyFiles: new Map([['policies/all.yaml', 'version: 1\n']]), witnessPolicy: undefined, input: 'the log', ...more }, output)
    await output.finish()
    return summary
  }

  test('what stopped and what is unexplained is in capitals', async () => {
    const rows = cells(await find('E-AU-2'))
    assert.ok(rows.some((row) => /the log began/.test(row)))
    assert.ok(rows.some((row) => /STARTED WITHOUT A STOP BEFORE IT, 0 entries recovered/.test(row)), rows.join('\n'))
    assert.ok(rows.some((row) => /stopped: closed/.test(row)))
  })

  test('a gap without a sign of life is told with its length', async () => {
    const database = context.index.database
    database.exec("insert into entry (idx, at, kind) values (100000, 1767225600000, 'alert'), (100001, 1767232800000, 'alert')")
    try {
      assert.ok(cells(await find('E-AU-2')).some((row) => /NOTHING RECORDED for 2 h/.test(row)))
    } finally {
      database.exec('delete from entry where idx >= 100000')
    }
  })

  test('emergency access is every statement under its purpose', async () => {
    assert.deepEqual((await find('E-BG-1')).standing, 'none')
    const { database } = context.index
    const before = database.prepare('select idx, purpose from entry where purpose is not null').all()
    database.exec("update entry set purpose = 'BTG' where kind = 'intent' and idx in (select min(idx) from entry where kind = 'intent')")
    try {
      const [row, ...others] = cells(await find('E-BG-1'))
      assert.deepEqual(others, [])
      assert.match(row ?? '', /^2026-01-01 .* \| dana \(.*\) \| read clinic\.patients \| 2 \| done \| #\d+$/)
    } finally {
      for (const { idx, purpose } of before) database.prepare('update entry set purpose = ? where idx = ?').run(purpose ?? null, idx ?? null)
    }
  })

  test('coverage tells of systems that nothing is recorded of', async () => {
    const rows = cells(await find('E-AU-1'))
    assert.ok(rows.some((row) => /^clinic \| intent \| 5 \|/.test(row)), rows.join('\n'))
    assert.ok(rows.some((row) => /^billing \| \(nothing in the period\)/.test(row)))
  })

  test('exceptions are told with their rationale, or in capitals', async () => {
    const rows = cells(await find('E-AD-1'))
    assert.ok(rows.some((row) => /unsafelyAllowPlaintext of clinic \| explained \| on this machine \| security officer \| 2027-12-31/.test(row)), rows.join('\n'))
    assert.ok(rows.some((row) => /unsafelyAllowPlaintextClients \| UNEXPLAINED \| NONE GIVEN/.test(row)))
    assert.ok(rows.some((row) => /policy agents-read-masked: equality on mrn/.test(row)))
  })

  test('policies are told with the time they were in force', async () => {
    const rows = cells(await find('E-DO-1'))
    assert.match(rows[0] ?? '', /^2026-01-01 00:00:00 UTC \| 2026-01-01 01:.* \| clinicians-treat, agents-read-masked \| v1 \|/)
    assert.match(rows[1] ?? '', /\| still \| clinicians-treat \| v2 \(in this folder\)/)
  })

  test('who saw in clear, and who did not need to', async () => {
    const rows = cells(await find('E-MN-1'))
    assert.ok(rows.some((row) => /^dana .* \| TREAT \| 3 \| 0 \| 0 \| 0 \| 8 \| date, free-text, mrn, ssn/.test(row)), rows.join('\n'))
    assert.ok(rows.some((row) => /^scout .* for dana \| HOPERAT \| 0 \| 2 \| 0 \| 0 \| 8 \| {2}\|/.test(row)), rows.join('\n'))
  })

  test('the patients of a period, and answers that do not say whose', async () => {
    const section = await find('E-DS-1')
    assert.equal(section.rows.length, 3)
    assert.match(section.text.join(' '), /Of 2 statements of the period the log does not say/)
    assert.equal(section.entries?.length, 2)
  })

  test('revoked is told with who did it; a lock-in of the name with its address', async () => {
    assert.match(cells(await find('E-AC-5')).join('\n'), /revocation \| local\|scout \| dana \| no session was open/)
    assert.match(cells(await find('E-LI-1')).join('\n'), /auth\.fail \| dana \| 10\.0\.0\.9:1 \| wrong secret/)
    assert.match(cells(await find('E-TX-1')).join('\n'), /postgres \| TLSv1\.3 TLS_AES_256_GCM_SHA384 \| 3/)
    assert.match(cells(await find('E-AN-1')).join('\n'), /human \| https:\/\/id\.example\.org \| oidc \| mfa \|/)
    assert.match(cells(await find('E-AC-3')).join('\n'), /backup \| local\|backup \| service/)
  })

  for (const { id, items } of CONTROLS) {
    test(`${id}: every piece of evidence can be made, with a configuration and without`, async () => {
      for (const item of items) {
        for (const setup of [SETUP, undefined]) {
          const section = await item.make({ ...context, setup })
          assert.equal(section.id, item.id)
          assert.ok(section.text.length > 0)
          for (const row of section.rows) assert.equal(row.length, section.columns.length, `${section.id}: ${JSON.stringify(row)}`)
          assert.ok(section.standing === 'shown' || section.rows.length === 0)
        }
      }
    })
  }

  test('each piece has one name', () => {
    const byId = new Map<string, unknown>()
    for (const item of CONTROLS.flatMap(({ items }) => items)) assert.equal(byId.get(item.id) ?? item, (byId.set(item.id, item), item))
    assert.equal(new Set(CONTROLS.map(({ id }) => id)).size, CONTROLS.length)
    assert.equal(new Set(CONTROLS.map(toFolderName)).size, CONTROLS.length)
    for (const text of ['312(b)', '164.312(b)', '45 CFR 164.312(b)', '312 (B)']) assert.equal(findControl(CONTROLS, text)?.id, '312(b)')
    assert.equal(findControl(CONTROLS, '999'), undefined)
  })

  test('a package holds all that is needed to check it, and passes its own checks', async () => {
    const summary = await make('b', '312(b)')
    assert.deepEqual([summary.leftOut, summary.entries, summary.proofs], [0, summary.entries, summary.entries])
    const names = readdirSync(join(folder, 'b')).toSorted()
    assert.deepEqual(names, ['SHA256SUMS', 'checkpoint', 'data', 'doorward-verify.mjs', 'entries.csv', 'entries.jsonl', 'evidence.json', 'index.html', 'log.vkey', 'policies', 'proofs', 'verification.txt'])
    for (const line of readFileSync(join(folder, 'b', 'SHA256SUMS'), 'utf8').trim().split('\n')) {
      const [sum, path] = [line.slice(0, 64), line.slice(66)]
      assert.equal(hash('sha256', readFileSync(join(folder, 'b', path)), 'hex'), sum, path)
    }
    for (const proof of readdirSync(join(folder, 'b', 'proofs')).slice(0, 2)) {
      const { status, stdout } = spawnSync(process.execPath, ['doorward-verify.mjs', join('proofs', proof), '--key', 'log.vkey'], { cwd: join(folder, 'b'), encoding: 'utf8', env: { PATH: '' } })
      assert.equal(status, 0, stdout)
      const entry = stdout.slice(stdout.indexOf('\n') + 1).trim()
      assert.ok(readFileSync(join(folder, 'b', 'entries.jsonl'), 'utf8').split('\n').includes(entry))
    }
    assert.match(readFileSync(join(folder, 'b', 'verification.txt'), 'utf8'), /^intact: \d+ entries/)
    await assert.rejects(make('b', '312(b)'), { code: 'EEXIST' })
  })

  test('an archive holds the same files', async () => {
    await make('d.zip', '312(d)')
    await make('d', '312(d)')
    const bytes = readFileSync(join(folder, 'd.zip'))
    const file = { bytes: bytes.length, read: (position: number, length: number): Promise<Buffer> => Promise.resolve(bytes.subarray(position, position + length)) }
    const zip = await readZip(file)
    assert.ok(zip.kind === 'zip')
    for (const member of zip.members.values()) assert.deepEqual(await readMember(file, member), readFileSync(join(folder, 'd', member.name)), member.name)
  })

  test('fewer proofs than entries are spread over them, and the page says how many', async () => {
    const summary = await make('few', '312(a)(1)', { maxProofs: 3 })
    assert.equal(summary.proofs, 3)
    assert.match(readFileSync(join(folder, 'few', 'index.html'), 'utf8'), /3 of them with a proof/)
  })

  test('a log that is not intact is not hidden', async () => {
    const spoiled = new Map(files)
    const [path, bytes] = [...spoiled].find(([name]) => name.startsWith('tile/entries/') && name.endsWith(`.p/${context.head.size}`)) ?? assert.fail()
    const changed = Buffer.from(bytes)
    changed[200] = (changed[200] ?? 0) ^ 1
    const before = context
    context = { ...before, verified: await verifyLog({ source: toSource(new Map(spoiled).set(path, changed)), entries: 'doorward' }) }
    try {
      await make('spoiled', '312(b)')
      const page = readFileSync(join(folder, 'spoiled', 'index.html'), 'utf8')
      assert.match(page, /The log is NOT intact\./)
      assert.match(page, /entry \d+ edited/)
    } finally {
      context = before
    }
  })
})

test('a page holds text, never markup, and nothing that loads or runs', () => {
  const evil = '<script>alert(1)</script>"\'&\u202e'
  const page = toPage({
    title: evil, control: { id: evil, cite: evil, title: evil, asks: evil, elsewhere: evil, checks: [evil], items: [] }, origin: evil, fromMs: 0, toMs: 0, madeMs: 0, verdict: 'intact', verdictText: evil, entries: 0, proofs: 0, software: evil,
    sections: [{ id: 'E-1', title: evil, text: [evil], columns: [evil], rows: [[evil], [{ entry: 1 }], [2]], standing: 'shown' }], proved: new Set([1]),
  })
  assert.doesNotMatch(page, /<script|\u202e|onerror|javascript:/)
  assert.doesNotMatch(page.replace(/http-equiv="[^"]*"/, ''), /\b(src|href)="(?!#|proofs\/)/)
  const contents = toContentsPage({ origin: evil, fromMs: 0, toMs: 0, madeMs: 0, verdict: 'not-intact', verdictText: evil, software: evil }, [{ folder: evil, title: evil, entries: 3, sections: [] }])
  assert.doesNotMatch(contents, /<script|\u202e|onerror|javascript:/)
  assert.match(contents, /The log is NOT intact\./)
  assert.equal(escape('a & <b>'), 'a &amp; &lt;b&gt;')
})

test('what is in capitals calls for somebody, and a code of a purpose does not', () => {
  const page = toPage({
    title: 't', control: undefined, origin: 'o', fromMs: 0, toMs: 0, madeMs: 0, verdict: 'intact', verdictText: '', entries: 0, proofs: 0, software: '',
    sections: [{ id: 'E-1', title: '', text: [], columns: ['purpose', 'what'], rows: [['TREAT', 'STOPPED without a word']], standing: 'shown' }], proved: new Set(),
  })
  assert.match(page, /<td>TREAT<\/td><td class="loud">STOPPED/)
})

test('a cell that a spreadsheet would run is kept from it', () => {
  const rows = [['=1+1', '+1', '-1', '@x', 'a,b', 'say "x"', 'a\nb'], [-5, { entry: 3 }, '', 'x', 'y', 'z', '']] as const
  assert.equal(toCsv({ id: '', title: '', text: [], columns: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], rows, standing: 'shown' }), 'a,b,c,d,e,f,g\r\n\'=1+1,\'+1,\'-1,\'@x,"a,b","say ""x""","a\nb"\r\n-5,3,,x,y,z,\r\n')
})
