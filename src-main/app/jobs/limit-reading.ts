import type { FileContent, TreeEntry } from '../../archive/tree.ts'
import { Pace, type Rate } from '../../os/pace.ts'

/** Lets no more than so many bytes a second out of the contents of a tree, evenly over all its files. */
export async function* limitReading(
  entries: AsyncIterable<TreeEntry>,
  rate: Rate,
  now: () => number = () => performance.now(),
): AsyncGenerator<TreeEntry> {
  const pace = new Pace(rate, now)
  for await (const entry of entries) {
    if (entry.kind !== 'file') {
      yield entry
      continue
    }
    yield { ...entry, open: async () => limitedContent(await entry.open(), rate, pace) }
  }
}

function limitedContent(content: FileContent, rate: Rate, pace: Pace): FileContent {
  return {
    async read(into) {
      // A tenth of a second at a time, so that the speed is even and a cancel is heard.
      const step = Math.max(4096, Math.floor((rate() ?? Number.MAX_SAFE_INTEGER) / 10))
      const length = await content.read(into.subarray(0, step))
      await pace.pay(length)
      return length
    },
    close: () => content.close(),
  }
}
