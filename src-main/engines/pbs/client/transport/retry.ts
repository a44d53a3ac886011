import { setTimeout as sleep } from 'node:timers/promises'
import { isConnectionLost } from './connection-failure.ts'

/** How long to wait before each further try: a server that starts again takes some seconds. */
export const RETRY_DELAYS_MS: readonly number[] = [250, 1000, 3000]

/**
 * Tries once more when the connection was lost. Only for what does no harm when it is done twice.
 */
export async function retryLost<Result>(
  work: () => Promise<Result>,
  { delaysMs, signal }: { readonly delaysMs: readonly number[]; readonly signal: AbortSignal },
): Promise<Result> {
  for (const delayMs of delaysMs) {
    try {
      return await work()
    } catch (error) {
      if (signal.aborted || !isConnectionLost(error)) throw error
    }
    await pause(delayMs, signal)
  }
  return await work()
}

/** Rejects with the reason of the abort. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
