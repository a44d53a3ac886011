import type { FileContent, TreeEntry } from '../archive/tree.ts'
import type { Pace } from '../os/pace.ts'
import type { ArchiveInput, Source } from './source.ts'

/**
 * A source whose contents come no faster than `pace` allows, evenly over all of its archives. For sources that hand over what they
 * read; one that lays everything out first has to be held up where it fetches.
 */
export function paceArchives(source: Source, pace: Pace | undefined): Source {
  if (pace === undefined) return source
  return {
    async open(observer, signal) {
      const view = await source.open(observer, signal)
      async function* archives(held: Pace): AsyncGenerator<ArchiveInput> {
        for await (const archive of view.archives()) yield pacedArchive(archive, held, signal)
      }
      return { ...view, archives: () => archives(pace) }
    },
  }
}

function pacedArchive(archive: ArchiveInput, pace: Pace, signal: AbortSignal): ArchiveInput {
  switch (archive.type) {
    case 'tree':
      return { ...archive, entries: pacedEntries(archive.entries, pace) }
    case 'stream':
      return { ...archive, data: pace.through(archive.data, signal) }
    case 'image':
      return {
        ...archive,
        async read(at, length) {
          const bytes = await archive.read(at, length)
          await pace.pay(bytes.length, signal)
          return bytes
        },
      }
    case 'blob':
      return archive // a few facts
  }
}

async function* pacedEntries(entries: AsyncIterable<TreeEntry>, pace: Pace): AsyncGenerator<TreeEntry> {
  for await (const entry of entries) {
    yield entry.kind === 'file' ? { ...entry, open: async () => pacedContent(await entry.open(), pace) } : entry
  }
}

function pacedContent(content: FileContent, pace: Pace): FileContent {
  return {
    async read(into) {
      const length = await content.read(into.subarray(0, pace.step))
      await pace.pay(length)
      return length
    },
    close: () => content.close(),
  }
}
