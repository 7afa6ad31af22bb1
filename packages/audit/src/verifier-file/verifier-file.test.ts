import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { KEY, Gateway, toSource, type Files } from '../verify/memory-log.test.ts'
import { proveEntry } from '../verify/prove.ts'
import { ZipWriter } from '../zip/write-zip.ts'
import { bundleModules } from './bundle-modules.ts'
import { toVerifierFile, VERIFIER_FILE } from './verifier-file.ts'

describe('the verifier that is carried as one file', () => {
  let folder = ''
  let files: Files = new Map()

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'doorward-verifier-'))
    writeFileSync(join(folder, VERIFIER_FILE), toVerifierFile())
    const gateway = new Gateway()
    const log = await gateway.open()
    await gateway.session(log, 200)
    await log.close()
    files = gateway.files()
    for (const [path, bytes] of files) {
      mkdirSync(dirname(join(folder, 'log', path)), { recursive: true })
      writeFileSync(join(folder, 'log', path), bytes)
    }
  })

  after(() => { rmSync(folder, { recursive: true, force: true }) })

  /** From a folder that holds nothing else, and without what npm or a checkout would bring. */
  function run(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
    return spawnSync(process.execPath, [VERIFIER_FILE, ...args], { cwd: folder, encoding: 'utf8', env: { PATH: '' } })
  }

  test('verifies a folder', () => {
    const { status, stdout, stderr } = run('log', '--key', KEY.verifierKey.text)
    assert.equal(stderr, '')
    assert.match(stdout, /^intact: 404 entries of example\.org\/audit\/verified$/m)
    assert.equal(status, 0)
  })

  test('verifies an archive, and finds what was changed in one', async () => {
    for (const [name, exitCode] of [['intact.zip', 0], ['edited.zip', 1]] as const) {
      const parts: Buffer[] = []
      const zip = new ZipWriter((bytes) => { parts.push(bytes); return Promise.resolve() }, 0)
      for (const [path, bytes] of files) {
        const spoiled = Buffer.from(bytes)
        if (exitCode === 1 && path === 'tile/entries/000') spoiled[900] = (spoiled[900] ?? 0) ^ 1
        await zip.add(`audit/${path}`, spoiled)
      }
      await zip.finish()
      writeFileSync(join(folder, name), Buffer.concat(parts))
      const { status, stdout } = run(name, '--key', KEY.verifierKey.text, '--json')
      assert.equal(status, exitCode, stdout.slice(0, 400))
    }
  })

  test('checks a proof', async () => {
    const proof = await proveEntry(toSource(files), 77)
    assert.ok(proof.kind === 'entry-proof')
    writeFileSync(join(folder, 'entry-77.tlog-proof'), proof.text)
    const { status, stdout } = run('entry-77.tlog-proof', '--key', KEY.verifierKey.text)
    assert.match(stdout, /^included: entry 77 of the 404 under the head of example\.org\/audit\/verified$/m)
    assert.equal(status, 0)
    assert.equal(run('entry-77.tlog-proof').status, 5)
  })

  test('tells how it is used', () => {
    assert.match(run('--help').stdout, /^usage: /)
    assert.equal(run('--help').status, 0)
    for (const args of [[], ['nowhere'], ['log', 'log'], ['log', '--nonsense'], ['log', '--entries', 'some'], ['log', '--fresh', 'soon'], [VERIFIER_FILE]]) assert.equal(run(...args).status, 5, args.join(' '))
  })

  test('is the same file each time, and names no machine it was made on', () => {
    const text = toVerifierFile()
    assert.equal(text, toVerifierFile())
    assert.ok(!text.includes(import.meta.dirname))
  })
})

const FORMS: readonly { readonly name: string; readonly source: string; readonly refused?: RegExp }[] = [
  { name: 'a default export', source: 'export default 1\n', refused: /not a form/ },
  { name: 'an import of everything by its side effect', source: "import './b.js'\n", refused: /not a form/ },
  { name: 'an import at run time', source: "export const a = () => import('./b.js')\n", refused: /not a form/ },
  { name: 'where the module lies', source: 'export const a = import.meta.dirname\n', refused: /not a form/ },
  { name: 'another package', source: "import { a } from 'left-pad'\nexport const b = a\n", refused: /needs left-pad/ },
  { name: 'itself by way of another', source: "import { b } from './b.js'\nexport const a = b\n", refused: /imports itself/ },
  { name: 'two names for one thing', source: "import { join as put } from 'node:path'\nexport const a = put('x', 'y')\n" },
]

for (const { name, source, refused } of FORMS) {
  test(`the bundler ${refused === undefined ? 'understands' : 'refuses'} ${name}`, () => {
    const modules = new Map([['a.js', source], ['b.js', "import { a } from './a.js'\nexport const b = a\n"]])
    const bundle = (): string => bundleModules('a.js', (path) => modules.get(path) ?? '').body
    if (refused === undefined) assert.match(bundle(), /return \{ a \}/)
    else assert.throws(bundle, refused)
  })
}
