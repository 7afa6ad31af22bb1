/**
 * Known-answer vectors lie beside the checkout, not in it. A test that needs them runs where they are and says so where they are not.
 * (Named as a test so that the package is published without it.)
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const VECTORS = join(import.meta.dirname, '../../../../shared/vectors')

export function toVectorPath(path: string): string {
  return join(VECTORS, path)
}

export function readVector(path: string): Buffer {
  return readFileSync(toVectorPath(path))
}

/** A vector file's JSON. The files are fixed; a wrong shape fails the test that reads it. */
export function readVectorJson<T>(path: string): T {
  return JSON.parse(readVector(path).toString('utf8')) as T
}

export function vectorTest(name: string, run: () => void | Promise<void>): void {
  test(name, { skip: existsSync(VECTORS) ? false : 'skipped: ../shared/vectors missing' }, run)
}
