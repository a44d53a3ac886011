import { spawnSync } from 'node:child_process'
import { describe, test } from 'vitest'

const wanted = ['radosgw', 'radosgw-admin', 'ceph', 'ceph-mon', 'ceph-osd', 'ceph-authtool', 'monmaptool'] as const

const missing = wanted.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)

/** Tests against Ceph's object gateway. Where it is not installed, a test of this name says so. */
export function describeWithCeph(name: string, tests: () => void): void {
  if (missing.length > 0) {
    test(`${name}: not tried, because these programs are missing: ${missing.join(', ')}`, () => {
      console.warn(`Not on this machine: ${missing.join(', ')}. What needs a real object store did not run.`)
    })
  }
  describe.runIf(missing.length === 0)(name, tests)
}
