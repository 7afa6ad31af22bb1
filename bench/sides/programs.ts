/** Programs of the system that the bench uses where they are: pgbench, PgBouncer. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'

function onPath(name: string): string | undefined {
  for (const folder of [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']) {
    const file = join(folder, name)
    if (folder !== '' && existsSync(file)) return file
  }
  return undefined
}

/** Debian's package keeps it beside its server. */
export function findPgbench(): string | undefined {
  return onPath('pgbench') ?? globSync('/usr/lib/postgresql/*/bin/pgbench').sort().at(-1)
}

export function findPgbouncer(): string | undefined { return onPath('pgbouncer') }

/** As root on a Debian without PgBouncer it is installed; anywhere else its rows are skipped. */
export function ensurePgbouncer(): void {
  if (findPgbouncer() !== undefined || process.getuid?.() !== 0 || onPath('apt-get') === undefined) return
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'pgbouncer'], { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: 120_000 })
}

/** The first line of `--version`. */
export function versionOf(program: string | undefined): string {
  if (program === undefined) return 'missing'
  return execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? ''
}
