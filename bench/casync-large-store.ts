/**
 * A casync store of 200,000 chunks, half of which no index names: garbage collection and verification as a repository does
 * them, with the memory they take. `node bench/casync-large-store.ts [CHUNKS]`; issue 4 allows 300 MiB.
 */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { blobFeatures, chooseFeatures } from '../src-main/archive/catar/feature-flags.ts'
import { chunkDigest } from '../src-main/engines/casync/chunk-digest.ts'
import { defaultChunkSizes } from '../src-main/engines/casync/chunker/chunk-sizes.ts'
import { encodeIndex } from '../src-main/engines/casync/index/index-encoder.ts'
import { sealChunk } from '../src-main/engines/casync/store/chunk-payload.ts'
import { openCasyncRepository } from '../src-main/repositories/casync/casync-repository.ts'
import type { ChunkRef } from '../src-main/storage/chunk-index.ts'
import { measure } from './measure.ts'

const limitBytes = 300 << 20
const { signal } = new AbortController()
const [first = '200000', store = ''] = process.argv.slice(2)

if (first === 'verify' || first === 'collect') await runTask(first, store)
else await runBench(Number(first))

async function runBench(count: number): Promise<void> {
  const work = mkdtempSync(join(process.env.HOLDFAST_BENCH ?? tmpdir(), 'casync-large-'))
  try {
    const folder = join(work, 'default.castr')
    fill(folder, join(work, 'large.caibx'), count)
    console.log(`${count} chunks, half of them in an index\n\n| | time | peak memory |\n|---|--:|--:|`)
    for (const task of ['verify', 'collect']) {
      const argv = [process.execPath, fileURLToPath(import.meta.url), task, folder] as const
      const { seconds, peakBytes } = await measure({ argv })
      console.log(`| ${task} | ${seconds.toFixed(1)} s | ${(peakBytes / 1024 ** 2).toFixed(0)} MiB |`)
      if (peakBytes > limitBytes) process.exitCode = 1
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Small chunks: what counts is how many there are. They are old enough to go. */
function fill(folder: string, indexFile: string, count: number): void {
  const chunks: ChunkRef[] = []
  const longAgo = new Date('2020-01-01T00:00:00Z')
  for (let number = 0; number < count; number++) {
    const plain = new TextEncoder().encode(`chunk number ${number}`)
    const digest = chunkDigest(plain, 'sha512-256')
    const place = join(folder, digest.slice(0, 4))
    mkdirSync(place, { recursive: true })
    const file = join(place, `${digest}.cacnk`)
    writeFileSync(file, sealChunk(plain, 'zstd').bytes)
    utimesSync(file, longAgo, longAgo)
    if (number % 2 === 0) chunks.push({ digest, sizeBytes: plain.length })
  }
  const header = { featureFlags: blobFeatures(chooseFeatures()), sizes: defaultChunkSizes }
  writeFileSync(indexFile, encodeIndex(header, chunks))
}

async function runTask(task: 'verify' | 'collect', address: string): Promise<void> {
  const repository = await openCasyncRepository(address, { now: () => Date.now() })
  const { verify, collectGarbage } = repository.maintenance
  if (task === 'verify') {
    const observer = { total() {}, checked() {}, snapshotDone() {}, corrupt() {} }
    const result = await verify?.({}, observer, signal)
    if (result?.corrupt.length !== 0) throw new Error('chunks are damaged')
  } else {
    const report = await collectGarbage?.({ progress() {} }, signal)
    if (report?.removedChunks !== report?.diskChunks) throw new Error('half of the chunks should have gone')
  }
  await repository.close()
}
