import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startHoldfast } from '../e2e/harness/holdfast.ts'
import { writeHole, writeTree } from '../e2e/harness/tree.ts'

/**
 * How fast the window feels, in Electron or Chromium, against what the design promises. `npm run build` first. Here a
 * Holdfast is filled; what measures its window is a program of its own, for it is written with the types of a browser.
 */
const root = mkdtempSync(join(process.env.HOLDFAST_BENCH ?? tmpdir(), 'holdfast-bench-'))
const entries = 101_000 // the folder of 100,000, and ten of a hundred
const gib = 1024 ** 3

try {
  const holdfast = await startHoldfast(root)
  try {
    const store = join(root, 'Store')
    await holdfast.cli('init', store, '--name', 'Store')
    run('e2e/harness/fill-large.ts', store, String(entries), '2')
    await holdfast.cli('catalog', 'rebuild')
    await writeTree(join(holdfast.home, 'Letters'), { 'one.txt': 'one\n' })
    await writeHole(join(holdfast.home, 'Disk', 'disk.img'), 400 * gib)
    for (const name of ['Letters', 'Disk'])
      await holdfast.cli('plan', 'add', join(holdfast.home, name), '--name', name, '--daily', '12:30')
    await holdfast.cli('plan', 'run', 'Letters')
  } finally {
    await holdfast.close()
  }
  run('e2e/harness/measure-window.ts', root)
} finally {
  rmSync(root, { recursive: true, force: true })
}

function run(...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}`)
}
