import type { NodeKind } from '../../../archive/node-kind.ts'

/** How casync shows names, targets and values: what is not plain ASCII, `\` and `#` as three octal digits (spec casync §13). */
export function escapeText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x5c && byte !== 0x23
    text += isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`
  }
  return text
}

const letters: Readonly<Record<NodeKind, string>> = {
  directory: 'd',
  file: '-',
  symlink: 'l',
  'block-device': 'b',
  'char-device': 'c',
  fifo: 'p',
  socket: 's',
}

/** `-rwsr-xr-x`, as ls has it; the sticky bit shows on directories only. */
export function modeText(kind: NodeKind, permissions: number): string {
  const bit = (mask: number, letter: string): string => ((permissions & mask) === 0 ? '-' : letter)
  const run = (mask: number, isSpecial: boolean, letter: string): string => {
    const mayRun = (permissions & mask) !== 0
    if (isSpecial) return mayRun ? letter : letter.toUpperCase()
    return mayRun ? 'x' : '-'
  }
  const isSticky = kind === 'directory' && (permissions & 0o1000) !== 0
  return [
    letters[kind],
    bit(0o400, 'r') + bit(0o200, 'w') + run(0o100, (permissions & 0o4000) !== 0, 's'),
    bit(0o040, 'r') + bit(0o020, 'w') + run(0o010, (permissions & 0o2000) !== 0, 's'),
    bit(0o004, 'r') + bit(0o002, 'w') + run(0o001, isSticky, 't'),
  ].join('')
}

/** Seconds and nanoseconds. What lies before 1970 is shown as the format holds it. */
export function splitTime(mtimeNs: bigint): { readonly seconds: bigint; readonly nanoseconds: string } {
  const unsigned = BigInt.asUintN(64, mtimeNs)
  return {
    seconds: unsigned / 1_000_000_000n,
    nanoseconds: (unsigned % 1_000_000_000n).toString().padStart(9, '0'),
  }
}
