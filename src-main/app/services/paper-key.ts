import { encode } from 'uqr'
import type { PaperBlock } from '../../../src-shared/contract/paper-block.ts'

/** Lines of a private key in one QR code, as `proxmox-backup-client key paperkey` cuts it: on a page, and in a terminal. */
export const MASTER_BLOCK_LINES = { page: 20, terminal: 5 } as const

/** A key file as one block: its lines are few enough. */
export function paperOfKeyFile(text: string): PaperBlock {
  const lines = text.split('\n')
  return { lines, qr: qrOf(lines) }
}

/** The private part of a master key, in blocks of numbered lines. */
export function paperOfMasterKey(pem: string, blockLines: number): PaperBlock[] {
  const lines = pem.trimEnd().split('\n')
  return Array.from({ length: Math.ceil(lines.length / blockLines) }, (_, block) => {
    const firstLine = block * blockLines
    const part = lines.slice(firstLine, firstLine + blockLines)
    return { firstLine, lines: part, qr: qrOf(part) }
  })
}

/** Two rows of modules a line of text, light on dark, as terminals are; with a margin, without which nothing scans. */
export function drawQr(qr: PaperBlock['qr']): string {
  const width = (qr[0]?.length ?? 0) + 2 * QUIET_MODULES
  const quiet = Array.from({ length: QUIET_MODULES }, () => '0'.repeat(width))
  const margin = '0'.repeat(QUIET_MODULES)
  const rows = [...quiet, ...qr.map((row) => `${margin}${row}${margin}`), ...quiet]
  const lines: string[] = []
  for (let at = 0; at < rows.length; at += 2) {
    const upper = rows[at] ?? ''
    const lower = rows[at + 1] ?? '0'.repeat(width)
    lines.push([...upper].map((module, column) => HALVES[`${module}${lower[column]}`] ?? ' ').join(''))
  }
  return lines.join('\n')
}

/** What the standard wants are four; the screen or the paper around adds the rest. */
const QUIET_MODULES = 2
/** Light modules are drawn, dark ones are the background. */
const HALVES: Readonly<Record<string, string>> = { '00': '█', '01': '▀', '10': '▄', '11': ' ' }

/** Error correction M, as the original: a fold or a stain does no harm. */
function qrOf(lines: readonly string[]): string[] {
  const { data } = encode(lines.join('\n'), { ecc: 'M', boostEcc: false, border: 0 })
  return data.map((row) => row.map((isDark) => (isDark ? '1' : '0')).join(''))
}
