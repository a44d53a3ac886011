import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { onTestFinished } from 'vitest'

/** A disk of its own in memory, for as long as the test runs. Mounting needs root. */
export function mountSmallDisk(path: string, sizeBytes: number): void {
  mkdirSync(path, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},nr_inodes=200000,mode=755`, 'holdfast-test', path])
  onTestFinished(() => void execFileSync('umount', ['-l', path]))
}

/** Changes how large it is, or whether it takes anything at all: `size=…`, `ro`. */
export function remount(path: string, options: string): void {
  execFileSync('mount', ['-o', `remount,${options}`, path])
}

export const canMount = process.platform === 'linux' && process.getuid?.() === 0
