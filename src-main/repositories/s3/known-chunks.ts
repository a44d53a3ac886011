import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { DigestSet } from '../../storage/datastore/digest-set.ts'
import { MANIFEST_NAME } from '../../storage/datastore/layout.ts'
import { parseIndex } from '../../storage/datastore/parse-index.ts'
import { checkFile, findFile, type Manifest, parseManifest } from '../../storage/manifest.ts'
import type { SnapshotFiles } from '../pxar-snapshot/snapshot-backend.ts'

/** 256 MiB of memory, 32 TiB of usual chunks: beyond that, the bucket is asked for each. */
const MAX_KNOWN = 1 << 23

/**
 * Chunks of which it is known without asking that they are in the bucket: those of the base, which stays while the new snapshot
 * is written, and those that were put or found since. A base that a verification found damaged says nothing.
 */
export class KnownChunks {
  readonly #base: SnapshotFiles | undefined
  readonly #digests = new DigestSet(MAX_KNOWN)
  #manifest: Promise<Manifest | undefined> | undefined

  constructor(base: SnapshotFiles | undefined) {
    this.#base = base
  }

  has(digest: Digest): boolean {
    return this.#digests.has(digest)
  }

  add(digest: Digest): void {
    this.#digests.add(digest)
  }

  /** Takes in what an archive of the base consists of, if it has one of this name. */
  async learn(filename: string, signal: AbortSignal): Promise<void> {
    const base = this.#base
    if (base === undefined) return
    this.#manifest ??= readManifest(base, signal)
    const listed = findFileOf(await this.#manifest, filename)
    if (listed === undefined) return
    const index = await unlessUseless(signal, async () => {
      const found = parseIndex(filename, await base.file(filename, signal))
      checkFile(listed, found.sizeBytes, found.csum())
      return found
    })
    for (const { digest } of index ?? []) this.#digests.add(digest)
  }
}

function findFileOf(manifest: Manifest | undefined, filename: string) {
  return manifest === undefined ? undefined : findFile(manifest, filename)
}

async function readManifest(base: SnapshotFiles, signal: AbortSignal): Promise<Manifest | undefined> {
  return await unlessUseless(signal, async () => {
    const manifest = parseManifest(await base.file(MANIFEST_NAME, signal))
    return manifest.unprotected.verify_state?.state === 'failed' ? undefined : manifest
  })
}

/** A base that is damaged, or gone, only means more to ask for; a store that is gone is another matter. */
async function unlessUseless<Result>(signal: AbortSignal, read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read()
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof HoldfastError && error.code !== 'repository/unreachable') return undefined
    throw error
  }
}
