import { Pace } from '../../../os/pace.ts'
import type { ByteSink } from './byte-pipes.ts'

const smallestStepBytes = 4096

interface PacedSinkOptions {
  readonly bytesPerSecond: number
  readonly signal: AbortSignal
  readonly now?: (() => number) | undefined
}

/** Lets no more than so many bytes a second through, evenly: a tenth of a second at a time. */
export function pacedSink(sink: ByteSink, { bytesPerSecond, signal, now }: PacedSinkOptions): ByteSink {
  if (!(bytesPerSecond >= 1)) throw new RangeError(`a rate of ${bytesPerSecond} bytes a second`)
  const step = Math.max(smallestStepBytes, Math.floor(bytesPerSecond / 10))
  const pace = new Pace(() => bytesPerSecond, now)
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length; at += step) {
        const piece = bytes.subarray(at, at + step)
        await sink.write(piece)
        await pace.pay(piece.length, signal)
      }
    },
    end: () => sink.end(),
  }
}
