import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { qrPath } from './QrCode.tsx'

const hasScanner = spawnSync('zbarimg', ['--version']).status === 0
if (!hasScanner) console.log('not tested: QR codes by a scanner, since there is no zbarimg')

/** Pixels a module. */
const SCALE = 4

/** What is drawn, as a picture of grey values, white where nothing is. */
function drawn(text: string): Buffer {
  const { path, modules } = qrPath(text)
  const width = modules * SCALE
  const pixels = Buffer.alloc(width * width, 255)
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let row = 0; row < SCALE; row++) {
      const from = (Number(y) * SCALE + row) * width + Number(x) * SCALE
      pixels.fill(0, from, from + SCALE)
    }
  }
  return Buffer.concat([Buffer.from(`P5\n${width} ${width}\n255\n`), pixels])
}

test.runIf(hasScanner).each([
  [
    'a key file',
    JSON.stringify({ kdf: null, data: 'SZu1S7isKI4jZB7mRD1QGMAjRySrCUM4DZhR7GVmYMI=', hint: 'an animal' }),
  ],
  ['twenty lines of a private key', Array.from({ length: 20 }, (_, at) => `${at}`.repeat(64).slice(0, 64)).join('\n')],
])('a scanner that knows nothing of us reads %s', (_, text) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-qr-'))
  try {
    writeFileSync(join(folder, 'code.pgm'), drawn(text))
    const words = ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', join(folder, 'code.pgm')]
    const scanned = execFileSync('zbarimg', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    expect(scanned.replace(/\n$/, '')).toBe(text)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
