import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { canRun } from '../files/tree-fixture.ts'

const sizeBytes = 512 * 1024 * 1024

/** A Btrfs of its own in a file with holes, mounted for as long as the test runs. Undefined, with a word why, where there can be none. */
export function mountBtrfs(options = 'loop'): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-btrfs-'))
  const [image, mount] = [join(folder, 'image'), join(folder, 'disk')]
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(mount)
  writeFileSync(image, '')
  truncateSync(image, sizeBytes)
  if (!canRun('mkfs.btrfs', '-q', image) || !canRun('mount', '-o', options, image, mount)) return undefined
  onTestFinished(() => void execFileSync('umount', ['-l', mount]))
  return mount
}

export function makeSubvolume(path: string): void {
  execFileSync('btrfs', ['subvolume', 'create', path], { stdio: 'pipe' })
}

/** Every subvolume below a mounted Btrfs, as its own program lists them, so that a test sees what was left. */
export function subvolumesOf(mount: string): string[] {
  const list = execFileSync('btrfs', ['subvolume', 'list', mount], { encoding: 'utf8' })
  return list
    .split('\n')
    .flatMap((line) => / path (.*)$/.exec(line)?.[1] ?? [])
    .sort()
}
