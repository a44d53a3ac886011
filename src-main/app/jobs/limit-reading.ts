import { setTimeout as sleep } from 'node:timers/promises'
import type { FileContent, TreeEntry } from '../../archive/tree.ts'

/** A pause shorter than this costs more than it saves. */
const shortestPauseMs = 5

/** How many bytes a second now; `undefined` is as fast as it goes. Asked for each piece, so that it may change. */
type Rate = () => number | undefined

/** Lets no more than so many bytes a second out of the contents of a tree, evenly over all its files. */
export async function* limitReading(
  entries: AsyncIterable<TreeEntry>,
  rate: Rate,
  now: () => number = () => performance.now(),
): AsyncGenerator<TreeEntry> {
  /** When the bytes read so far are paid for. */
  let paidUntil = now()
  const pay = async (bytes: number): Promise<void> => {
    const bytesPerSecond = rate()
    if (bytesPerSecond === undefined) return
    // What was not used in the past is not saved up.
    paidUntil = Math.max(paidUntil, now()) + (bytes * 1000) / bytesPerSecond
    const waitMs = paidUntil - now()
    if (waitMs >= shortestPauseMs) await sleep(waitMs)
  }
  for await (const entry of entries) {
    if (entry.kind !== 'file') {
      yield entry
      continue
    }
    yield { ...entry, open: async () => limitedContent(await entry.open(), rate, pay) }
  }
}

function limitedContent(content: FileContent, rate: Rate, pay: (bytes: number) => Promise<void>): FileContent {
  return {
    async read(into) {
      // A tenth of a second at a time, so that the speed is even and a cancel is heard.
      const step = Math.max(4096, Math.floor((rate() ?? Number.MAX_SAFE_INTEGER) / 10))
      const length = await content.read(into.subarray(0, step))
      await pay(length)
      return length
    },
    close: () => content.close(),
  }
}
