import { HoldfastError } from '../../../../src-shared/errors.ts'

/** Ends a stream whose next piece does not come in time. A backup may be silent while it waits for locks. */
export async function* limitIdle(source: AsyncIterable<Uint8Array>, idleMs: number): AsyncGenerator<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await inTime(pieces.next(), idleMs)
      if (next.done === true) return
      yield next.value
    }
  } finally {
    // Not awaited: an iterator that waits for its next piece would keep us waiting as well.
    void Promise.resolve(pieces.return?.()).catch(() => {})
  }
}

async function inTime<Value>(promise: Promise<Value>, idleMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(new HoldfastError('mysql/agent-unreachable', { detail: `Nothing came for ${idleMs / 1000} seconds.` })),
      idleMs,
    )
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
    promise.catch(() => {}) // when it was late, nobody waits for it any more
  }
}
