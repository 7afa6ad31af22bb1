/**
 * Our log, checked by the file system check of Tessera, the tlog-tiles implementation of transparency-dev: it reads every bundle and every tile and
 * computes all of them again. Skipped where Go, or Tessera in Go's module cache, is not there: `go mod download
 * github.com/transparency-dev/tessera@v1.0.2` and what it needs.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { toSigner } from '../note/signer.ts'
import { forge, Gateway, KEY, ORIGIN, readEntries, type Files } from './memory-log.test.ts'

const GO_MOD = 'module checker\n\ngo 1.24\n\nrequire github.com/transparency-dev/tessera v1.0.2\n'

const PROGRAM = String.raw`
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
)

func leafHashes(bundle []byte) ([][]byte, error) {
	entries := &api.EntryBundle{}
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	var hashes [][]byte
	for _, entry := range entries.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

func main() {
	verifier, err := note.NewVerifier(os.Args[2])
	if err == nil {
		err = fsck.New(os.Args[3], verifier, &client.FileFetcher{Root: os.Args[1]}, leafHashes, fsck.Opts{N: 2}).Check(context.Background())
	}
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
	fmt.Println("intact")
}
`

function findGo(): string | undefined {
  return ['go', '/usr/local/go/bin/go'].find((go) => spawnSync(go, ['version']).status === 0)
}

/** Built from what is on this machine alone. */
function build(go: string, folder: string): boolean {
  writeFileSync(join(folder, 'go.mod'), GO_MOD)
  writeFileSync(join(folder, 'main.go'), PROGRAM)
  const { status } = spawnSync(go, ['build', '-o', 'checker', '.'], { cwd: folder, env: { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOSUMDB: 'off' } })
  return status === 0
}

describe('Tessera\'s fsck', () => {
  let folder = ''
  let isBuilt = false

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'doorward-fsck-'))
    const go = findGo()
    isBuilt = go !== undefined && build(go, folder)
  })

  after(() => { rmSync(folder, { recursive: true, force: true }) })

  /** @returns what it says, or why it refuses. */
  function check(name: string, files: Files, vkey: string): string {
    for (const [path, bytes] of files) {
      mkdirSync(dirname(join(folder, name, path)), { recursive: true })
      writeFileSync(join(folder, name, path), bytes)
    }
    try {
      return execFileSync(join(folder, 'checker'), [join(folder, name), vkey, ORIGIN], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    } catch (error) {
      assert.ok(error instanceof Error && 'stdout' in error, String(error))
      return String(error.stdout).trim()
    }
  }

  test('accepts our log, small and large, after a restart and a change of keys', { timeout: 120_000 }, async (t) => {
    if (!isBuilt) { t.skip('skipped: Go or Tessera missing'); return }
    const gateway = new Gateway()
    for (const [round, statements] of [1, 126, 300].entries()) {
      const log = await gateway.open()
      await gateway.session(log, statements)
      await log.close()
      assert.equal(check(`log-${round}`, gateway.files(), KEY.verifierKey.text), 'intact')
    }
    const next = toSigner(ORIGIN, Buffer.alloc(32, 99))
    await (await gateway.open({ nextKey: next })).close()
    assert.equal(check('changed', gateway.files(), next.verifierKey.text), 'intact')
    assert.equal(check('large', await forge(Array.from({ length: 66_000 }, (_, index) => Buffer.from(`entry ${index}`))), KEY.verifierKey.text), 'intact')
  })

  test('refuses it with one byte changed, so that its yes means something', { timeout: 120_000 }, async (t) => {
    if (!isBuilt) { t.skip('skipped: Go or Tessera missing'); return }
    const gateway = new Gateway()
    const log = await gateway.open()
    await gateway.session(log, 200)
    await log.close()
    const files = gateway.files()
    const bundle = Buffer.from(files.get('tile/entries/000') ?? assert.fail())
    bundle[1000] = (bundle[1000] ?? 0) ^ 1
    assert.match(check('edited', new Map(files).set('tile/entries/000', bundle), KEY.verifierKey.text), /^refused: /)
    assert.match(check('forged', new Map([...await forge(readEntries(files).with(3, Buffer.from('{}'))), ['checkpoint', files.get('checkpoint') ?? assert.fail()]]), KEY.verifierKey.text), /^refused: /)
    assert.match(check('other-key', files, toSigner(ORIGIN, Buffer.alloc(32, 98)).verifierKey.text), /^refused: /)
  })
})
