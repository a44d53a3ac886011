import { setTimeout as sleep } from 'node:timers/promises'
import type { ByteSink } from './byte-pipes.ts'

/** A pause shorter than this costs more than it saves. */
const shortestPauseMs = 5
const smallestStepBytes = 4096

export interface Pace {
  readonly bytesPerSecond: number
  readonly signal: AbortSignal
  readonly now?: (() => number) | undefined
}

/** Lets no more than so many bytes a second through, evenly: a tenth of a second at a time. */
export function pacedSink(sink: ByteSink, { bytesPerSecond, signal, now = () => performance.now() }: Pace): ByteSink {
  if (!(bytesPerSecond >= 1)) throw new RangeError(`a rate of ${bytesPerSecond} bytes a second`)
  const step = Math.max(smallestStepBytes, Math.floor(bytesPerSecond / 10))
  /** When the bytes so far are paid for. */
  let paidUntil = now()
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length; at += step) {
        const piece = bytes.subarray(at, at + step)
        await sink.write(piece)
        // What was not used in the past is not saved up.
        paidUntil = Math.max(paidUntil, now()) + (piece.length * 1000) / bytesPerSecond
        const waitMs = paidUntil - now()
        if (waitMs >= shortestPauseMs) await sleep(waitMs, undefined, { signal })
      }
    },
    end: () => sink.end(),
  }
}
