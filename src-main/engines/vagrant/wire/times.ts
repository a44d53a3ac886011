import type { Timestamp } from '@bufbuild/protobuf/wkt'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'

/** Milliseconds of a timestamp, rounded down; 0 when absent. Times beyond what a clock shows are clamped: they only order and expire. */
export function unixMs(timestamp: Timestamp | undefined): number {
  if (timestamp === undefined) return 0
  const limit = 8_640_000_000_000_000n
  const ms = timestamp.seconds * 1000n + BigInt(Math.floor(timestamp.nanos / 1_000_000))
  return Number(ms > limit ? limit : ms < -limit ? -limit : ms)
}

export function timestamp(ms: number): Timestamp {
  return timestampFromMs(ms)
}
