const PER_LINE = 16

/** Bytes as people read them: offset, sixteen pairs of digits, and what is printable of them. */
export function hexLines(hex: string): readonly string[] {
  const lines: string[] = []
  for (let at = 0; at < hex.length; at += PER_LINE * 2) {
    const pairs = hex.slice(at, at + PER_LINE * 2).match(/../g) ?? []
    const text = pairs.map((pair) => printable(Number.parseInt(pair, 16))).join('')
    const offset = (at / 2).toString(16).padStart(8, '0')
    const left = pairs.slice(0, 8).join(' ')
    const right = pairs.slice(8).join(' ')
    lines.push(`${offset}  ${left.padEnd(23)}  ${right.padEnd(23)}  ${text}`)
  }
  return lines
}

function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
}
