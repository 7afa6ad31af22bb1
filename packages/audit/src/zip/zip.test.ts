import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { readMember, readZip, type RandomAccess } from './read-zip.ts'
import { ZipWriter } from './write-zip.ts'

const AT = Date.UTC(2026, 10, 21, 12, 34, 56)

async function toZip(members: readonly (readonly [string, Uint8Array])[], plainMembers?: number): Promise<Buffer> {
  const parts: Buffer[] = []
  const zip = new ZipWriter((bytes) => { parts.push(Buffer.from(bytes)); return Promise.resolve() }, AT, plainMembers)
  for (const [name, content] of members) await zip.add(name, content)
  await zip.finish()
  return Buffer.concat(parts)
}

function toFile(bytes: Buffer): RandomAccess {
  return { bytes: bytes.length, read: (position, length) => Promise.resolve(bytes.subarray(position, position + length)) }
}

/** Why an archive is not read. */
async function reasonOf(bytes: Buffer): Promise<string> {
  const read = await readAll(bytes)
  return typeof read === 'string' ? read : 'read'
}

async function readAll(bytes: Buffer): Promise<ReadonlyMap<string, Buffer> | string> {
  const file = toFile(bytes)
  const zip = await readZip(file)
  if (zip.kind === 'malformed') return zip.reason
  const contents = new Map<string, Buffer>()
  for (const member of zip.members.values()) {
    const content = await readMember(file, member)
    if (!Buffer.isBuffer(content)) return content.reason
    contents.set(member.name, content)
  }
  return contents
}

test('reads what it wrote', () => fc.assert(fc.asyncProperty(fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z0-9]{1,9}(\/[a-z0-9]{1,9})?$/), fc.uint8Array({ maxLength: 400 })), { selector: ([name]) => name, maxLength: 8 }), async (members) => {
  const read = await readAll(await toZip(members))
  assert.ok(typeof read !== 'string', typeof read === 'string' ? read : '')
  assert.deepEqual([...read].map(([name, bytes]) => [name, [...bytes]]), members.map(([name, bytes]) => [name, [...bytes]]))
}), { numRuns: 60 }))

test('writes the same bytes for the same members', async () => {
  const members = [['a', Buffer.from('a'.repeat(1000))], ['b/c', Buffer.from('b')]] as const
  assert.deepEqual(await toZip(members), await toZip(members))
})

test('says what is wrong with an archive cut at any byte', async () => {
  const whole = await toZip([['checkpoint', Buffer.from('origin\n1\n')], ['tile/0/000', Buffer.alloc(500, 7)]])
  for (let length = 0; length < whole.length; length++) assert.equal(typeof await readAll(whole.subarray(0, length)), 'string', `${length}`)
  assert.notEqual(typeof await readAll(whole), 'string')
})

test('survives any one byte being another', async () => {
  const whole = await toZip([['checkpoint', Buffer.from('origin\n1\n')], ['tile/0/000', Buffer.alloc(500, 7)]])
  for (let at = 0; at < whole.length; at++) {
    const spoiled = Buffer.from(whole)
    spoiled[at] = (spoiled[at] ?? 0) ^ 0xff
    await readAll(spoiled) // a value either way, and no throw
  }
})

test('refuses an archive with two members of one name', async () => {
  const whole = await toZip([['a1', Buffer.from('x')], ['a2', Buffer.from('y')]])
  const twice = Buffer.from(whole.toString('latin1').replaceAll('a2', 'a1'), 'latin1')
  assert.match(await reasonOf(twice), /has the name of another/)
})

test('refuses what is encrypted, spanned, or compressed in another way', async () => {
  const whole = await toZip([['a', Buffer.from('x')]])
  const entry = whole.indexOf(Buffer.from('PK\x01\x02', 'latin1'))
  const spoil = (at: number, value: number): Buffer => { const copy = Buffer.from(whole); copy[at] = value; return copy }
  assert.match(await reasonOf(spoil(entry + 8, 1)), /encrypted/)
  assert.match(await reasonOf(spoil(entry + 10, 12)), /method 12/)
  assert.match(await reasonOf(spoil(whole.length - 18, 1)), /spanned/)
})

test('refuses a member that inflates to more than it says', async () => {
  const whole = await toZip([['a', Buffer.alloc(5000)]])
  const entry = whole.indexOf(Buffer.from('PK\x01\x02', 'latin1'))
  whole.writeUInt32LE(100, entry + 24)
  assert.match(await reasonOf(whole), /does not inflate/)
})

test('reads and writes zip64', async () => {
  const members = Array.from({ length: 5 }, (_, number) => [`m/${number}`, Buffer.from(`${number}`.repeat(number * 100))] as const)
  const bytes = await toZip(members, 3)
  assert.equal(bytes.readUInt16LE(bytes.length - 12), 0xffff)
  const read = await readAll(bytes)
  assert.ok(typeof read !== 'string', typeof read === 'string' ? read : '')
  assert.deepEqual([...read], members.map(([name, content]) => [name, content]))
  for (let length = 0; length < bytes.length; length++) assert.equal(typeof await readAll(bytes.subarray(0, length)), 'string', `${length}`)
})

test('another program reads what it wrote', (t) => {
  try {
    execFileSync('python3', ['-c', 'import zipfile'])
  } catch (error) {
    assert.ok(error instanceof Error)
    t.skip('skipped: Python missing')
    return undefined
  }
  return (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-zip-'))
    try {
      for (const plainMembers of [undefined, 1]) {
        writeFileSync(join(folder, 'a.zip'), await toZip([['checkpoint', Buffer.from('origin\n')], ['tile/0/000', Buffer.alloc(500, 7)]], plainMembers))
        const told = execFileSync('python3', ['-c', 'import zipfile,sys; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), [(i.filename, i.file_size, i.date_time) for i in z.infolist()])', join(folder, 'a.zip')], { encoding: 'utf8' })
        assert.equal(told.trim(), "None [('checkpoint', 7, (2026, 11, 21, 12, 34, 56)), ('tile/0/000', 500, (2026, 11, 21, 12, 34, 56))]")
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })()
})
