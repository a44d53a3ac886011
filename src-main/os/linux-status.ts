import type { NodeKind, NodeStatus } from './file-system-calls.ts'

const kinds: ReadonlyMap<number, NodeKind> = new Map([
  [0o010000, 'fifo'],
  [0o020000, 'char-device'],
  [0o040000, 'directory'],
  [0o060000, 'block-device'],
  [0o100000, 'file'],
  [0o120000, 'symlink'],
  [0o140000, 'socket'],
] as const)

/** struct statx is 256 bytes on every architecture, unlike struct stat (linux/stat.h). */
export const statxBytes = 256

let lastDeviceHigh = -1
let lastDeviceLow = -1
let lastDevice = 0n

/** Reads a struct statx, in the byte order of this machine, which is little-endian wherever Electron runs. */
export function readStatx(buffer: Buffer, view: DataView): NodeStatus {
  const mode = buffer.readUInt16LE(28)
  return {
    // the seven types are all that Linux has
    kind: kinds.get(mode & 0o170000)!,
    permissions: mode & 0o7777,
    uid: view.getUint32(20, true),
    gid: view.getUint32(24, true),
    sizeBytes: view.getBigUint64(40, true),
    allocatedBytes: view.getBigUint64(48, true) * 512n,
    mtimeNs: view.getBigInt64(112, true) * 1_000_000_000n + BigInt(view.getUint32(120, true)),
    links: view.getUint32(16, true),
    device: deviceNumber(view.getUint32(136, true), view.getUint32(140, true)),
    inode: view.getBigUint64(32, true),
    major: BigInt(view.getUint32(128, true)),
    minor: BigInt(view.getUint32(132, true)),
  }
}

/** Nearly every entry is on the file system of the one before. */
function deviceNumber(high: number, low: number): bigint {
  if (high !== lastDeviceHigh || low !== lastDeviceLow) {
    lastDeviceHigh = high
    lastDeviceLow = low
    lastDevice = (BigInt(high) << 32n) | BigInt(low)
  }
  return lastDevice
}
