import { uptime } from 'node:os'
import { pause } from '../../../engines/pbs/client/transport/retry.ts'

/** Time as a parameter: what a lock knows of how long ago something was. */
export interface LockTime {
  /** Milliseconds since some moment. Never set, and goes on while the computer sleeps. */
  now(): number
  /** Rejects with the reason of the abort. */
  pause(ms: number, signal: AbortSignal): Promise<void>
  /** Calls back again and again until the result is called. Does not keep the process alive. */
  every(ms: number, callback: () => void): () => void
}

export const systemLockTime: LockTime = {
  // The timers of Node and `performance.now` stand still while a computer sleeps, on Linux and macOS; this does not.
  now: () => uptime() * 1000,
  pause,
  every(ms, callback) {
    const timer = setInterval(callback, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
}
