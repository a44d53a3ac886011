/**
 * Works on up to `limit` items at once and yields the results in the order of the items. When the work on one fails,
 * no further items are started, and the failure is thrown in that item's turn. Whoever stops early, or hears a failure,
 * can rely on nothing being under way any more.
 */
export async function* mapOrdered<Item, Result>(
  source: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`a limit cannot be ${limit}`)
  const running: Promise<Result>[] = []
  let hasFailed = false
  const oldest = (): Promise<Result> => running.shift()! // called only while something is running
  try {
    for await (const item of source) {
      const result = work(item)
      result.catch(() => {
        hasFailed = true // it is thrown in its turn; until then it is not unhandled
      })
      running.push(result)
      if (running.length >= limit) yield await oldest()
      if (hasFailed) break
    }
    while (running.length > 0) yield await oldest()
  } finally {
    await Promise.allSettled(running)
  }
}
