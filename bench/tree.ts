import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const allFolders = 400
const filesPerFolder = 75

/**
 * The same tree on every machine: 30,000 files from a few bytes to a few MiB, text-like and random, or the first folders of
 * it. Returns its path.
 */
export function makeTree(work: string, folders = allFolders): string {
  const root = join(work, 'tree')
  const random = randomNumbers(42)
  const words = Array.from({ length: 4096 }, () => Math.floor(random() * 2 ** 31).toString(36))
  for (let folder = 0; folder < folders; folder++) {
    const path = join(root, `area-${folder % 20}`, `folder-${folder}`)
    mkdirSync(path, { recursive: true })
    for (let file = 0; file < filesPerFolder; file++) writeFileSync(join(path, `file-${file}`), content(random, words))
  }
  return root
}

/** Mostly small and compressible, now and then large and not: what home folders look like. */
function content(random: () => number, words: readonly string[]): string | Uint8Array {
  const size = Math.floor(64 * 2 ** (random() ** 2 * 16))
  if (random() < 0.25) return Uint8Array.from({ length: size }, () => random() * 256)
  let text = ''
  while (text.length < size) text += `${words[Math.floor(random() * words.length)]} `
  return text
}

/** mulberry32: small, and the same everywhere. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
