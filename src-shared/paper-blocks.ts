/** Part of a private key as it goes onto paper: numbered lines, beside them the same lines as a QR code. */
export interface PaperBlock {
  /** Number of the first line, from 0. */
  readonly firstLine: number
  readonly lines: readonly string[]
}

/** Lines a QR code holds, as `proxmox-backup-client key paperkey` cuts a private key: on a page, and in a terminal. */
export const paperBlockLines = { page: 20, terminal: 5 } as const

/** The private part of a master key, cut for paper. One code for all of it could not be scanned. */
export function paperBlocks(pem: string, blockLines: number): readonly PaperBlock[] {
  const lines = pem.trimEnd().split('\n')
  return Array.from({ length: Math.ceil(lines.length / blockLines) }, (_, block) => {
    const firstLine = block * blockLines
    return { firstLine, lines: lines.slice(firstLine, firstLine + blockLines) }
  })
}

/** With the numbers in front, as they are printed. */
export function numberedLines({ firstLine, lines }: PaperBlock): string {
  return lines.map((line, at) => `${String(firstLine + at).padStart(2, '0')}: ${line}`).join('\n')
}
