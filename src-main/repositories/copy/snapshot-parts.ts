import type { StoredArchive } from '../repository.ts'

/** What a snapshot holds, whatever files its repository keeps it in. */
export interface SnapshotPart {
  readonly kind: 'tree' | 'stream' | 'image' | 'blob'
  /** As a writer takes it. */
  readonly name: string
  /** As a reader takes it; for a tree its name. */
  readonly filename: string
  readonly sizeBytes: bigint
}

/** The first that fits. What belongs to another part, and is made anew with it, has no kind. */
const patterns: readonly (readonly [RegExp, SnapshotPart['kind'] | undefined])[] = [
  [/\.pcat1\.didx$/, undefined],
  [/\.ppxar\.didx$/, undefined],
  [/\.m?pxar\.didx$/, 'tree'],
  [/\.entries\.caibx$/, undefined],
  [/\.caidx$/, 'tree'],
  [/\.fidx$/, 'image'],
  [/(?<=\.img)\.caibx$/, 'image'],
  [/\.didx$|\.caibx$/, 'stream'],
  // The key of the original under a master key: a copy has its own key.
  [/^rsa-encrypted\.key\.blob$/, undefined],
  [/\.blob$/, 'blob'],
]

/** In the order of the archives. */
export function partsOf(archives: readonly StoredArchive[]): readonly SnapshotPart[] {
  const sizes = new Map(archives.map(({ filename, sizeBytes }) => [filename, sizeBytes]))
  return archives.flatMap(({ filename, sizeBytes }): SnapshotPart[] => {
    const [pattern, kind] = patterns.find(([each]) => each.test(filename)) ?? []
    if (pattern === undefined || kind === undefined) return []
    const name = filename.replace(pattern, '')
    if (kind !== 'tree') return [{ kind, name, filename, sizeBytes }]
    // Contents of a split archive are in a stream of their own.
    return [{ kind, name, filename: name, sizeBytes: sizeBytes + (sizes.get(`${name}.ppxar.didx`) ?? 0n) }]
  })
}
