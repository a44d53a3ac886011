import type { BigIntStats } from 'node:fs'
import type { NodeKind, NodeStatus } from './file-system-calls.ts'

/** From what Node says. Windows makes up the mode, and has no owners. */
export function statusOf(stats: BigIntStats): NodeStatus {
  return {
    kind: kindOf(stats),
    permissions: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    sizeBytes: stats.size,
    allocatedBytes: stats.blocks * 512n,
    mtimeNs: stats.mtimeNs,
    links: Number(stats.nlink),
    device: stats.dev,
    inode: stats.ino,
    ...deviceNumbers(stats.rdev),
  }
}

function kindOf(stats: BigIntStats): NodeKind {
  if (stats.isDirectory()) return 'directory'
  if (stats.isSymbolicLink()) return 'symlink'
  if (stats.isBlockDevice()) return 'block-device'
  if (stats.isCharacterDevice()) return 'char-device'
  if (stats.isFIFO()) return 'fifo'
  if (stats.isSocket()) return 'socket'
  return 'file'
}

/** major() and minor() of sys/types.h on macOS, and those of glibc. */
function deviceNumbers(rdev: bigint): { major: bigint; minor: bigint } {
  if (process.platform === 'darwin') return { major: (rdev >> 24n) & 0xffn, minor: rdev & 0xffffffn }
  return {
    major: ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n),
    minor: (rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n),
  }
}
