/**
 * Our log, read by somebody else's code: Go's own sumdb packages (as the Go distribution carries them) open the checkpoint, read every tile,
 * prove every entry and every older head, and check our proofs. Skipped where Go is not installed.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { forge, Gateway, KEY, readEntries, toSource, type Files } from './memory-log.test.ts'
import { proveEntry } from './prove.ts'

const GO_MOD = 'module reader\n\ngo 1.24\n\nrequire golang.org/x/mod v0.0.0\n\nreplace golang.org/x/mod => ./xmod\n'

const PROGRAM = String.raw`
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type reader struct{ dir string }

func (r reader) Height() int { return 8 }

func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(r.dir, strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (r reader) SaveTiles([]tlog.Tile, [][]byte) {}

func check(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

func open(path, vkey string) (origin string, tree tlog.Tree) {
	text, err := os.ReadFile(path)
	check(err)
	verifier, err := note.NewVerifier(vkey)
	check(err)
	opened, err := note.Open(text, note.VerifierList(verifier))
	check(err)
	lines := strings.SplitN(opened.Text, "\n", 2)
	tree, err = tlog.ParseTree([]byte("go.sum database tree\n" + lines[1]))
	check(err)
	return lines[0], tree
}

// checkProof reads one of our proof files: a first line, the entry, its index, hashes, an empty line, a checkpoint.
func checkProof(path, vkey string) {
	text, err := os.ReadFile(path)
	check(err)
	head, checkpoint, _ := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	check(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	check(err)
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		check(err)
		proof = append(proof, hash)
	}
	check(os.WriteFile(path+".checkpoint", []byte(checkpoint), 0o600))
	_, tree := open(path+".checkpoint", vkey)
	check(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)))
	fmt.Printf("included %d\n", index)
}

func main() {
	dir, vkey := os.Args[1], os.Args[2]
	if strings.HasSuffix(dir, ".tlog-proof") {
		checkProof(dir, vkey)
		return
	}
	_, tree := open(filepath.Join(dir, "checkpoint"), vkey)
	hashes := tlog.TileHashReader(tree, reader{dir})
	for n := int64(0); n*256 < tree.N; n++ {
		width := min(256, tree.N-n*256)
		tile := tlog.Tile{H: 8, L: 0, N: n, W: int(width)}
		data, err := os.ReadFile(filepath.Join(dir, strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)))
		check(err)
		for i := int64(0); i < width; i++ {
			length := int(binary.BigEndian.Uint16(data))
			id := n*256 + i
			proof, err := tlog.ProveRecord(tree.N, id, hashes)
			check(err)
			check(tlog.CheckRecord(proof, tree.N, tree.Hash, id, tlog.RecordHash(data[2:2+length])))
			data = data[2+length:]
		}
	}
	for _, path := range os.Args[3:] {
		_, old := open(path, vkey)
		proof, err := tlog.ProveTree(tree.N, old.N, hashes)
		check(err)
		check(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	}
	fmt.Printf("intact %d\n", tree.N)
}
`

function findGo(): { readonly go: string; readonly xmod: string } | undefined {
  for (const go of ['go', '/usr/local/go/bin/go']) {
    try {
      const xmod = join(execFileSync(go, ['env', 'GOROOT'], { encoding: 'utf8' }).trim(), 'src/cmd/vendor/golang.org/x/mod')
      if (existsSync(xmod)) return { go, xmod }
    } catch (error) {
      assert.ok(error instanceof Error && 'code' in error && error.code === 'ENOENT', String(error))
    }
  }
  return undefined
}

async function writeFiles(dir: string, files: Files): Promise<void> {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), bytes)
  }
}

const found = findGo()

test('Go reads the log, proves each entry in it, and each older head', { skip: found === undefined ? 'skipped: Go missing' : false, timeout: 120_000 }, async (t) => {
  const { go, xmod } = found ?? assert.fail()
  const folder = await mkdtemp(join(tmpdir(), 'doorward-go-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  cpSync(xmod, join(folder, 'xmod'), { recursive: true })
  await writeFiles(folder, new Map([['xmod/go.mod', Buffer.from('module golang.org/x/mod\n\ngo 1.24\n')], ['go.mod', Buffer.from(GO_MOD)], ['main.go', Buffer.from(PROGRAM)]]))
  execFileSync(go, ['build', '-o', 'reader', '.'], { cwd: folder, env: { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off' }, stdio: 'pipe' })
  const gateway = new Gateway()
  const log = await gateway.open()
  const pins: string[] = []
  for (const statements of [1, 126, 200]) {
    await gateway.session(log, statements)
    await log.checkpoint()
    pins.push(join(folder, `pin-${statements}`))
    await writeFile(pins.at(-1) ?? '', gateway.files().get('checkpoint') ?? Buffer.alloc(0))
  }
  await log.close()
  const files = gateway.files()
  const dir = join(folder, 'log')
  await writeFiles(dir, files)
  const read = (args: readonly string[]): string => execFileSync(join(folder, 'reader'), args, { encoding: 'utf8' }).trim()
  assert.equal(read([dir, KEY.verifierKey.text, ...pins]), `intact ${readEntries(files).length}`)
  for (const index of [0, 1, 255, 256, readEntries(files).length - 1]) {
    const proof = await proveEntry(toSource(files), index)
    assert.ok(proof.kind === 'entry-proof')
    const path = join(folder, `entry-${index}.tlog-proof`)
    await writeFile(path, proof.text)
    assert.equal(read([path, KEY.verifierKey.text]), `included ${index}`)
    await writeFile(path, proof.text.replace(`index ${index}`, `index ${index + 1}`))
    assert.throws(() => read([path, KEY.verifierKey.text]))
  }
  // What Go refuses, so that its yes means something: another history under a head of the same key.
  const other = join(folder, 'other')
  await writeFiles(other, await forge(readEntries(files).with(3, Buffer.from('{}'))))
  assert.equal(read([other, KEY.verifierKey.text]), `intact ${readEntries(files).length}`)
  assert.throws(() => read([other, KEY.verifierKey.text, ...pins]))
})
