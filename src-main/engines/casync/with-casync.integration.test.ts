import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blobFeatures, chooseFeatures } from '../../archive/catar/feature-flags.ts'
import { hasCasync, runCasync } from './casync-program.fixture.ts'
import { chunkDigest } from './chunk-digest.ts'
import { createCasyncChunker } from './chunker/casync-chunker.ts'
import { parseChunkSizes } from './chunker/chunk-sizes.ts'
import { CasyncIndex } from './index/casync-index.ts'
import { encodeIndex } from './index/index-encoder.ts'
import { LocalStore } from './store/local-store.ts'
import { blobVector, cutStream } from './vectors.fixture.ts'

if (!hasCasync) {
  test('nothing was compared with the real program: casync is not on the PATH', () => {
    console.warn('casync is not installed: the comparison with the real program did not run')
  })
}

describe.runIf(hasCasync)('I-01, S-01: blobs, with the real casync', () => {
  let folder: string
  let source: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'casync-'))
    source = path.join(folder, 'blob.bin')
    await writeFile(source, blobVector())
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const cases = (['8K', 'auto', '1M'] as const).flatMap((size) =>
    (['sha512-256', 'sha256'] as const).flatMap((digest) =>
      (['zstd', 'gzip'] as const).map((compression) => ({ size, digest, compression })),
    ),
  )

  test.each(cases)('--chunk-size=$size --digest=$digest --compression=$compression, both ways', async (options) => {
    const { size, digest, compression } = options
    const name = `${size}-${digest}-${compression}`
    const at = (file: string): string => path.join(folder, file)

    const theirs = new LocalStore(at(`${name}.theirs.castr`))
    const made = runCasync([
      ...[`--chunk-size=${size}`, `--digest=${digest}`, `--compression=${compression}`],
      ...[`--store=${theirs.root}`, 'make', at(`${name}.theirs.caibx`), source],
    ])
    expect([made.status, made.output.trim()]).toEqual([0, chunkDigest(blobVector(), digest)])

    const sizes = parseChunkSizes(size)
    const chunks = cutStream(createCasyncChunker(sizes), blobVector(), undefined, digest)
    const index = encodeIndex({ featureFlags: blobFeatures(chooseFeatures({ digest })), sizes }, chunks)
    expect(Buffer.from(index).equals(await readFile(at(`${name}.theirs.caibx`)))).toBe(true)

    const ours = new LocalStore(at(`${name}.ours.castr`), { compression })
    for (const chunk of CasyncIndex.parse(index)) {
      const plain = await theirs.read(chunk.digest, { algorithms: [digest], sizeBytes: chunk.sizeBytes })
      if (plain === undefined) throw new Error(`${chunk.digest} is missing`)
      await ours.write(chunk.digest, plain)
    }
    await writeFile(at(`${name}.ours.caibx`), index)
    const target = at(`${name}.bin`)
    const { status, errors } = runCasync([`--store=${ours.root}`, 'extract', at(`${name}.ours.caibx`), target])
    expect([status, errors]).toEqual([0, ''])
    expect((await readFile(target)).equals(blobVector())).toBe(true)
    await rm(target)
  })
})
