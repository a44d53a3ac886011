import type { RemoveOptions, SnapshotWriter, WriteObserver } from '../repository.ts'

export interface RewriteFilesOptions<File> {
  readonly writer: Pick<SnapshotWriter, 'commit' | 'discard'> & { listFile(file: File): void }
  /** What becomes of a file: taken over, left out because it goes with another, or written anew. */
  fateOf(filename: string): 'keep' | 'leave-out' | (() => Promise<void>)
  keep(filename: string): Promise<void>
}

/** Makes the new form of a snapshot out of the files of the old one, in their order, and commits it. */
export async function rewriteFiles<File extends { readonly filename: string }>(
  files: readonly File[],
  { writer, fateOf, keep }: RewriteFilesOptions<File>,
): Promise<void> {
  try {
    for (const file of files) {
      const fate = fateOf(file.filename)
      if (fate === 'keep') {
        await keep(file.filename)
        writer.listFile(file)
      } else if (fate !== 'leave-out') await fate()
    }
    await writer.commit()
  } catch (error) {
    await writer.discard()
    throw error
  }
}

/** Tells of bytes and chunks only: entries were counted when they were stored first. */
export function withoutEntries(
  observer: RemoveOptions['observer'],
  entryFailed: WriteObserver['entryFailed'],
): WriteObserver {
  return {
    entry() {},
    entryDone() {},
    entryFailed,
    bytes: (count) => observer.bytes(count),
    chunk: (chunk) => observer.chunk(chunk),
  }
}
