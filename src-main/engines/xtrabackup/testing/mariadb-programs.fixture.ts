import { spawnSync } from 'node:child_process'
import { describe, test } from 'vitest'

const wanted = ['mariadbd', 'mariadb-install-db', 'mariadb-backup', 'mbstream', 'mariadb', 'mariadb-dump'] as const

/** Debian keeps servers out of the PATH of ordinary users. */
export const programPath = [process.env.PATH, '/usr/sbin', '/sbin'].filter(Boolean).join(':')

const missing = wanted.filter(
  (program) => spawnSync(program, ['--version'], { env: { ...process.env, PATH: programPath } }).error !== undefined,
)

/** Tests against the real MariaDB. Where it is not installed, a test of this name says so. */
export function describeWithMariadb(name: string, tests: () => void): void {
  if (missing.length > 0) {
    test(`${name}: not tried, because these programs are missing: ${missing.join(', ')}`, () => {
      console.warn(`Not on this machine: ${missing.join(', ')}. What needs the real MariaDB did not run.`)
    })
  }
  describe.runIf(missing.length === 0)(name, tests)
}
