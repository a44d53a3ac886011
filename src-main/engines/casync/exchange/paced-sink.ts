import { Pace } from '../../../os/pace.ts'
import type { ByteSink } from './byte-pipes.ts'

interface PacedSinkOptions {
  readonly bytesPerSecond: number
  readonly signal: AbortSignal
}

/** Lets no more than so many bytes a second through, evenly: a tenth of a second at a time. */
export function pacedSink(sink: ByteSink, { bytesPerSecond, signal }: PacedSinkOptions): ByteSink {
  if (!(bytesPerSecond >= 1)) throw new RangeError(`a rate of ${bytesPerSecond} bytes a second`)
  const pace = new Pace(() => bytesPerSecond)
  const { step } = pace
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
