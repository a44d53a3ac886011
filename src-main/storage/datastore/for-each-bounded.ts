/**
 * Runs `work` for every item, at most `limit` at once, in no promised order. Stops taking items at the first failure,
 * waits for what is under way, then throws it.
 */
export async function forEachBounded<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | undefined
  try {
    for await (const item of items) {
      if (failure !== undefined) break
      const task = work(item)
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .finally(() => running.delete(task))
      running.add(task)
      if (running.size >= limit) await Promise.race(running)
    }
  } finally {
    await Promise.all(running) // also when the items themselves fail: nothing is under way afterwards
  }
  if (failure !== undefined) throw failure.error
}
