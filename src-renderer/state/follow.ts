import { ORPCError } from '@orpc/client'
import { pause, retryDelay } from './retry-delay.ts'

export interface FollowOptions<T> {
  /** Subscribes; called again after each break. The first event of a subscription carries the whole (style D4). */
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<T>>
  readonly onEvent: (event: T) => void
  /** The other side refused; nothing is tried again. Without it a refusal is retried like a break. */
  readonly onRefused?: (error: ORPCError<string, unknown>) => void
  readonly signal: AbortSignal
}

/** Follows a stream that has no end: subscribes again whenever it breaks or closes, until the signal aborts. */
export async function follow<T>(options: FollowOptions<T>): Promise<void> {
  for (let attempt = 0; !options.signal.aborted; attempt++) {
    const end = await readOnce(options, () => {
      attempt = 0
    })
    if (end === 'refused') return
    await pause(retryDelay(attempt), options.signal)
  }
}

/** Follows a stream that ends when it has said everything; only a break subscribes again. */
export async function followToEnd<T>(options: FollowOptions<T>): Promise<void> {
  for (let attempt = 0; !options.signal.aborted; attempt++) {
    const end = await readOnce(options, () => {
      attempt = 0
    })
    if (end !== 'broken') return
    await pause(retryDelay(attempt), options.signal)
  }
}

async function readOnce<T>(options: FollowOptions<T>, alive: () => void): Promise<'ended' | 'broken' | 'refused'> {
  try {
    for await (const event of await options.open(options.signal)) {
      if (options.signal.aborted) return 'ended'
      alive()
      options.onEvent(event)
    }
    return 'ended'
  } catch (error) {
    if (options.signal.aborted) return 'ended'
    if (error instanceof ORPCError && options.onRefused !== undefined) {
      options.onRefused(error)
      return 'refused'
    }
    return 'broken'
  }
}
