import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Pixels a module: what a camera sees of a screen. */
const SCALE = 4
const WHITE = 255

/** Upper and lower half of a character: whether each is lit. */
const HALVES: Readonly<Record<string, readonly [boolean, boolean]>> = {
  ' ': [false, false],
  '▀': [true, false],
  '▄': [false, true],
  '█': [true, true],
}

/** The QR codes that a terminal shows, one below the other, read by zbar, a program that knows nothing of us. */
export function scanQrCodes(printed: string): string[] {
  const codes: string[][] = []
  let isInside = false
  for (const line of printed.split('\n')) {
    const isCode = line.length > 20 && [...line].every((character) => character in HALVES)
    if (isCode && !isInside) codes.push([])
    if (isCode) codes.at(-1)?.push(line)
    isInside = isCode
  }
  return codes.map(scan)
}

function scan(lines: readonly string[]): string {
  const rows = lines.flatMap((line) => [0, 1].map((half) => [...line].map((each) => HALVES[each]?.[half] === true)))
  const width = (rows[0]?.length ?? 0) * SCALE
  const pixels = Buffer.alloc(width * rows.length * SCALE)
  for (const [y, row] of rows.entries())
    for (const [x, isLit] of row.entries())
      if (isLit)
        for (let step = 0; step < SCALE; step++)
          pixels.fill(WHITE, (y * SCALE + step) * width + x * SCALE, (y * SCALE + step) * width + (x + 1) * SCALE)
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-qr-'))
  try {
    const file = join(folder, 'code.pgm')
    writeFileSync(file, Buffer.concat([Buffer.from(`P5\n${width} ${rows.length * SCALE}\n255\n`), pixels]))
    return execFileSync('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'], // it complains that there is no desktop to tell
    }).replace(/\n$/, '')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
