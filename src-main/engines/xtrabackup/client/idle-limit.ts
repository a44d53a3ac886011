import { HoldfastError } from '../../../../src-shared/errors.ts'
import { errorCode } from '../../../os/system-error.ts'
import { ConnectionLost } from '../wire/send.ts'

export interface IdleLimit {
  readonly idleMs: number
  /** How often a silence is waited out once more before it ends the connection; `on-network-failure` of the original. */
  readonly retries: number
  /** Hears of each silence that is waited out. */
  readonly onSilence?: ((seconds: number) => void) | undefined
}

/**
 * What an agent sends, and how it can fail to: a piece that does not come in time, a connection that breaks, a program such
 * as ssh that cannot be started. A backup may be silent while it waits for locks.
 *
 * @throws `mysql/agent-unreachable`
 */
export async function* limitIdle(source: AsyncIterable<Uint8Array>, limit: IdleLimit): AsyncGenerator<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await inTime(pieces.next(), limit)
      if (next.done === true) return
      yield next.value
    }
  } catch (error) {
    throw asUnreachable(error)
  } finally {
    // Not awaited: an iterator that waits for its next piece would keep us waiting as well.
    void Promise.resolve(pieces.return?.()).catch(() => {})
  }
}

async function inTime<Value>(promise: Promise<Value>, { idleMs, retries, onSilence }: IdleLimit): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  let silences = 0
  const late = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      silences += 1
      const seconds = (silences * idleMs) / 1000
      if (silences <= retries) onSilence?.(seconds)
      else reject(new HoldfastError('mysql/agent-unreachable', { detail: `Nothing came for ${seconds} seconds.` }))
    }, idleMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearInterval(timer)
    promise.catch(() => {}) // when it was late, nobody waits for it any more
  }
}

/** What a system, or a stream that was destroyed, says of a connection. Other failures have their meaning already. */
export function asUnreachable(error: unknown): unknown {
  const isLost = error instanceof ConnectionLost || (error instanceof Error && errorCode(error) !== undefined)
  if (!isLost || error instanceof HoldfastError) return error
  return new HoldfastError('mysql/agent-unreachable', {
    detail: `The connection broke: ${error.message}.`,
    cause: error,
  })
}
