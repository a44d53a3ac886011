import { blobFeatures, chooseFeatures, digestOf } from '../../archive/catar/feature-flags.ts'
import type { DigestAlgorithm } from '../../engines/casync/chunk-digest.ts'
import { type ChunkSizes, defaultChunkSizes } from '../../engines/casync/chunker/chunk-sizes.ts'
import type { IndexHeader } from '../../engines/casync/index/index-format.ts'

/** How new archives are cut and named. The same for all snapshots of a repository, or they would share no chunks. */
export interface CasyncFormat {
  readonly sizes: ChunkSizes
  readonly algorithm: DigestAlgorithm
}

/** What casync does unless told otherwise. */
export const defaultFormat: CasyncFormat = { sizes: defaultChunkSizes, algorithm: 'sha512-256' }

export function formatOf({ featureFlags, sizes }: IndexHeader): CasyncFormat {
  return { sizes, algorithm: digestOf(featureFlags) }
}

export function isSameFormat(a: CasyncFormat, b: CasyncFormat): boolean {
  return (
    a.algorithm === b.algorithm &&
    a.sizes.minBytes === b.sizes.minBytes &&
    a.sizes.averageBytes === b.sizes.averageBytes &&
    a.sizes.maxBytes === b.sizes.maxBytes
  )
}

/**
 * Everything that Linux has (spec casync §10.2). What is left out of a backup is for the source to say, so the archive
 * neither skips files marked `nodump` nor claims to have honoured `.caexclude`.
 */
export function treeHeader({ sizes, algorithm }: CasyncFormat): IndexHeader {
  return { sizes, featureFlags: chooseFeatures({ digest: algorithm, excludeNoDump: false, excludeFile: false }) }
}

export function streamHeader(format: CasyncFormat): IndexHeader {
  const { sizes, featureFlags } = treeHeader(format)
  return { sizes, featureFlags: blobFeatures(featureFlags) }
}
